"""What the person of a world corrects: names of those they know, most often where they have just seen one."""

from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.worlds.person.person import Person


def rename(person: "Person", key: str, chance: Random) -> None:
    """Correct a name, most often that of somebody to whom an approved message is about to go."""
    waiting = person.some("/api/outbound", chance, status="approved") if chance.random() < 0.7 else []
    seen = [person.door().get(f"/api/contacts/{each['contactId']}") for each in waiting if each.get("contactId")]
    for contact in [each.body for each in seen if each.is_yes] or person.some("/api/contacts", chance):
        given = f"Renamed{chance.randrange(90)}"
        # Letters address people by the given name of an import, where there is one.
        names = {"name": f"{given} {contact['name']}", "firstName": given}
        answered = person.door().post("/api/contacts", contactId=contact["id"], **names)
        person.happened(key, f"rename {contact['id']}: {answered.status}")
