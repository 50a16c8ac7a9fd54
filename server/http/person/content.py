"""REST for the person: what they decide about drafts before these go (docs/routes.md, "Person")."""

from typing import Annotated

from pydantic import Field, StringConstraints

from onelane.server.http.person.messages import Hash, Id
from onelane.server.http.person.person_operation import Parts, PersonBody, PersonOperation
from onelane.storage.workflows.approvals import Door
from onelane.tools.outreach.content import deciding
from onelane.tools.outreach.content.views import ContentView
from onelane.tools.registry.context import Services
from onelane.tools.registry.result import Flag, Result

_DRAFT = "/api/content/drafts/{draft_id}"
APPROVE_DRAFT_PATH = f"{_DRAFT}/approve"


class ApproveDraftBody(PersonBody):
    """The hash of the draft as the person was shown it, and how it goes."""

    hash: Hash
    platform_account_id: Id | None = None
    by_hand: Flag = False


class RejectDraftBody(PersonBody):
    """The hash of the draft as the person was shown it, if they were."""

    hash: Hash | None = None


class EditDraftBody(PersonBody):
    """What the draft shall say."""

    title: Annotated[str, StringConstraints(max_length=500)] | None = None
    body: Annotated[str, Field(max_length=50_000)] | None = None


class RejectedDraft(Result):
    """A draft that is gone."""

    id: str
    rejected: bool = True


def _approve(services: Services, parts: Parts, body: ApproveDraftBody) -> ContentView:
    return deciding.approve_draft(
        services,
        parts["draft_id"],
        body.hash,
        via=Door.REST,
        account_id=body.platform_account_id,
        by_hand=body.by_hand,
    )


def _reject(services: Services, parts: Parts, body: RejectDraftBody) -> RejectedDraft:
    deciding.reject_draft(services, parts["draft_id"], shown_hash=body.hash)
    return RejectedDraft(id=parts["draft_id"])


def _edit(services: Services, parts: Parts, body: EditDraftBody) -> ContentView:
    return deciding.edit_draft(services, parts["draft_id"], body.title, body.body)


def _undo(services: Services, parts: Parts, body: PersonBody) -> ContentView:
    return deciding.undo_draft(services, parts["draft_id"])


CONTENT = (
    PersonOperation(
        "POST",
        APPROVE_DRAFT_PATH,
        "approve_draft",
        "Approve a draft",
        "A post goes after the time to undo, a letter is put among the drafts in Gmail, and what no program may do "
        "becomes a task. 409 `hash_conflict` when it says something else than the hash, `not_waiting` when it is "
        "decided already, `no_way` when no account can carry it out, `switched_off` while outbound is stopped.",
        _approve,
        ContentView,
        ApproveDraftBody,
    ),
    PersonOperation(
        "POST",
        f"{_DRAFT}/reject",
        "reject_draft",
        "Reject a draft",
        "It is deleted, and so is the task to look at it.",
        _reject,
        RejectedDraft,
        RejectDraftBody,
    ),
    PersonOperation(
        "POST",
        f"{_DRAFT}/edit",
        "edit_draft",
        "Give a draft another text",
        "It has another hash then, and waits to be approved. What was approved must be taken back first.",
        _edit,
        ContentView,
        EditDraftBody,
    ),
    PersonOperation(
        "POST",
        f"{_DRAFT}/undo",
        "undo_draft",
        "Take a draft's approval back",
        "While it has not left, it is a draft again. It needs no key: it lets nothing go.",
        _undo,
        ContentView,
        needs_key=False,
    ),
)
