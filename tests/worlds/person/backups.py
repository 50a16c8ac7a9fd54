"""What the person of a world does about backups: they take one, put it back later, and look what has left since."""

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from tests.worlds.people.addresses import readable

if TYPE_CHECKING:
    from tests.worlds.person.person import Person

_MOST_LISTED = 100
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


def forgotten_addresses(person: "Person") -> frozenset[str]:
    """To whom letters have left of which Onelane knows nothing any more: they stand in the person's mail program."""
    arrived = person.outside.arrived if person.yeses.restores else ()
    return frozenset(each.recipient.lower() for each in arrived if person.yeses.is_forgotten(each.at))


def take_out_forgotten(person: "Person", key: str, template_id: str) -> bool:
    """Put those out of a sequence whose letters are forgotten, before they get them again; whether all are out."""
    forgotten = forgotten_addresses(person)
    if not forgotten:
        return True
    path = f"/api/workflows/templates/{template_id}/enrollments"
    is_out = True
    for status in ("pending", "active"):
        listing = person.door().get(path, pageSize=_MOST_LISTED, status=status)
        is_out &= listing.is_yes
        for each in listing.body["data"] if listing.is_yes else ():
            if readable(str(each["contactEmail"])) in forgotten:
                answer = person.door().ask(
                    "PATCH", f"/api/workflows/enrollments/{each['id']}", body={"status": "removed"}
                )
                person.happened(f"{key}/{each['id']}", f"take {each['id']} out, who has got it: {answer.status}")
                is_out &= answer.is_yes
    return is_out
