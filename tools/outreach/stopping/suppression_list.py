"""Suppressions as tools: who is not written to, and one more who is not; lifting one is the person's alone.

See docs/sequences.md, "Suppressions".
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from onelane.storage.outreach import suppressions
from onelane.storage.outreach.suppressions import Suppression, SuppressionReason
from onelane.storage.platforms.accounts import Channel
from onelane.storage.workflows.approvals import Door
from onelane.tools.outreach.stopping.suppressing import lift_suppressions, suppress, suppress_person
from onelane.tools.people.contact_fields import one_line
from onelane.tools.people.contact_saving import known_contact
from onelane.tools.registry.context import Context, Services
from onelane.tools.registry.result import Instant, ListItem, PageResult, Result, when
from onelane.tools.registry.tool_spec import Effect, Reveals, tool

Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]


class SuppressionView(ListItem):
    """An address that is not written to."""

    channel: Channel
    address: str | None
    """Null once its person was erased."""
    contact_id: str | None
    reason: SuppressionReason
    source: str | None
    created_at: Instant

    def text(self) -> str:
        """One line: id, address, where, why, since when."""
        address = self.address or "(erased)"
        return f"{self.id}\t{address}\t{self.channel}\t{self.reason}\t{self.source or ''}\t{when(self.created_at)}"


class NewSuppression(SuppressionView):
    """An address that is not written to from now on."""

    ended: int
    """How many enrollments ended."""

    def text(self) -> str:
        """What it is, what holds now, and who may lift it."""
        address = self.address or ""
        # An address that lacks its domain would be taken for somebody's handle, and nobody would notice.
        who = (
            address
            if "@" in address[1:] or "/" in address
            else f"{address}, taken for a handle since it has no @domain,"
        )
        return f"{who} {_consequence(self.channel, self.ended)}: onelane suppressions lift {address}"


class SuppressionPage(PageResult[SuppressionView]):
    """Addresses that are not written to."""

    noun: ClassVar[str] = "suppressions"
    first_comes_by: ClassVar[str] = "suppress_address adds one."
    id_prefixes: ClassVar[tuple[str, ...]] = ("sup_",)
    begins_at: ClassVar[Literal["newest", "oldest"]] = "oldest"


class Suppressed(Result):
    """Somebody who is not written to any more."""

    contact_id: str
    contact_name: str
    channel: Channel
    ended: int
    """How many enrollments ended."""

    def text(self) -> str:
        """Who it is, what holds now, and who may lift it."""
        who = f"{one_line(self.contact_name)} ({self.contact_id})"
        return f"{who} {_consequence(self.channel, self.ended)}: onelane suppressions lift ADDRESS."


@tool(effect=Effect.WRITE, toolset="outreach", title="Suppress a contact", durable=True, reveals=Reveals)
def suppress_contact(ctx: Context, contact_id: str, channel: Channel = Channel.ALL) -> Suppressed:
    """Write to somebody no more: all their addresses are suppressed, and their sequences end. Only the person lifts it.

    Args:
        contact_id: who
        channel: only there
    """
    contact = known_contact(ctx.session, contact_id)
    ended_count = suppress_person(ctx.session, ctx.services.vault, contact_id, channel, source=ctx.caller.face)
    return Suppressed(contact_id=contact_id, contact_name=contact.name, channel=channel, ended=ended_count)


@tool(
    effect=Effect.WRITE,
    toolset="advanced",
    title="Suppress an address",
    route="POST /api/suppressions",
    status=201,
    durable=True,
)
def suppress_address(ctx: Context, address: Address, channel: Channel = Channel.ALL) -> NewSuppression:
    """Write to an address no more, whoever has it or comes to have it. Only the person lifts it.

    Args:
        address: an e-mail address, a handle, or the address of a profile
        channel: only there
    """
    row, ended_count = suppress(ctx.session, ctx.services.vault, address, channel, source=ctx.caller.face)
    return NewSuppression.model_validate({**row.model_dump(), "ended": ended_count})


@tool(
    effect=Effect.READ,
    toolset="advanced",
    title="List suppressions",
    route="GET /api/suppressions",
    reveals=[Reveals.PRIVATE],
)
def list_suppressions(
    ctx: Context,
    channel: Channel | None = None,
    address: Address | None = None,
    page_size: Annotated[int, Field(ge=1, le=100)] = 25,
    cursor: str | None = None,
) -> SuppressionPage:
    """List the addresses that are not written to, oldest first.

    Args:
        channel: only those of this channel
        address: only what holds for this one
        page_size: how many at once
        cursor: from `next_cursor`
    """
    hashes = None if address is None else [ctx.services.vault.address_hash(address)]
    rows = suppressions.list_suppressions(
        ctx.session, channel=channel, address_hashes=hashes, after_id=SuppressionPage.after(cursor), limit=page_size + 1
    )
    total = suppressions.count_suppressions(ctx.session, channel=channel, address_hashes=hashes)
    return SuppressionPage.of([_view(row) for row in rows], page_size, total)


def lift(
    services: Services, *, via: Door, suppression_id: str | None = None, address: str | None = None
) -> SuppressionPage:
    """Let an address be written to again; see `lift_suppressions`. Only the person does that."""
    rows = lift_suppressions(services, via=via, suppression_id=suppression_id, address=address)
    return SuppressionPage(data=[_view(row) for row in rows], total=len(rows))


def _view(row: Suppression) -> SuppressionView:
    return SuppressionView.model_validate(row.model_dump())


def _consequence(channel: Channel, ended_count: int) -> str:
    where = "at all" if channel is Channel.ALL else f"by {channel.label}"
    ended = f"{ended_count} enrollment{'' if ended_count == 1 else 's'} ended"
    return f"is not written to {where} any more; {ended}. Only the person lifts it"
