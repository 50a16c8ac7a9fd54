"""How much may go out of an account: what its person said, within what its provider allows (docs/mail.md, "Limits")."""

import json
from collections.abc import Mapping
from dataclasses import asdict

from onelane.storage.database.engine import Session
from onelane.storage.platforms.accounts import Account
from onelane.tools.outreach.mail.providers import provider_of
from onelane.tools.outreach.planning.pace import USUAL_LIMITS, PaceLimits
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.result import Result

USUAL = asdict(USUAL_LIMITS)
"""When nothing is said: messages in 24 hours, in an hour, first touches in 24 hours, seconds apart and their jitter."""
_MOST_SECONDS = 86_400


class AccountLimits(Result):
    """How much may go out of an account."""

    id: str
    address: str
    per_day: int
    per_hour: int
    new_per_day: int
    spacing_seconds: int
    jitter_seconds: int
    provider: str | None
    provider_per_day: int | None

    def text(self) -> str:
        """What holds, in a sentence."""
        most = "" if self.provider_per_day is None else f" {self.provider} takes at most {self.provider_per_day} a day."
        return (
            f"{self.address}: {self.per_day} in 24 hours, {self.per_hour} an hour, {self.new_per_day} first touches a "
            f"day, {self.spacing_seconds} s apart with up to {self.jitter_seconds} s of jitter.{most}"
        )


def limits_of(account: Account, smtp_host: str | None = None) -> AccountLimits:
    """What holds for an account.

    Args:
        account: the account
        smtp_host: through which server it sends, where its address does not tell the provider
    """
    provider = provider_of(account.account_key, smtp_host)
    most = None if provider is None else provider.per_day
    limits: dict[str, int] = {**USUAL, **json.loads(account.limits)}
    if most is not None:
        limits["per_day"] = min(limits["per_day"], most)
    name = None if provider is None else provider.name
    return AccountLimits(
        id=account.id, address=account.account_key, provider=name, provider_per_day=most, **_known_limits(limits)
    )


def pace_limits(account: Account) -> PaceLimits:
    """What holds for an account, as the planner takes it."""
    return PaceLimits(**pace_limits_of(account))


def pace_limits_of(account: Account) -> dict[str, int]:
    """What holds for an account, by its names."""
    return limits_of(account).model_dump(include={*USUAL})


def set_limits(
    session: Session, account: Account, changes: Mapping[str, int | None], smtp_host: str | None = None
) -> AccountLimits:
    """Change how much may go out of an account; what is None stays.

    Raises:
        BadRequest: a number makes no sense, or is more than the provider takes
    """
    new_limits = {name: value for name, value in changes.items() if value is not None}
    provider = provider_of(account.account_key, smtp_host)
    for name, value in new_limits.items():
        least = 0 if name.endswith("_seconds") else 1
        most = _MOST_SECONDS if name.endswith("_seconds") else 100_000
        if provider is not None and provider.per_day is not None and not name.endswith("_seconds"):
            most = provider.per_day
        if not least <= value <= most:
            by = f" {provider.name} takes no more ({provider.source})." if provider and most == provider.per_day else ""
            raise BadRequest(f"{name.replace('_', '-')} must be between {least} and {most}.{by} Nothing was changed.")
    account.limits = json.dumps({**json.loads(account.limits), **new_limits})
    account.updated_at = session.now()
    session.add(account)
    session.flush()
    return limits_of(account, smtp_host)


def _known_limits(limits: Mapping[str, int]) -> dict[str, int]:
    return {name: limits[name] for name in USUAL}
