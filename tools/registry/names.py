"""Names and ids as people and models give them: a name where only one thing is called so, ids one a line, and for a
contact also their address."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Protocol, TypeVar, cast

import orjson

from onelane.storage.database.engine import Database, Session
from onelane.storage.people import contacts, emails
from onelane.storage.search.contact_search import ContactQuery, search
from onelane.tools.registry.errors import BadRequest, Conflict, NotFound

_MOST_IDS = 5
NAMES_TO_TRY = 100
"""So many of the latest things may be meant by a name that is almost theirs."""
_OF_CONTACTS = frozenset({"contact_id", "contact_ids", "other_id", "kept_id", "id"})
"""Those that are the id of a contact, or may be one."""
_CONFIG, _OF_CONFIGS = "config", ("contact_ids", "contactIds")
"""The settings of a run, as a text, and those of them that are ids of contacts."""
_ID = re.compile(r"[a-z]{3}_[0-9a-z]+")
_MOST_NAMES = 50
"""So many names in one call are looked up; whoever has more of them has a file, which is imported."""
_MOST_NAMESAKES = 5
_LONGEST_NAME = 100


class NamedThing(Protocol):
    """What has an id beside its name."""

    @property
    def id(self) -> str:
        """How it is told from others of the same name."""
        ...


Thing = TypeVar("Thing", bound=NamedThing)


def only_one(things: Sequence[Thing], name: str, noun: str, names: Callable[[], Iterable[str]] = tuple) -> Thing:
    """The only thing that is called so.

    Args:
        things: all that are called so
        name: what was given
        noun: what things of their kind are called
        names: what those are called that there are, for a name that is almost one of theirs

    Raises:
        NotFound: there is none
        Conflict: several are called so
    """
    if len(things) == 1:
        return things[0]
    if things:
        ids = listed([each.id for each in things])
        raise Conflict(f"Several {noun}s are called {name!r}: {ids}. Give the id of the one you mean.")
    if alike := near_name(name, names()):
        raise NotFound(f"There is no {noun} {name!r}. Did you mean {alike!r}? list_{noun}s shows all that there are.")
    raise NotFound(f"There is no {noun} {name!r}. list_{noun}s shows what there is.")


def near_name(name: str, names: Iterable[str]) -> str | None:
    """The one of these names that this is a part of, or that is written almost so."""
    by_folded = {each.casefold(): each for each in names}
    folded = name.strip().casefold()
    holders = [each for each in by_folded if folded and folded in each]
    alike = holders if len(holders) == 1 else get_close_matches(folded, by_folded, n=1, cutoff=0.7)
    return by_folded[alike[0]] if alike else None


def listed(ids: Sequence[str]) -> str:
    """Ids in one line, the first few of them."""
    return f"{', '.join(ids[:_MOST_IDS])}{' and more' if len(ids) > _MOST_IDS else ''}"


def ids_in(text: str) -> Sequence[str]:
    """The first word of each line; what follows a comma or a tab is for people."""
    words = (line.replace(",", " ").split() for line in text.splitlines())
    return [each[0].strip('"') for each in words if each]


class SeveralPeople(BadRequest):
    """More than one contact has that name; the message tells them apart by their ids."""


def with_contact_ids(database: Database, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """A tool's arguments, with ids in place of the names of contacts and their addresses.

    What nobody is called stays as it is: the tool says what becomes of that.

    Args:
        database: where the contacts are
        arguments: valid ones

    Raises:
        SeveralPeople: a name is that of several contacts
    """
    by_argument = {name: arguments[name] for name in _OF_CONTACTS & arguments.keys()}
    config = _config_of_contacts(arguments.get(_CONFIG))
    by_setting = {name: config[name] for name in _OF_CONFIGS if name in config}
    names = list(dict.fromkeys(_names_in([*by_argument.values(), *by_setting.values()])))
    if not names or len(names) > _MOST_NAMES:
        return {**arguments}
    with database.read() as session:
        ids = {name: found for name in names if (found := _id_of(session, name)) is not None}
    by_argument = {name: _replace(value, ids) for name, value in by_argument.items()}
    if by_setting:
        config |= {name: _replace(value, ids) for name, value in by_setting.items()}
        by_argument[_CONFIG] = orjson.dumps(config).decode()
    return {**arguments, **by_argument}


def _config_of_contacts(text: Any) -> dict[str, Any]:
    """The settings of a run that name contacts; empty where they name none."""
    if not isinstance(text, str) or not any(f'"{name}"' in text for name in _OF_CONFIGS):
        return {}
    config = orjson.loads(text)
    return cast("dict[str, Any]", config) if isinstance(config, dict) else {}


def _names_in(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        texts = cast("list[Any]", value) if isinstance(value, list | tuple) else [value]
        yield from (each for each in texts if isinstance(each, str) and _may_be_name(each))


def _may_be_name(text: str) -> bool:
    return _ID.fullmatch(text) is None and 1 < len(text.strip()) <= _LONGEST_NAME


def _replace(value: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(value, list | tuple):
        return [ids.get(each, each) for each in cast("list[Any]", value)]
    return ids.get(value, value)


def _id_of(session: Session, name: str) -> str | None:
    """The id of the only live contact with this name or address; None where nobody has it."""
    people = _owners(session, name) if "@" in name else _namesakes(session, name)
    if len(people) > 1:
        lines = "; ".join(map(_description, people))
        raise SeveralPeople(f"Several contacts are called {name.strip()!r}: {lines}. Give the id of the one you mean.")
    return people[0]["id"] if people else None


def _namesakes(session: Session, name: str) -> Sequence[Mapping[str, Any]]:
    rows = search(session, ContactQuery(text=name, limit=_MOST_NAMESAKES)).rows
    return [row for row in rows if row["matched_by"] == "exact" and not row["is_self"]]


def _owners(session: Session, address: str) -> Sequence[Mapping[str, Any]]:
    normalized = address.strip().lower()
    ids = {contact_id for _, contact_id, _ in emails.read_owners(session, [normalized])}
    rows = contacts.list_contacts(session, ids)
    return [each.model_dump() for each in rows if each.archived_at is None and not each.is_self][:_MOST_NAMESAKES]


def _description(row: Mapping[str, Any]) -> str:
    details = (row["title"], row["company"], row["email"])
    return ", ".join([row["id"], *(" ".join(str(each).split()) for each in details if each)])
