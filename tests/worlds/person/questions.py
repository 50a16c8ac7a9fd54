"""What the person of a world says to the questions of agents: yes or no, to most of them."""

from typing import TYPE_CHECKING

from tests.worlds.yeses import CallYes

if TYPE_CHECKING:
    from tests.worlds.person.person import Person


def answer_questions(person: "Person", key: str) -> None:
    """Say yes or no to what agents ask."""
    listed = person.door().get("/api/approvals")
    for asked in listed.body["data"] if listed.is_yes else ():
        its = f"{key}/{asked['id']}"
        chance = person.chance.of(its)
        run_id = asked.get("workflowRunId")
        if run_id is None or not person.chance.happens(its, 0.7):
            continue
        allow = chance.random() < 0.4
        yes = CallYes(person.clock(), str(asked.get("tool")), dict(asked.get("arguments") or {}), asked["id"])
        words, path = (
            f"{'allow' if allow else 'refuse'} {yes.tool} {asked['id']}",
            f"/api/workflows/{run_id}/answer",
        )
        notes = person.yeses.calls if allow else list[CallYes]()
        person.say(notes, yes, its, words, path, approvalId=asked["id"], allow=allow)
