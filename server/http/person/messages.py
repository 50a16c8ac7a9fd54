"""REST for the person: what they decide about messages before these go (docs/routes.md, "Person")."""

from typing import Annotated

from pydantic import Field, StringConstraints

from onelane.server.http.person.person_operation import Parts, PersonBody, PersonOperation
from onelane.storage.workflows.approvals import Door
from onelane.tools.outreach.outbound import decisions
from onelane.tools.outreach.outbound.decisions import Approvals
from onelane.tools.outreach.outbound.versions import VersionForApproval
from onelane.tools.outreach.outbound.views import OutboundDetail
from onelane.tools.outreach.sending.settling import SettleChoice
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.result import Flag

MESSAGE = "/api/outbound/{action_id}"
APPROVE_PATH = f"{MESSAGE}/approve"
_MOST_AT_ONCE = 200

Id = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Hash = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class ApproveBody(PersonBody):
    """The hash of the message as the person was shown it."""

    hash: Hash


class ApproveItem(PersonBody):
    """A message, and its hash as the person was shown it."""

    id: Id
    hash: Hash


class ApproveManyBody(PersonBody):
    """Messages that a person has read one by one."""

    items: Annotated[list[ApproveItem], Field(min_length=1, max_length=_MOST_AT_ONCE)]


class RejectBody(PersonBody):
    """Whether the sequence goes on with its next step, and why the message does not go."""

    skip: Flag = False
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)] | None = None


class EditBody(PersonBody):
    """What the message shall say."""

    subject: Annotated[str, StringConstraints(max_length=1000)] | None = None
    text: str | None = None


class SettleBody(PersonBody):
    """What has become of a message whose outcome nobody knows."""

    choice: SettleChoice = Field(alias="as")


class ApproveVersionBody(PersonBody):
    """Which version; by its number, or by its hash."""

    version: Annotated[int, Field(ge=1, strict=True)] | None = None
    hash: Hash | None = None


def _approve(services: Services, parts: Parts, body: ApproveBody) -> OutboundDetail:
    return decisions.approve_message(services, parts["action_id"], body.hash, via=Door.REST)


def _approve_many(services: Services, parts: Parts, body: ApproveManyBody) -> Approvals:
    return decisions.approve_messages(services, [(item.id, item.hash) for item in body.items], via=Door.REST)


def _reject(services: Services, parts: Parts, body: RejectBody) -> OutboundDetail:
    return decisions.reject_message(
        services, parts["action_id"], skip=body.skip, reason=body.reason or None, via=Door.REST
    )


def _edit(services: Services, parts: Parts, body: EditBody) -> OutboundDetail:
    return decisions.edit_message(services, parts["action_id"], subject=body.subject, text=body.text, via=Door.REST)


def _undo(services: Services, parts: Parts, body: PersonBody) -> OutboundDetail:
    return decisions.undo_message(services, parts["action_id"], via=Door.REST)


def _settle(services: Services, parts: Parts, body: SettleBody) -> OutboundDetail:
    return decisions.settle_message(services, parts["action_id"], body.choice, via=Door.REST)


def _approve_version(services: Services, parts: Parts, body: ApproveVersionBody) -> VersionForApproval:
    if body.version is None and body.hash is None:
        raise BadRequest("Say which version was read: its number in version, or its hash in hash.")
    return decisions.approve_template(services, parts["template_id"], body.version, body.hash, via=Door.REST)


MESSAGES = (
    PersonOperation(
        "POST",
        APPROVE_PATH,
        "approve_message",
        "Approve a message",
        "It goes at the first open instant after the time to undo. 409 `hash_conflict` when it says something else "
        "than the hash, `not_waiting` when it is decided already, `switched_off` while outbound is stopped.",
        _approve,
        OutboundDetail,
        ApproveBody,
    ),
    PersonOperation(
        "POST",
        "/api/outbound/approve",
        "approve_messages",
        "Approve several messages",
        "Each has an outcome of its own: `approved`, `conflict`, `not_waiting` or `not_found`.",
        _approve_many,
        Approvals,
        ApproveManyBody,
    ),
    PersonOperation(
        "POST",
        f"{MESSAGE}/reject",
        "reject_message",
        "Reject a message",
        "It never goes, and its person leaves the sequence; with `skip` they go on with the next step.",
        _reject,
        OutboundDetail,
        RejectBody,
    ),
    PersonOperation(
        "POST",
        f"{MESSAGE}/edit",
        "edit_message",
        "Give a message another text",
        "It has another hash then, and waits to be approved.",
        _edit,
        OutboundDetail,
        EditBody,
    ),
    PersonOperation(
        "POST",
        f"{MESSAGE}/undo",
        "undo_message",
        "Take an approval back",
        "While it has not left, a message that was approved waits again. It needs no key: it lets nothing go.",
        _undo,
        OutboundDetail,
        needs_key=False,
    ),
    PersonOperation(
        "POST",
        f"{MESSAGE}/settle",
        "settle_message",
        "Say what became of an uncertain message",
        "As `sent` when it arrived, `again` to let it go again, `give_up` to end the sequence for its recipient.",
        _settle,
        OutboundDetail,
        SettleBody,
    ),
    PersonOperation(
        "POST",
        "/api/workflows/templates/{template_id}/approve",
        "approve_version",
        "Approve a version of a sequence",
        "Where its `approval` is `version`, whoever is in this version is sent its messages without being asked for "
        "each.",
        _approve_version,
        VersionForApproval,
        ApproveVersionBody,
    ),
)
