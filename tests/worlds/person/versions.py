"""What the person of a world does to sequences that people are in: texts change, and people go on in the new ones."""

from random import Random
from typing import TYPE_CHECKING, Any

from tests.worlds.person.wishes import AUTUMN, SPRING, written

if TYPE_CHECKING:
    from tests.worlds.person.person import Person


def change_text(person: "Person", key: str, chance: Random) -> None:
    """Give a sequence another subject, and approve that."""
    template_id, wish = chance.choice(((person.spring_id, SPRING), (person.autumn_id, AUTUMN)))
    steps: list[dict[str, Any]] = [*written(wish, person.delay_hours)["steps"]]
    steps[0] = {**steps[0], "config": {**steps[0]["config"], "subject": f"Compilers {chance.randrange(90)}"}}
    answer = person.door().ask("PATCH", f"/api/workflows/templates/{template_id}", body={"steps": steps})
    person.happened(key, f"change the text of {template_id}: {answer.status}")
    person.approve_version(f"{key}/version", template_id)


def migrate(person: "Person", key: str, chance: Random) -> None:
    """Let whoever is on their way go on in the newest version, most often after they have looked at who would."""
    template_id = chance.choice((person.spring_id, person.autumn_id))
    path = f"/api/workflows/templates/{template_id}"
    number = person.newest_version(template_id)
    if number is None:
        return
    if chance.random() < 0.7:
        person.door().post(f"{path}/migrate", to=number, dryRun=True)
    answer = person.door().post(f"{path}/migrate", to=number)
    person.happened(key, f"move people of {template_id} to version {number}: {answer.status}")
