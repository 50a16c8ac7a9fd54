"""The switch: whether anything may leave (docs/sequences.md, "The switch").

Stopping is a tool, for anybody. Starting is none: what the registry holds can be called by a model.
"""

from typing import Annotated

from pydantic import StringConstraints

from onelane.storage.database.engine import Database, Session
from onelane.storage.outreach import suppressions
from onelane.storage.outreach.outbound import outbound_state, outbound_switch
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.outreach.outbound.outbound_switch import OutboundSwitch, SwitchReason, SwitchState
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.due_enrollments import look_again_at_gate
from onelane.storage.workflows.enrollments import Gate, Via
from onelane.tools.outreach.stopping.rehashing import hash_anew
from onelane.tools.outreach.stopping.restored_copy import void_yeses
from onelane.tools.registry.context import Context, Services
from onelane.tools.registry.gate.deciding import check_writable
from onelane.tools.registry.gate.outbound_mark import Mark
from onelane.tools.registry.result import Instant, Result, when
from onelane.tools.registry.tool_spec import Effect, tool

Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]

_WHY = {
    SwitchReason.CLOCK_WENT_BACK: "the clock of this machine went back",
    SwitchReason.RESTORED_COPY: "the database is a copy that was put back, or stands in another home",
    SwitchReason.KEY_CHANGED: "the vault has another key, so that suppressed addresses are not recognised",
}
_WHO = {
    Via.CLI: "it was stopped at a terminal",
    Via.REST: "a program stopped it over REST",
    Via.DASHBOARD: "you stopped it on the dashboard",
    Via.ELICITATION: "you stopped it in a chat's form",
    Via.MCP: "a chat stopped it",
    Via.AGENT: "an agent run stopped it",
    Via.ONELANE: "Onelane was started with ONELANE_OUTBOUND=off",
}


class SwitchView(Result):
    """Whether anything may leave, and what waits."""

    state: SwitchState
    reason: SwitchReason | None
    note: str | None
    changed_at: Instant
    changed_via: Via | None
    waiting: int
    """Messages that nobody has approved yet."""
    approved: int
    """Messages that go as soon as they may."""
    sending: int
    uncertain: int
    """Messages of which nobody knows whether they left."""

    def text(self) -> str:
        """The state and why, then what waits."""
        waits = (
            f"{self.waiting} wait for approval, {self.approved} are approved, {self.sending} are being sent, "
            f"{self.uncertain} are uncertain."
        )
        note_words = f" Note: {self.note}" if self.note else ""
        if self.state is SwitchState.ON:
            return f"Outbound is on. {waits}{note_words}"
        why = reason_words(self.reason, self.changed_via)
        return (
            f"Outbound is stopped since {when(self.changed_at)}: {why}. Only the "
            f"person starts it again: onelane outbound start. {waits}{note_words}"
        )


def why_stopped(database: Database) -> str | None:
    """Who stopped what goes out and why, in a sentence; None while it is on."""
    with database.read() as session:
        switch = outbound_switch.read_switch(session)
    if switch.state is SwitchState.ON:
        return None
    why = reason_words(switch.reason, switch.changed_via)
    note = (switch.note or "").strip()
    value = why[:1].upper() + why[1:]
    return f"{value}, with the note \u201c{note}\u201d." if note and note not in value else f"{value}."


def reason_words(reason: SwitchReason | None, via: Via | None) -> str:
    """Why nothing may leave, for the person."""
    why = None if reason is None else _WHY.get(reason)
    return why or ("somebody stopped it" if via is None else _WHO[via])


@tool(effect=Effect.WRITE, toolset="outreach", title="Stop sending", route="POST /api/outbound/stop", durable=True)
def stop_outbound(ctx: Context, note: Note | None = None) -> SwitchView:
    """Stop all that goes out of sequences at once, also what is approved. Only the person can start it again.

    Args:
        note: why, for the person
    """
    switch = outbound_switch.read_switch(ctx.session)
    if switch.state is SwitchState.ON:
        outbound_switch.turn_switch(
            ctx.session, SwitchState.STOPPED, via=Via(ctx.caller.face), reason=SwitchReason.MANUAL, note=note or None
        )
    return switch_view(ctx.session)


@tool(effect=Effect.READ, toolset="advanced", title="Show the switch", route="GET /api/outbound/switch")
def outbound_status(ctx: Context) -> SwitchView:
    """Tell whether anything may go out of sequences, since when and why not, and how much waits."""
    return switch_view(ctx.session)


def start_outbound(services: Services, *, via: Door) -> SwitchView:
    """Let things leave again: the person has looked at why they stopped, and takes clock, copy and key as they are.

    Args:
        services: the database, the vault and the mark
        via: the person's door

    Raises:
        Forbidden: nothing may be changed here
    """
    check_writable(services, "Onelane runs in read-only mode, so nothing is started here.")
    with services.database.write(is_durable=True) as session:
        switch = outbound_switch.read_switch(session, is_held=True)
        if switch.state is SwitchState.ON:
            return switch_view(session)
        mark, note = _taken_as_it_is(session, services, switch)
        if switch.reason is not SwitchReason.RESTORED_COPY and _is_older(switch, services):
            # It was stopped for another reason already when it was copied.
            void_yeses(session)
        outbound_switch.set_mark(session, str(mark), before=switch.mark, seen_at=session.now())
        outbound_switch.turn_switch(session, SwitchState.ON, via=Via(via), note=note)
        look_again_at_gate(session, Gate.SWITCH)
        view = switch_view(session)
    # Behind the database: a mark that was lost on the way is older than the database's, and that is no fault.
    services.outbound_mark.write(mark)
    return view


def switch_view(session: Session) -> SwitchView:
    """How the switch stands."""
    switch = outbound_switch.read_switch(session)
    counts = outbound_state.count_open(session)
    return SwitchView.model_validate(
        {
            **switch.model_dump(),
            "waiting": counts.get(ActionStatus.AWAITING_APPROVAL, 0),
            "approved": counts.get(ActionStatus.APPROVED, 0),
            "sending": counts.get(ActionStatus.SENDING, 0),
            "uncertain": counts.get(ActionStatus.UNCERTAIN, 0),
        }
    )


def _is_older(switch: OutboundSwitch, services: Services) -> bool:
    """Whether the database is a copy, as the mark beside it knows."""
    mark, beside = Mark.read(switch.mark), Mark.read(services.outbound_mark.read())
    return mark is not None and beside is not None and (beside.name != mark.name or mark.at < beside.at)


def _taken_as_it_is(session: Session, services: Services, switch: OutboundSwitch) -> tuple[Mark, str | None]:
    """The mark that counts from now on, and what the person has to know."""
    key_id = services.vault.key_id if suppressions.has_any(session) else ""
    before, beside = Mark.read(switch.mark), Mark.read(services.outbound_mark.read())
    mark = Mark.new(key_id, session.now()) if before is None else before.later(key_id, session.now(), than=beside)
    if switch.reason is not SwitchReason.KEY_CHANGED:
        return mark if before is None else Mark(mark.name, before.key_id, mark.at), None
    lost_count = hash_anew(session, services.vault)
    note = f"{lost_count} suppressions of erased people can't be recognised with this key." if lost_count else None
    return mark, note
