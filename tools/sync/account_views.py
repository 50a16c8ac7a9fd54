"""The person's own accounts, as every face shows them (docs/platforms.md, "Accounts")."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
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
from onelane.storage.platforms.spending import in_usd, spent_by_account
from onelane.tools.outreach.mail.account_limits import pace_limits_of
from onelane.tools.outreach.mail.account_standing import next_step_of
from onelane.tools.platforms.online.connections import connection_of
from onelane.tools.platforms.online.limits import rate_limits
from onelane.tools.registry.context import Context, Services
from onelane.tools.registry.errors import NotFound
from onelane.tools.registry.result import Instant, ListItem, PageResult, Result, when
from onelane.tools.registry.tool import UNLISTED
from onelane.tools.registry.tool_spec import Effect, tool
from onelane.tools.sync.cursor_parts import added_until
from onelane.tools.sync.sync_types import SyncSubType

_SINGULAR = {"people": "person", "messages": "message", "invitations": "invitation", "posts": "post"}


class SyncView(Result):
    """How far a sync of an account has come."""

    untold: ClassVar[frozenset[str]] = frozenset({"last_sync_started_at", "last_sync_completed_at"})

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
        kinds = [f"{count:,} {_SINGULAR[kind] if count == 1 else kind}" for kind, count in self.added.items() if count]
        total = self.total_items_synced
        brought = ", ".join(kinds) or (f"{total:,} item{'' if total == 1 else 's'}" if total else "nothing yet")
        # That it is over goes without saying; the instant stands before.
        state = "" if self.sync_status is SyncStatus.COMPLETED else f" ({self.sync_status.label.lower()})"
        return f"{_label_of(self.data_type)}: {brought}{state}"


class SendingLimits(Result):
    """How much may go out of an account, in a rolling 24 hours and hour, and how far apart."""

    per_day: int
    per_hour: int
    new_per_day: int
    spacing_seconds: int
    jitter_seconds: int


class RateLimit(Result):
    """One limit of a platform."""

    limit: int | None
    remaining: int | None
    resets_at: Instant | None


class AccountView(ListItem):
    """One of the person's own accounts, without its credentials."""

    untold: ClassVar[frozenset[str]] = frozenset(
        {"sender_name", "limits", "inbound", "inbox_read_at", "scopes", "rate_limits", "created_at"}
    )

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
    scopes: Sequence[str]
    """What its platform granted, in the platform's words."""
    features: Sequence[str]
    """What it may be used for online."""
    rate_limits: Mapping[str, RateLimit]
    """The platform's own limits, by what is asked for."""
    expires_at: Instant | None
    """When the person has to sign in again at the latest, where the platform says so."""
    spent_usd_this_month: float | None
    """What reading cost in this month (UTC); null where nothing costs."""
    cap_usd: float | None
    """What reading may cost in a month; null where nothing costs."""
    last_synced_at: Instant | None
    created_at: Instant
    syncs: Sequence[SyncView]

    def text(self) -> str:
        """One line: id, platform, name, how it is known, and its syncs."""
        syncs = "; ".join(sync.text() for sync in self.syncs)
        last = when(self._read_at) or "never"
        # What comes from a file has no name of its own.
        names = dict.fromkeys([self.platform.label, self.display_name])
        columns = [self.id, *names, self.auth_type.label, f"last sync {last}", syncs, self._told_of_standing()]
        return "\t".join(filter(None, columns))

    @property
    def _read_at(self) -> Instant | None:
        """When anything was last read from it; a mailbox is read without a run."""
        ends = (self.last_synced_at, self.inbox_read_at, *(sync.last_sync_completed_at for sync in self.syncs))
        return max((each for each in ends if each is not None), default=None)

    def _told_of_standing(self) -> str:
        restrictions = [] if self.status is AccountStatus.ACTIVE else [self.status.label.lower()]
        if self.pause_reason is not None:
            until = "until the person looks" if self.paused_until is None else f"until {when(self.paused_until)}"
            restrictions.append(f"held {until} ({self.pause_reason.label.lower()})")
        sends = [] if self.transport is None else [f"sends by {self.transport.label}"]
        online = [f"online for {', '.join(self.features)}"] if self.features else []
        ends = [] if self.expires_at is None else [f"signed in until {when(self.expires_at)}"]
        money = [] if self.spent_usd_this_month is None else [f"${self.spent_usd_this_month:.2f} spent this month"]
        advice = [] if self.next_step is None else [f"next: {self.next_step}"]
        return ", ".join([*online, *ends, *money, *sends, *restrictions, *advice])


class AccountPage(PageResult[AccountView]):
    """The accounts."""

    noun: ClassVar[str] = "accounts"
    first_comes_by: ClassVar[str] = "Export files need none; the person connects one with `onelane accounts connect`."


@tool(effect=Effect.READ, toolset="sync", title="List accounts", route="GET /api/accounts")
def list_accounts(ctx: Context, platform: Annotated[Platform | None, UNLISTED] = None) -> AccountPage:
    """List the person's own accounts and how far their syncs have come.

    Args:
        platform: only of this platform
    """
    syncs, spent = _syncs(ctx.session), _spent(ctx.session)
    views = [
        _view(ctx.services, row, syncs.get(row.id, []), spent.get(row.id, 0))
        for row in accounts.list_accounts(ctx.session, platform)
    ]
    return AccountPage(data=views, total=len(views))


def view_of_account(services: Services, session: Session, account: Account) -> AccountView:
    """An account as it is listed."""
    return _view(services, account, _syncs(session).get(account.id, []), _spent(session).get(account.id, 0))


def read_account(services: Services, account_id: str) -> AccountView:
    """The account with this id, as it is listed.

    Raises:
        NotFound: there is none
    """
    with services.database.read() as session:
        return view_of_account(services, session, known_account(session, account_id))


def known_account(session: Session, account_id: str) -> Account:
    """The account with this id.

    Raises:
        NotFound: there is none
    """
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


def _spent(session: Session) -> Mapping[str, int]:
    """What each account has spent in this month, in millionths of a dollar."""
    return spent_by_account(session, session.now().strftime("%Y-%m"))


def _view(services: Services, account: Account, syncs: Sequence[SyncView], spent_micro_usd: int) -> AccountView:
    sends = account.transport in (Transport.SMTP, Transport.GMAIL)
    online = connection_of(services.vault, account, services.database.clock())
    values = {
        "limits": pace_limits_of(account) if sends else None,
        "next_step": online.next_step or next_step_of(services.vault, account),
        "syncs": syncs,
        "scopes": online.scopes,
        "features": online.features,
        "rate_limits": _rate_limits(account),
        "expires_at": online.ends_at,
        **_money(services, account, spent_micro_usd),
    }
    return AccountView.model_validate({**account.model_dump(), **values})


def _money(services: Services, account: Account, spent_micro_usd: int) -> dict[str, float | None]:
    """What reading cost and may cost, where the platform takes money for it and the account can be asked."""
    is_paid = account.platform is Platform.X and account.auth_type is not AuthType.FILE
    return {
        "spent_usd_this_month": in_usd(spent_micro_usd) if is_paid else None,
        "cap_usd": services.online.settings.x_monthly_usd if is_paid else None,
    }


def _rate_limits(account: Account) -> dict[str, RateLimit]:
    return {
        name: RateLimit(
            limit=window.limit,
            remaining=window.remaining,
            resets_at=None if window.resets_at is None else datetime.fromtimestamp(window.resets_at, UTC),
        )
        for name, window in rate_limits(account).items()
    }


def _label_of(data_type: str) -> str:
    """What is brought in, as pages call it; what only a mailbox has is called as it is kept."""
    return SyncSubType(data_type).label if data_type in set(SyncSubType) else data_type
