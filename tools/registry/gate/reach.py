"""What a run may send out: once it knows private things and strangers' words, it fetches only what others named.

An address that somebody made up can carry what the run has read to whoever answers there. So then an address must have
come from the person, a contact, a search result, or a link on a page that was read (docs/agent.md, "What leaves").
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, cast
from urllib.parse import unquote, urldefrag, urlsplit

import orjson
import sqlalchemy as sa

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import among, bare
from onelane.storage.people.contacts import Contact
from onelane.storage.people.identities import Identity
from onelane.storage.platforms import made_up_addresses
from onelane.storage.workflows import run_contacts
from onelane.storage.workflows.runs import Driver, Run
from onelane.storage.workflows.steps import Step, StepType
from onelane.tools.registry.tool_spec import Reveals

_ADDRESS = re.compile(r"\S{0,40}://\S+|[^\s@/?#]+\.[^\s@/?#]+([/?#]\S*)?")
"""An address on the web, whose scheme people leave out."""
_LISTS = ("links", "hits", "data", "cards", "own", "profiles")
"""Where the step of a page or a search has the addresses that it names."""


def tools_used(session: Session, lineage: Sequence[str]) -> set[str]:
    """The names of the tools with which a run, and those above it, have worked, but for making new contacts."""
    table = bare(Step)
    query = sa.select(table.c.tool).distinct().where(among(session, table.c.workflow_run_id, lineage))
    query = query.where(table.c.step_type != StepType.CONTACT_CREATE)
    return {name for name in session.sql(query).scalars() if name is not None}


def is_known(session: Session, lineage: Sequence[str], url: str, *, own: Collection[str]) -> bool:
    """Whether an address came from the person, a contact, a search result or a page that was read.

    Args:
        session: the transaction
        lineage: the run that asks and those above it; none when a chat does
        url: the address
        own: contacts that the chat which asks has written to
    """
    if not made_up_addresses.is_made_up(session, comparable(url)) and _is_of_contact(session, lineage, url, own):
        return True
    if any(_stands_in(url, text) for text in words_of_person(session, lineage)):
        return True
    return bool(lineage) and _was_read(session, lineage, url)


def addresses_in(value: object) -> set[str]:
    """The addresses that a page or a search result names, each without its fragment."""
    if not isinstance(value, dict):
        return set()
    answer = cast("Mapping[str, Any]", value)
    addresses = {plain(url) for name in _LISTS for url in _urls(answer.get(name))}
    return addresses | addresses_in(answer.get("page"))


def words_of_person(session: Session, lineage: Sequence[str]) -> list[str]:
    """What a person wrote: a run's goal, unless a run or a chat that knew strangers' words did, and what they said."""
    if not lineage:
        return []
    runs, steps = bare(Run), bare(Step)
    goal = sa.select(runs.c.config).where(
        runs.c.id == lineage[-1],
        runs.c.driver != Driver.HOST,
        # The run that wrote it, as its parent or in a schedule, may be deleted by now.
        runs.c.parent_workflow_id.is_(None),
        runs.c.planted_by_run_id.is_(None),
        runs.c.tainted_by.not_like(f'%"{Reveals.STRANGERS}"%'),
    )
    messages = sa.select(steps.c.output).where(
        among(session, steps.c.workflow_run_id, lineage), steps.c.step_key.startswith("say:")
    )
    return [*session.sql(goal).scalars(), *session.sql(messages).scalars()]


def plain(url: str) -> str:
    """An address as it is compared: without its fragment and the slash at its end."""
    return urldefrag(url)[0].rstrip("/")


def comparable(address: str) -> str:
    """An address as one that was made up is known again, however it is written."""
    text = unicodedata.normalize("NFKC", unquote(address)).strip().casefold()
    return plain(text.partition("://")[2] or text)


def whole_addresses(value: object) -> set[str]:
    """The texts in arguments that are nothing but an address."""
    if isinstance(value, dict):
        return whole_addresses(list(cast("Mapping[str, object]", value).values()))
    if isinstance(value, list):
        return set[str]().union(*map(whole_addresses, cast("list[object]", value)))
    return {value} if isinstance(value, str) and _ADDRESS.fullmatch(value.strip()) else set()


def _is_of_contact(session: Session, lineage: Sequence[str], url: str, own: Collection[str]) -> bool:
    """Whether a contact has this address, and not because who asks has written it there."""
    contacts, identities = bare(Contact), bare(Identity)
    spellings = _spellings(url)
    owners = (
        sa.select(contacts.c.id)
        .where(contacts.c.website.in_(spellings) | contacts.c.profile_url.in_(spellings))
        .union(sa.select(identities.c.contact_id).where(identities.c.platform_url.in_(spellings)))
    )
    owner_ids = set(session.sql(owners).scalars()).difference(own)
    if owner_ids and lineage:
        owner_ids.difference_update(run_contacts.of_run(session, lineage[-1], owner_ids))
    return bool(owner_ids)


def _was_read(session: Session, lineage: Sequence[str], url: str) -> bool:
    table = bare(Step)
    host = urlsplit(url).hostname or ""
    query = sa.select(table.c.output).where(
        among(session, table.c.workflow_run_id, lineage),
        table.c.step_type.in_(("url_fetch", "browser_scrape", "web_search")),
        # A first look that the database does quickly; what counts is below.
        table.c.output.contains(host, autoescape=True),
    )
    return any(plain(url) in addresses_in(orjson.loads(output)) for output in session.sql(query).scalars())


def _stands_in(url: str, text: str) -> bool:
    words = text.replace('"', " ").replace("\\n", " ").replace("<", " ").replace(">", " ").split()
    return plain(url) in {plain(word.strip(".,;:!?()[]'")) for word in words}


def _urls(items: object) -> Iterable[str]:
    for item in cast("list[object]", items) if isinstance(items, list) else ():
        url = cast("Mapping[str, Any]", item).get("url") if isinstance(item, dict) else item
        if isinstance(url, str):
            yield url


def _spellings(url: str) -> list[str]:
    """How a contact's address may be written that leads there: people leave the scheme out."""
    bare_url = plain(url)
    without = bare_url.removeprefix("https://")
    return [url, bare_url, f"{bare_url}/", without, f"{without}/"]
