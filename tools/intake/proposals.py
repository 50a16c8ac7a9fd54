"""Merge proposals: who may be one person, as tasks for a person to decide."""

from onelane.storage.bulk import insert_rows
from onelane.storage.database import Session
from onelane.storage.tasks import Task, TaskType, read_task_keys
from onelane.tools.intake.person import Person, text_of

_INSERTED = (
    "id", "title", "description", "task_type", "related_contact_id", "workflow_run_id", "task_key", "payload",
    "created_at", "updated_at",
)  # fmt: skip
_TITLE_CHARS = 200


class Proposals:
    """The proposals of a batch. A pair is proposed once, whatever became of it."""

    def __init__(self) -> None:
        self._pairs: dict[tuple[Person, Person], str] = {}

    def add(self, one: Person, other: Person, reason: str) -> None:
        """Propose that two contacts are one person, for `reason`: "they have the same address ada@example.com"."""
        self._pairs.setdefault((one, other), reason)

    def write(self, session: Session, *, run_id: str, sub_type: str) -> int:
        """Write the proposals that are new, and say how many; their people must have been written."""
        asked = {merge_key(one.final.id, other.final.id): pair for pair in self._pairs for one, other in [pair]}
        known = read_task_keys(session, asked.keys()) if asked else set[str]()
        new = [(key, pair) for key, pair in asked.items() if key not in known and pair[0].final is not pair[1].final]
        now = int(session.now().timestamp())
        rows: list[tuple[object, ...]] = []
        for (key, (one, other)), id in zip(new, session.new_ids("tsk", len(new)), strict=True):
            first, second, reason = one.final, other.final, self._pairs[one, other]
            payload = {"contact_ids": [first.id, second.id], "reason": reason, "sub_type": sub_type}
            title = f"Same person? {first.name} and {second.name}"[:_TITLE_CHARS]
            description = f"{first.name} and {second.name} may be one person: {reason}."
            rows.append((id, title, description, TaskType.MERGE_PROPOSAL.value, first.id, run_id, key, text_of(payload), now, now))  # fmt: skip
        insert_rows(session, Task, _INSERTED, rows)
        return len(rows)


def merge_key(one_id: str, other_id: str) -> str:
    """What a proposal is about: the two contacts, in whichever order they were found."""
    return "merge:" + ":".join(sorted((one_id, other_id)))
