"""REST for the person: what they decide about all that goes out (docs/routes.md, "Person")."""

from http import HTTPStatus

from onelane.server.http.person.person_operation import Parts, PersonBody, PersonOperation
from onelane.storage.workflows.approvals import Door
from onelane.tools.outreach.stopping.suppression_list import SuppressionPage, lift
from onelane.tools.outreach.stopping.switch import SwitchView, start_outbound
from onelane.tools.registry.context import Services


def _start(services: Services, parts: Parts, body: PersonBody) -> SwitchView:
    return start_outbound(services, via=Door.REST)


def _lift(services: Services, parts: Parts, body: PersonBody) -> SuppressionPage:
    return lift(services, via=Door.REST, suppression_id=parts["suppression_id"])


OUTREACH = (
    PersonOperation(
        "POST",
        "/api/outbound/start",
        "start_outbound",
        "Let things leave again",
        "After the person has looked at why they stopped: clock, database and key are taken as they are.",
        _start,
        SwitchView,
    ),
    PersonOperation(
        "DELETE",
        "/api/suppressions/{suppression_id}",
        "lift_suppression",
        "Lift a suppression",
        "Its address may be written to again.",
        _lift,
        SuppressionPage,
        status=HTTPStatus.NO_CONTENT,
    ),
)
