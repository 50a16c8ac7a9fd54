"""What a sync will cost, before it does; nobody is asked for it (docs/platforms.md, "Money")."""

from dataclasses import asdict
from typing import Any

from onelane.storage.platforms.accounts import Account, Platform
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.result import Result
from onelane.tools.sync.account_views import known_account
from onelane.tools.sync.online.online_sources import SyncOptions
from onelane.tools.sync.sync_source import SyncRequest, SyncSource


class SyncEstimate(Result):
    """What a sync will cost. Reading Google and LinkedIn costs nothing, and how much there is nobody knows before."""

    items: int | None
    requests: int | None
    usd_at_least: float
    usd_at_most: float
    cap_usd: float | None
    """At most so much is spent on this account in a month."""
    spent_usd_this_month: float | None
    prices_of: str | None
    """The date of the price list."""

    def text(self) -> str:
        """What it costs, of how much, and what may still be spent."""
        if self.cap_usd is None:
            return "It costs nothing. How much there is, nobody knows before it is asked."
        least, most = f"${self.usd_at_least:,.2f}", f"${self.usd_at_most:,.2f}"
        cost = most if least == most else f"{least} to {most}"
        amount = f"{_amount(self.items or 0, 'item')} in {_amount(self.requests or 0, 'request')}"
        return (
            f"It costs {cost} for up to {amount}, by the prices of {self.prices_of}. "
            f"${self.spent_usd_this_month or 0:,.2f} of this month's ${self.cap_usd:,.2f} are spent; "
            "a sync stops there, and the next one goes on. Nothing was asked."
        )


def _amount(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def estimate_of(services: Services, source: SyncSource, request: SyncRequest) -> SyncEstimate:
    """What a sync would cost that was not started.

    Raises:
        BadRequest: it reads a file
    """
    account = _account_to_ask(services, source)
    if account.platform is not Platform.X:
        nothing: dict[str, Any] = dict.fromkeys(SyncEstimate.model_fields)
        return SyncEstimate.model_validate(nothing | {"usd_at_least": 0.0, "usd_at_most": 0.0})
    from onelane.tools.sync.online.x.x_sources import estimate_x

    options = SyncOptions(request.full, request.max_profiles, request.contact_ids, request.since)
    return SyncEstimate.model_validate(
        asdict(estimate_x(services, account, source.sub_type, options, request.max_pages))
    )


def _account_to_ask(services: Services, source: SyncSource) -> Account:
    if source.account_id is None or source.path is not None:
        raise BadRequest("A file costs nothing. Leave out estimate, or the file.")
    with services.database.read() as session:
        return known_account(session, source.account_id)
