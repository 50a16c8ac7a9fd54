"""What others bill is known: no call of a model and no request to a platform is paid for and not booked."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from tests.worlds.view import WorldView

_MICRO = Decimal(1_000_000)
_ROUNDING = Decimal("0.000001")


def what_platforms_bill_is_booked(view: WorldView) -> Iterator[str]:
    """In each month at least as much is spent or reserved as a platform has billed."""
    billed: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for request in view.outside.requests:
        if view.yeses.is_forgotten(request.at):
            continue
        billed[request.platform, f"{request.at:%Y-%m}"] += request.usd
    booked: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in view.rows(
        "SELECT a.platform, s.month, s.spent_micro_usd + s.reserved_micro_usd AS micro FROM platform_spending s "
        "JOIN platform_accounts a ON a.id = s.platform_account_id"
    ):
        booked[row["platform"], row["month"]] += Decimal(row["micro"]) / _MICRO
    for (platform, month), usd in sorted(billed.items()):
        if usd > booked[platform, month] + _ROUNDING:
            yield f"{platform} has billed {usd} USD in {month}, and {booked[platform, month]} USD are booked."


def what_models_bill_is_booked(view: WorldView) -> Iterator[str]:
    """On each day at least as much is spent or held as models have billed."""
    billed: dict[str, Decimal] = defaultdict(Decimal)
    for call in view.outside.model_calls:
        if view.yeses.is_forgotten(call.at):
            continue
        billed[f"day:{call.at:%Y-%m-%d}"] += call.usd
    booked = {
        row["scope"]: Decimal(str(row["spent_usd"] + row["held_usd"]))
        for row in view.rows("SELECT scope, spent_usd, held_usd FROM budgets WHERE scope LIKE 'day:%'")
    }
    for day, usd in sorted(billed.items()):
        # A call that goes over midnight counts on the day on which it began.
        if usd > booked.get(day, Decimal(0)) + _ROUNDING and usd > _around(booked, day) + _ROUNDING:
            yield f"Models have billed {usd} USD on {day}, and {booked.get(day, 0)} USD are booked."


def _around(booked: dict[str, Decimal], day: str) -> Decimal:
    days = sorted({*booked, day})
    at = days.index(day)
    return sum((booked.get(each, Decimal(0)) for each in days[max(0, at - 1) : at + 1]), Decimal(0))


BILLING = (what_platforms_bill_is_booked, what_models_bill_is_booked)
