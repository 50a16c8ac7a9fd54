"""Syncs: what the person's own platforms know, from files that they export or by asking them (docs/sync.md)."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from onelane.storage.database.engine import Session
from onelane.storage.platforms import accounts, cursors
from onelane.storage.platforms.accounts import (
    Account,
    AccountStatus,
    AuthType,
    InboundSource,
    PauseReason,
    Platform,
    Transport,
)
from onelane.storage.platforms.cursors import SyncStatus
from onelane.storage.workflows.steps import StepType
from onelane.tools.outreach.mail.account_limits import pace_limits_of
from onelane.tools.outreach.mail.account_standing import next_step_of
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import NotFound
from onelane.tools.registry.result import Flag, Instant, Listed, PageResult, Result, when
from onelane.tools.registry.tool import UNLISTED
from onelane.tools.registry.tool_spec import Effect, tool
from onelane.tools.sync.cursor_parts import added_until
from onelane.tools.sync.online.connected_accounts import check_platform
from onelane.tools.sync.online.online_sources import MaxPages, MaxProfiles, Since
from onelane.tools.sync.sync_source import AskedOf, LookedUp, SyncSource, config_of, look_at_source
from onelane.tools.sync.sync_types import SyncSubType
from onelane.tools.workflows.run_views import StartedRun
from onelane.tools.workflows.runs import end_of_run, run_stands, view_of


@tool(
    effect=Effect.WRITE,
    toolset="sync",
    title="Start a sync",
    route="POST /api/workflows/sync",
    status=201,
    step=StepType.SYNC_PAGE,
    creates=True,
    prepare=look_at_source,
    stands=run_stands,
    awaits=end_of_run,
)
def start_sync(
    ctx: Context,
    sub_type: SyncSubType | None = None,
    file: str | None = None,
    platform_account_id: Annotated[str | None, UNLISTED] = None,
    full: Annotated[Flag, UNLISTED] = False,
    max_pages: Annotated[MaxPages | None, UNLISTED] = None,
    max_profiles: Annotated[MaxProfiles | None, UNLISTED] = None,
    contact_ids: Annotated[LookedUp | None, UNLISTED] = None,
    since: Annotated[Since | None, UNLISTED] = None,
) -> StartedRun:
    """Import an export file, or without one ask the connected platform, as a run; doing it again adds nothing.

    Where that can't be done, the answer says how the person connects an account or gets a file.

    Args:
        sub_type: what to bring in, where the file leaves that open
        file: its path, or its name in an allowed folder such as Downloads; a zip as downloaded
        platform_account_id: the account that is asked, or that the export is of
        full: ask for all, however little is new
        max_pages: the most pages to ask for; the next sync goes on there
        max_profiles: with x_enrich, the most users to ask about
        contact_ids: with x_enrich, only these contacts
        since: ask for nothing that is older
    """
    found = ctx.prepared
    assert isinstance(found, SyncSource)
    if found.path is not None and platform_account_id is not None:
        check_platform(_account(ctx.session, platform_account_id), found.sub_type)
    asked = AskedOf(full, max_pages, max_profiles, tuple(contact_ids or ()), since)
    run = ctx.engine.start(
        ctx.session,
        found.sub_type.workflow_type,
        config_of(found, asked),
        by=ctx.caller,
        platform_account_id=found.account_id,
        parent_workflow_id=ctx.caller.run_id,
        total_items=found.total_items,
    )
    return view_of(ctx, run)


class SyncView(Result):
    """How far a sync of an account has come."""

    data_type: str
    sync_status: SyncStatus
    total_items_synced: int
    added: Mapping[str, int]
    """How many people, messages, invitations and posts it has added until now."""
    last_sync_started_at: Instant | None
    last_sync_completed_at: Instant | None
    last_error: str | None

    def text(self) -> str:
        """Its kind, what it brought, and how it stands."""
        kinds = [f"{count:,} {kind}" for kind, count in self.added.items() if count]
        brought = ", ".join(kinds) or f"{self.total_items_synced} items"
        return f"{self.data_type} {brought} {self.sync_status}"


class SendingLimits(Result):
    """How much may go out of an account, in a rolling 24 hours and hour, and how far apart."""

    per_day: int
    per_hour: int
    new_per_day: int
    spacing_seconds: int
    jitter_seconds: int


class AccountView(Listed):
    """One of the person's own accounts, without its credentials."""

    platform: Platform
    display_name: str
    auth_type: AuthType
    status: AccountStatus
    transport: Transport | None
    """How it sends; null while it can't."""
    sender_name: str | None
    limits: SendingLimits | None
    """How much may go out of it, where it sends."""
    inbound: InboundSource | None
    """How it learns what came back."""
    inbox_read_at: Instant | None
    paused_until: Instant | None
    pause_reason: PauseReason | None
    next_step: str | None
    """What the person types so that it goes on; null while nothing holds it."""
    last_synced_at: Instant | None
    created_at: Instant
    syncs: Sequence[SyncView]

    def text(self) -> str:
        """One line: id, platform, name, how it is known, and its syncs."""
        syncs = "; ".join(sync.text() for sync in self.syncs)
        last = when(self.last_synced_at) or "never"
        line = f"{self.id}\t{self.platform.label}\t{self.display_name}\t{self.auth_type.label}\tlast sync {last}"
        return "\t".join(part for part in (line, syncs, self._told_of_sending()) if part)

    def _told_of_sending(self) -> str:
        held = [] if self.status is AccountStatus.ACTIVE else [self.status.label.lower()]
        if self.pause_reason is not None:
            until = "until the person looks" if self.paused_until is None else f"until {when(self.paused_until)}"
            held.append(f"held ({self.pause_reason}) {until}")
        sends = [] if self.transport is None else [f"sends by {self.transport.label}"]
        advice = [] if self.next_step is None else [f"next: {self.next_step}"]
        return ", ".join([*sends, *held, *advice])


class AccountPage(PageResult[AccountView]):
    """The accounts."""

    noun: ClassVar[str] = "accounts"


@tool(effect=Effect.READ, toolset="sync", title="List accounts", route="GET /api/accounts")
def list_accounts(ctx: Context, platform: Annotated[Platform | None, UNLISTED] = None) -> AccountPage:
    """List the person's own accounts and how far their syncs have come.

    Args:
        platform: only of this platform
    """
    syncs = _syncs(ctx.session)
    views = [_view(row, syncs.get(row.id, [])) for row in accounts.list_accounts(ctx.session, platform)]
    return AccountPage(data=views, total=len(views))


def view_of_account(session: Session, account: Account) -> AccountView:
    """An account as it is listed."""
    return _view(account, _syncs(session).get(account.id, []))


def read_account(session: Session, account_id: str) -> AccountView:
    """The account with this id, as it is listed.

    Raises:
        NotFound: there is none
    """
    return view_of_account(session, _account(session, account_id))


def _account(session: Session, account_id: str) -> Account:
    account = accounts.get_account(session, account_id)
    if account is None:
        raise NotFound(f"There is no account {account_id!r}. list_accounts shows what there is.")
    return account


def _syncs(session: Session) -> dict[str, list[SyncView]]:
    """How far the syncs of each account have come."""
    syncs: dict[str, list[SyncView]] = {}
    for cursor in cursors.list_cursors(session):
        view = SyncView.model_validate({**cursor.model_dump(), "added": added_until(cursor.cursor)})
        syncs.setdefault(cursor.platform_account_id, []).append(view)
    return syncs


def _view(account: Account, syncs: Sequence[SyncView]) -> AccountView:
    sends = account.transport in (Transport.SMTP, Transport.GMAIL)
    told = {
        "limits": pace_limits_of(account) if sends else None,
        "next_step": next_step_of(account),
        "syncs": syncs,
    }
    return AccountView.model_validate({**account.model_dump(), **told})
