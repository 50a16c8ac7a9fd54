"""What the person of a world lets start by itself: each day at an hour, until they change it or delete it."""

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Any

import orjson

from tests.worlds.person.door import Answered
from tests.worlds.yeses import Said

if TYPE_CHECKING:
    from tests.worlds.person.person import Person

PLANTED = "Planted"
_MOST = 3


def plant_or_delete(person: "Person", key: str, chance: Random) -> None:
    """Plant a schedule; where there is one, more often change it, switch it, or delete it."""
    listing = person.door().get("/api/workflows/schedule", pageSize=100)
    planted = [each for each in listing.body["data"] if str(each["name"]).startswith(PLANTED)] if listing.is_yes else []
    if len(planted) < _MOST and (not planted or chance.random() < 0.4):
        _set(person, key, chance, workflowType="agent", name=f"{PLANTED} {key}")
        return
    if planted:
        schedule = chance.choice(sorted(planted, key=lambda each: str(each["id"])))
        if chance.random() < 0.5:
            _delete(person, key, schedule)
        else:
            _set(person, key, chance, schedule, scheduleId=schedule["id"])


def _set(person: "Person", key: str, chance: Random, before: dict[str, Any] | None = None, **names: str) -> None:
    goal = f"{PLANTED} {key}: see what has changed."
    cron = f"{chance.randrange(60)} {chance.randrange(24)} * * *"
    if before is not None:
        # From here on the old one must not start: the schedule says another goal now.
        _end(person, key, before, lambda: person.door().post("/api/workflows/schedule", **_fields(goal, cron), **names))
        return
    answer = person.door().post("/api/workflows/schedule", **_fields(goal, cron), **names)
    person.happened(key, f"plant {goal}: {answer.status}")


def _fields(goal: str, cron: str) -> dict[str, Any]:
    return {"config": {"goal": goal, "budget": {"usd": 0.2}}, "cron": cron, "timezone": "Europe/Berlin"}


def _delete(person: "Person", key: str, schedule: dict[str, Any]) -> None:
    path = f"/api/workflows/schedule/{schedule['id']}"
    _end(person, key, schedule, lambda: person.door().ask("DELETE", path))


def _end(person: "Person", key: str, schedule: dict[str, Any], ask: Callable[[], Answered]) -> None:
    ended = Said(person.clock(), str(orjson.loads(schedule["config"])["goal"]))
    person.note(person.yeses.ended_goals, ended, key, f"end {ended.about}", ask)
