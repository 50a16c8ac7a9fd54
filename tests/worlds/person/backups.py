"""What the person of a world does about backups: they take one and put it back later."""

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.worlds.person.person import Person

_AWAKE_MINUTES = (4, 8, 15, 30)


def back_up(person: "Person", key: str) -> None:
    """Begin a backup, which is taken at an odd moment within some minutes."""
    person.backups.begin(key)
    at = person.clock() + timedelta(minutes=4)
    person.agenda.plan(at, f"{key}/in-time", person.backups.take_in_time)


def put_back(person: "Person", key: str, chance: Random) -> None:
    """Put the latest backup back; some hours later they have looked at it, and let things go out again."""
    if not person.backups.put_back(key):
        return
    # The machine stays awake for a while, so that what goes in spite of it goes.
    for minutes in _AWAKE_MINUTES:
        person.agenda.plan(person.clock() + timedelta(minutes=minutes), f"{key}/awake/{minutes}", lambda: None)
    again = person.clock() + timedelta(hours=chance.choice((1, 3, 20)))
    person.agenda.plan(again, f"{key}/start", lambda: _go_on(person, f"{key}/start"))


def _go_on(person: "Person", key: str) -> None:
    person.start_all(key)
    for template_id in (person.spring_id, person.autumn_id):
        person.resume_template(f"{key}/{template_id}", template_id)
        person.approve_version(f"{key}/{template_id}/version", template_id)
