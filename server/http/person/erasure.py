"""REST for the person: erasing somebody (docs/routes.md, "Person")."""

from onelane.server.http.person.person_operation import Parts, PersonBody, PersonOperation
from onelane.tools.outreach.person_data.erasing import Erased, erase_person
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import BadRequest


def _erase(services: Services, parts: Parts, body: PersonBody) -> Erased:
    if parts.get("erase") != "true":
        raise BadRequest(
            "Say erase=true to erase this person for good. To put them aside, POST /api/contacts/archive instead."
        )
    return erase_person(services, parts["contact_id"])


ERASURE = (
    PersonOperation(
        "DELETE",
        "/api/contacts/{contact_id}",
        "erase_contact",
        "Erase a person",
        "Everything that is kept of them goes for good; their addresses are known again by a keyed hash, and not "
        "written to.",
        _erase,
        Erased,
        query=("erase",),
    ),
)
