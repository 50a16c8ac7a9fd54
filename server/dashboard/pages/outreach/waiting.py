"""What waits for a person on their page: questions of runs and chats, messages, versions of sequences.

All of it is shown in one form, and answered with the hash of what was shown.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from onelane.storage.workflows import approvals
from onelane.storage.workflows.approvals import Approval, Door
from onelane.storage.workflows.runs import RunStatus
from onelane.tools.outreach.outbound import decisions
from onelane.tools.outreach.outbound.decisions import ShownVersion
from onelane.tools.outreach.outbound.views import OutboundDetail
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import Forbidden
from onelane.tools.registry.gate import answers
from onelane.tools.registry.gate.shown_text import shown_text
from onelane.tools.workflows.approvals import Answered, answer_question

MOST_MESSAGES = 50
"""So many messages stand on the page at once; the next ones follow when these are decided."""
YES, NO, SKIP = "yes", "no", "skip"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for the person.

    Args:
        kind: what it is
        id: which one
        hash: of what is shown
        title: who asks, or what it is
        shown: each word that they decide about
        about: the rest, in small letters
        until: when nobody can answer any more
        code: what they may tell a chat instead
        buttons: what they can say, with its words; the first is the most careful
        takes_reason: whether they can say why not
    """

    kind: str
    id: str
    hash: str
    title: str
    shown: str
    about: str
    buttons: Mapping[str, str]
    until: int | None = None
    code: str | None = None
    takes_reason: bool = True


def waiting_for_person(services: Services) -> Iterator[Waiting]:
    """All that waits, what stops runs first."""
    with services.database.read() as session:
        yield from (_question(services, each) for each in approvals.list_open(session))
    yield from (_version(each) for each in decisions.waiting_versions(services))
    yield from map(_message, decisions.awaiting_messages(services, limit=MOST_MESSAGES, via=Door.DASHBOARD))


def take_answer(services: Services, form: Mapping[str, str]) -> str:
    """Let what the person pressed count; what happens now, without what they have just read.

    Raises:
        ToolError: it can't, or not any more
    """
    take = _ANSWERS.get((form.get("kind", ""), form.get("answer", "")))
    if take is None:
        raise Forbidden("Press one of the buttons.")
    return take(services, form)


def _question(services: Services, approval: Approval) -> Waiting:
    return Waiting(
        kind="question",
        id=approval.id,
        hash=approval.content_hash,
        title=f"Run {approval.workflow_run_id} asks" if approval.workflow_run_id else "A chat asks",
        shown=approval.shown,
        about=approval.tool,
        until=int(approval.expires_at.timestamp()),
        buttons={NO: "No", YES: "Yes, do it"},
        code=answers.code_of(services.person_key, approval, Door.DASHBOARD),
    )


def _message(message: OutboundDetail) -> Waiting:
    version = "" if message.template_version is None else f", version {message.template_version} of its sequence"
    return Waiting(
        kind="message",
        id=message.id,
        hash=message.hash,
        title=shown_text(f"A message to {message.contact_name or message.to_address}"),
        shown=message.letter(),
        about=f"step {message.step_index + 1}{version}",
        until=None if message.expires_at is None else int(message.expires_at.timestamp()),
        buttons={NO: "Reject, and end the sequence for them", SKIP: "Leave this one out", YES: "Approve"},
    )


def _version(shown_version: ShownVersion) -> Waiting:
    version = shown_version.version
    return Waiting(
        kind="version",
        id=version.template_id,
        hash=version.content_hash,
        title=shown_text(f"Version {version.version} of the sequence {version.template_name}"),
        shown=shown_version.words,
        about="Once it is approved, nobody is asked for its messages one by one. Leave it, and they are.",
        buttons={YES: "Approve this version"},
        takes_reason=False,
    )


def _answer(services: Services, form: Mapping[str, str]) -> str:
    answered = answer_question(
        services,
        form.get("id", ""),
        allow=form["answer"] == YES,
        via=Door.DASHBOARD,
        reason=_reason(form),
        content_hash=form.get("hash", ""),
    )
    return f"{'Allowed' if answered.allowed else 'Refused'}. {_going_on(answered)}"


def _going_on(answered: Answered) -> str:
    """What whoever asked does now."""
    if answered.open_questions:
        return f"Its run asks {answered.open_questions:,} more."
    if answered.status in (RunStatus.PENDING, RunStatus.RUNNING):
        return "Its run goes on." if answered.allowed else "Its run goes on without."
    if answered.status is not None:
        return f"Its run is {answered.status}."
    return "The chat can go on." if answered.allowed else "The chat learns it when it asks again."


def _approve(services: Services, form: Mapping[str, str]) -> str:
    message = decisions.approve_message(services, form.get("id", ""), form.get("hash", ""), via=Door.DASHBOARD)
    return f"Approved: the message to {_recipient(message)} goes when its turn comes."


def _reject(services: Services, form: Mapping[str, str]) -> str:
    is_skipped = form["answer"] == SKIP
    message = decisions.reject_message(
        services,
        form.get("id", ""),
        skip=is_skipped,
        reason=_reason(form),
        shown_hash=form.get("hash", ""),
        via=Door.DASHBOARD,
    )
    if is_skipped:
        return f"Left out: {_recipient(message)} does not get this message and goes on with the next step."
    return f"Rejected: {_recipient(message)} does not get this message, and the sequence has ended for them."


def _recipient(message: OutboundDetail) -> str:
    return shown_text(message.contact_name or message.to_address or "them")


def _approve_version(services: Services, form: Mapping[str, str]) -> str:
    template_id, shown_hash = form.get("id", ""), form.get("hash", "")
    version = decisions.approve_template(services, template_id, None, shown_hash, via=Door.DASHBOARD)
    return f"Approved: version {version.version} of {shown_text(version.template_name)}. Its messages need no yes each."


def _reason(form: Mapping[str, str]) -> str | None:
    return form.get("reason", "").strip()[:1000] or None


_ANSWERS: Mapping[tuple[str, str], Callable[[Services, Mapping[str, str]], str]] = {
    ("question", YES): _answer,
    ("question", NO): _answer,
    ("message", YES): _approve,
    ("message", NO): _reject,
    ("message", SKIP): _reject,
    ("version", YES): _approve_version,
}
