"""Matches a record with a known contact, and proposes other candidates.

In this order, and a name alone never says anything:

1. the platform's own id, also one that it has given up for another, or on X the handle: the platform says so;
2. an address that is vouched for, is no role's and belongs to one contact, where the given names are the same or one
   has no name. Where several share an address, the one whose name agrees. An initial or what friends call somebody may
   fit another as well who comes later, and is asked about;
3. a profile that the person wrote beside a contact, with the same condition;
4. an id that was made when a file knew less (`user_ids`), unless the addresses differ.

Whoever else is found on the way, and whoever has the name and also the company or the day of connection, is proposed.
"""

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import orjson

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import insert_rows
from onelane.storage.people.contacts import Contact
from onelane.storage.workflows.tasks import Task, TaskType, read_task_keys
from onelane.tools.people.intake.directory import Directory
from onelane.tools.people.intake.facts import text_of
from onelane.tools.people.intake.names import folded_company, names_agree, names_contradict, names_settle
from onelane.tools.people.intake.person import KnownIdentity, Person
from onelane.tools.people.intake.user_ids import (
    Reference,
    has_made_id_too,
    ids_without_own,
    is_own_id,
    linked_references,
    user_ids,
    x_handle,
    x_url,
)
from onelane.tools.platforms.formats.contact_details import is_shared
from onelane.tools.platforms.formats.records import Email, PersonRecord

MOST_PROPOSED = 3
_TITLE_CHARS = 200
_LINKED = "the address book has {} for both"
Candidate: TypeAlias = tuple[Person, str]
"""Someone, and why it may be them."""


def who_is(directory: Directory, record: PersonRecord) -> tuple[Person | None, Sequence[Candidate]]:
    """The contact that a record is about, null when it is about somebody new; and who else it may be about."""
    identity = directory.find_identity(record.platform, record.platform_user_id) if record.platform_user_id else None
    if record.platform == "linkedin" and not record.emails:
        # So it is with most people of most imports; the general way below comes to the same.
        if identity is not None:
            return identity.person, ()
        if record.platform_user_id and not directory.has_more_to_tell(record.platform):
            return None, ()
    certain = dict(_certain(directory, record, identity))
    if not certain:
        return None, _possible(directory, record)
    person, *others = certain
    return person, [(other, certain[other]) for other in others]


def _is_own(user_id: str | None) -> bool:
    return user_id is not None and is_own_id(user_id)


def _certain(directory: Directory, record: PersonRecord, identity: KnownIdentity | None) -> Iterator[Candidate]:
    """Everyone whom the record is certainly about. More than one means that they are one."""
    yield from _by_own_id(directory, record, identity)
    if (handle := x_handle(record)) and (at := _find_under_handle(directory, record, handle)):
        yield at.person, "they have the same profile"
    if record.emails:
        yield from _by_address(directory, record)
    for reference, person_there in _people_behind(directory, record):
        if names_settle(person_there.name, record.name or ""):
            yield person_there, _LINKED.format(reference.url)
    if identity is None and (person := _by_made_id(directory, record)):
        yield person, "they have the same name, company and day of connection"


def _people_behind(directory: Directory, record: PersonRecord) -> Iterator[tuple[Reference, Person]]:
    """The profiles that the person wrote beside a contact, and who has them."""
    for reference in linked_references(record):
        identity = directory.find_identity(reference.platform, reference.user_id) or directory.find_identity_at(
            reference.url or ""
        )
        if identity:
            yield reference, identity.person


def _by_own_id(directory: Directory, record: PersonRecord, identity: KnownIdentity | None) -> Iterator[Candidate]:
    if identity is not None and is_own_id(identity.user_id):
        yield identity.person, "they have the same profile"
    for former in record.former_user_ids:
        if before := directory.find_identity(record.platform, former):
            yield before.person, "the platform says that they are one"


def _find_under_handle(directory: Directory, record: PersonRecord, handle: str) -> KnownIdentity | None:
    """Who has a handle, unless by the ids it is another account: handles change hands."""
    identity = directory.find_identity_at(x_url(handle))
    if identity is None or not _is_own(record.platform_user_id) or not is_own_id(identity.user_id):
        return identity
    return identity if identity.user_id == record.platform_user_id else None


def _by_address(directory: Directory, record: PersonRecord) -> Iterator[Candidate]:
    for user_id in reversed(ids_without_own(record) if has_made_id_too(record) else user_ids(record)):
        exact = directory.find_identity(record.platform, user_id)
        if exact and "@" in user_id and names_settle(exact.person.name, record.name or ""):
            yield exact.person, "they share an address and a name"
    for email in record.emails:
        if not is_shared(email.normalized):
            yield from _owner(directory.owners.get(email.normalized, []), email, record.name or "")


def _owner(owners: list[Person], email: Email, name: str) -> Iterator[Candidate]:
    agreeing = [owner for owner in owners if names_settle(owner.name, name)]
    if len(agreeing) == 1 and (len(owners) == 1 or names_agree(agreeing[0].name, name)):
        yield agreeing[0], f"they have the same address {email.address}"


def _by_made_id(directory: Directory, record: PersonRecord) -> Person | None:
    """Whom a file that knew less called so; or, the other way round, a connection whose profile this file lacks."""
    identity = directory.find_identity_by_made_id(record)
    if identity and not _differs(directory, identity.person, record):
        return identity.person
    if record.platform != "linkedin" or record.platform_user_id or not record.connected_at:
        return None
    namesakes = [
        person
        for person in directory.namesakes(record)
        if _has_company(person, record) and _was_connected_then(directory, person, record)
    ]
    return namesakes[0] if len(namesakes) == 1 and not _differs(directory, namesakes[0], record) else None


def _differs(directory: Directory, person: Person, record: PersonRecord) -> bool:
    """Whether the platform has another id for a person, or their addresses are others."""
    if not _may_be(directory, person, record):
        return True
    addresses = {email.address.lower() for email in record.emails}
    return bool(person.email and addresses) and (person.email or "").lower() not in addresses


def _has_company(person: Person, record: PersonRecord) -> bool:
    return folded_company(person.company or "") == folded_company(record.company or "")


def _was_connected_then(directory: Directory, person: Person, record: PersonRecord) -> bool:
    day = record.connected_at.date().isoformat() if record.connected_at else None
    on_linkedin = (
        identity for identity in directory.identities_of(person) if identity.platform == record.platform == "linkedin"
    )
    return day is not None and any(orjson.loads(identity.data).get("connected_at") == day for identity in on_linkedin)


def _possible(directory: Directory, record: PersonRecord) -> Sequence[Candidate]:
    """Who has an address or a profile of the record, but another name, and who has the name and the company or day."""
    reasons: dict[Person, str] = {}
    for person, reason in _beside(directory, record):
        reasons.setdefault(person, reason)
    for person in directory.namesakes(record):
        if _may_be(directory, person, record):
            if record.company and _has_company(person, record):
                reasons.setdefault(person, f"they have the same name and company, {record.company}")
            elif _was_connected_then(directory, person, record):
                reasons.setdefault(person, "they have the same name and day of connection")
    return list(reasons.items())[:MOST_PROPOSED]


def _beside(directory: Directory, record: PersonRecord) -> Iterator[Candidate]:
    """Who has an address of the record, or a profile and a name that may be its name."""
    for email in record.emails:
        if not is_shared(email.normalized):
            for owner in directory.owners.get(email.normalized, ()):
                yield owner, f"they have the same address {email.address}"
    for reference, person_there in _people_behind(directory, record):
        if not names_contradict(person_there.name, record.name or ""):
            yield person_there, _LINKED.format(reference.url)


def _may_be(directory: Directory, person: Person, record: PersonRecord) -> bool:
    """Whether the platform does not know the two by ids of its own, which would make them two."""
    if not _is_own(record.platform_user_id):
        return True
    identities = directory.identities_of(person)
    return not any(each.platform == record.platform and is_own_id(each.user_id) for each in identities)


class Proposals:
    """The proposals of a batch. A pair is proposed once, whatever became of it."""

    def __init__(self) -> None:
        self._pairs: dict[tuple[Person, Person], str] = {}

    def add(self, one: Person, other: Person, reason: str) -> None:
        """Propose that two contacts are one person, for `reason`: "they have the same address ada@example.com"."""
        self._pairs.setdefault((one, other), reason)

    def write(self, session: Session, *, run_id: str, sub_type: str) -> int:
        """Write the proposals that are new, and say how many; their people must have been written."""
        pairs = {merge_key(one.final.id, other.final.id): pair for pair in self._pairs for one, other in [pair]}
        known_keys = read_task_keys(session, pairs.keys()) if pairs else set[str]()
        new = [pair for key, pair in pairs.items() if key not in known_keys and pair[0].final is not pair[1].final]
        now = int(session.now().timestamp())
        # The driver takes the word as text.
        values = {
            "task_type": TaskType.MERGE_PROPOSAL.value,
            "workflow_run_id": run_id,
            "created_at": now,
            "updated_at": now,
        }
        tasks = [
            {
                "id": task_id,
                **merge_question(one.final, other.final, self._pairs[one, other], sub_type=sub_type),
                **values,
            }
            for (one, other), task_id in zip(new, session.new_ids("tsk", len(new)), strict=True)
        ]
        if tasks:
            insert_rows(session, Task, tuple(tasks[0]), [tuple(task.values()) for task in tasks])
        return len(tasks)


def merge_question(one: Person | Contact, other: Person | Contact, reason: str, **more: str) -> dict[str, Any]:
    """The task that asks whether two contacts are one person, by its columns; `more` is kept with it."""
    return {
        "title": f"Same person? {one.name} and {other.name}"[:_TITLE_CHARS],
        "description": f"{one.name} and {other.name} may be one person: {reason}.",
        "task_type": TaskType.MERGE_PROPOSAL,
        "related_contact_id": one.id,
        "task_key": merge_key(one.id, other.id),
        "payload": text_of({"contact_ids": [one.id, other.id], "reason": reason, **more}),
    }


def merge_key(one_id: str, other_id: str) -> str:
    """What a proposal is about: the two contacts, in whichever order they were found."""
    return "merge:" + ":".join(sorted((one_id, other_id)))
