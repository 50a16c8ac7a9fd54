"""Takes the exports in as an import does, and counts who was made one person, rightly, wrongly or not."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TypeVar

import orjson
import sqlalchemy as sa

from onelane.storage.database.engine import Database, Session
from onelane.storage.database.rows import table_of
from onelane.storage.people.contacts import Contact
from onelane.storage.people.engagements import Engagement
from onelane.storage.people.identities import Identity
from onelane.storage.workflows import runs
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.storage.workflows.tasks import Task, TaskType
from onelane.tools.registry.runs.run_type import RunTypes
from onelane.tools.sync import sync_run
from tests.engines import equipped
from tests.worlds.who_is_who.exports import Mark, Row

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Figures:
    """Pairs of rows. Wanted are those of one person that what the rows say leads from one to the other."""

    rows: int
    merged: int
    """Pairs in one contact."""
    merged_wrongly: int
    wanted: int
    found: int
    """Of the wanted ones, those that are in one contact."""
    found_with_proposals: int
    """Of the wanted ones, those that are in one contact once a person has answered all proposals."""
    proposals: int
    right_proposals: int

    def shares(self) -> dict[str, float]:
        """Precision and recall."""
        return {
            "precision of automatic merges": 1 - self.merged_wrongly / max(self.merged, 1),
            "recall of automatic merges": self.found / self.wanted,
            "precision of proposals": self.right_proposals / max(self.proposals, 1),
            "recall with proposals": self.found_with_proposals / self.wanted,
        }


def import_all(database: Database, files: Iterable[tuple[str, Path]]) -> None:
    """Import files one after the other, each by a run."""
    engine = equipped(database, RunTypes(sync_run.sync))
    engine.serve()
    for sub_type, path in files:
        with database.write() as session:
            config = {"syncSubType": sub_type, "file": str(path), "allowed": None}
            run_id = engine.start(session, WorkflowType.SYNC, config, by=None).id
        with database.read() as session:
            run = runs.get_workflow_run(session, run_id)
            assert run is not None
            assert run.status is RunStatus.COMPLETED, run.result


def contacts_of(session: Session) -> dict[Mark, str]:
    """In which contact each row ended up, by what the row left in the database."""
    identity, engagement, contact = table_of(Identity), table_of(Engagement), table_of(Contact)
    contact_ids: dict[Mark, str] = {}
    columns = (identity.c.platform, identity.c.platform_user_id, identity.c.contact_id)
    for platform, user_id, contact_id in session.sql(sa.select(*columns)):
        contact_ids[str(getattr(platform, "value", platform)), user_id] = contact_id
    for message_id, contact_id in session.sql(sa.select(engagement.c.platform_engagement_id, engagement.c.contact_id)):
        contact_ids["message", message_id] = contact_id
    for contact_id, tags in session.sql(sa.select(contact.c.id, contact.c.tags)):
        contact_ids.update({("tag", tag): contact_id for tag in orjson.loads(tags)})
    return contact_ids


def proposed_pairs(session: Session) -> list[tuple[str, str]]:
    """Which contacts a person is asked about."""
    task = table_of(Task)
    payloads = session.sql(sa.select(task.c.payload).where(task.c.task_type == TaskType.MERGE_PROPOSAL)).scalars()
    return [(one, other) for one, other in (orjson.loads(payload)["contact_ids"] for payload in payloads)]


def measure(database: Database, rows: Sequence[Row]) -> Figures:
    """Count pairs. Rows of a whole household say nothing for or against, for they are right with either."""
    outcome = _outcome(database, rows)
    single = [row for row in rows if len(row.people) == 1]
    merged = _pairs(single, lambda row: outcome.contacts[row.mark])
    merged_rightly = _pairs(single, lambda row: (outcome.contacts[row.mark], row.people))
    groups = _groups(single)
    contacts_if_answered = outcome.with_answers()
    return Figures(
        rows=len(rows),
        merged=merged,
        merged_wrongly=merged - merged_rightly,
        wanted=_pairs(single, lambda row: groups[row.mark]),
        found=_pairs(single, lambda row: (groups[row.mark], outcome.contacts[row.mark])),
        found_with_proposals=_pairs(single, lambda row: (groups[row.mark], contacts_if_answered[row.mark])),
        proposals=len(outcome.proposals),
        right_proposals=len(outcome.right),
    )


def answered_contacts(database: Database, rows: Sequence[Row]) -> Mapping[Mark, str]:
    """In which contact each row is once a person who knows everybody has answered all proposals."""
    return _outcome(database, rows).with_answers()


@dataclass(frozen=True)
class _Outcome:
    contacts: Mapping[Mark, str]
    proposals: Sequence[tuple[str, str]]
    right: Sequence[tuple[str, str]]

    def with_answers(self) -> Mapping[Mark, str]:
        joined_to = _join(self.right)
        return {mark: joined_to.get(contact, contact) for mark, contact in self.contacts.items()}


def _outcome(database: Database, rows: Sequence[Row]) -> _Outcome:
    with database.read() as session:
        contact_ids, proposals = contacts_of(session), proposed_pairs(session)
    contacts = {row.mark: contact_ids[row.mark] for row in rows}
    own: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        own[contacts[row.mark]] |= row.people
    return _Outcome(contacts, proposals, [(one, other) for one, other in proposals if own[one] & own[other]])


def _pairs(rows: Iterable[Row], key: Callable[[Row], Hashable]) -> int:
    return sum(count * (count - 1) // 2 for count in Counter(map(key, rows)).values())


def _groups(rows: Iterable[Row]) -> Mapping[Mark, tuple[frozenset[int], Hashable]]:
    """The rows of a person in groups within which what they say leads from one to the next."""
    by_person: dict[frozenset[int], list[Row]] = defaultdict(list)
    for row in rows:
        by_person[row.people].append(row)
    groups: dict[Mark, tuple[frozenset[int], Hashable]] = {}
    for person, rows_of_person in by_person.items():
        joined_to = _join(
            (one.mark, other.mark)
            for one, other in combinations(rows_of_person, 2)
            if set(one.evidence) & set(other.evidence)
        )
        groups.update({row.mark: (person, joined_to.get(row.mark, row.mark)) for row in rows_of_person})
    return groups


def _join(pairs: Iterable[tuple[Key, Key]]) -> dict[Key, Key]:
    """For each that is in a pair, the one that stands for all that hang together."""
    leads_to: dict[Key, Key] = {}

    def last(key: Key) -> Key:
        while (next_key := leads_to.setdefault(key, key)) != key:
            key = next_key
        return key

    for one, other in pairs:
        leads_to[last(one)] = last(other)
    return {key: last(key) for key in leads_to}
