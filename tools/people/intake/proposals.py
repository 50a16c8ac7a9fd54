"""Merge proposals: who may be one person, as tasks for a person to decide."""

from onelane.storage.database.bulk import Values, insert_rows
from onelane.storage.database.engine import Session
from onelane.storage.workflows.tasks import Task, TaskType, read_task_keys
from onelane.tools.people.intake.person import Person, text_of

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
        ids = session.new_ids("tsk", len(new))
        rows = [self._row(task_id, key, pair, run_id, sub_type) for (key, pair), task_id in zip(new, ids, strict=True)]
        now = int(session.now().timestamp())
        insert_rows(session, Task, _INSERTED, [(*row, now, now) for row in rows])
        return len(rows)

    def _row(self, task_id: str, key: str, pair: tuple[Person, Person], run_id: str, sub_type: str) -> Values:
        first, second, reason = pair[0].final, pair[1].final, self._pairs[pair]
        return (
            task_id,
            f"Same person? {first.name} and {second.name}"[:_TITLE_CHARS],
            f"{first.name} and {second.name} may be one person: {reason}.",
            TaskType.MERGE_PROPOSAL.value,
            first.id,
            run_id,
            key,
            text_of({"contact_ids": [first.id, second.id], "reason": reason, "sub_type": sub_type}),
        )


def merge_key(one_id: str, other_id: str) -> str:
    """What a proposal is about: the two contacts, in whichever order they were found."""
    return "merge:" + ":".join(sorted((one_id, other_id)))
