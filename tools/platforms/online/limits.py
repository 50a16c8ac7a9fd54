"""The limits of an account's platform, kept in its row and obeyed by all processes (docs/platforms.md, "Limits")."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from onelane.storage.database.engine import Database, Session
from onelane.storage.platforms.accounts import Account
from onelane.tools.platforms.formats.instants import header_instant, iso_instant
from onelane.tools.platforms.online.failure_table import FailureRule, FailureText, PlatformRules
from onelane.tools.platforms.online.failures import AgainAt
from onelane.tools.platforms.online.windows import Window, told_number, told_opening, told_window

_LONGEST_RETRY_SECONDS = 7 * 86_400
"""So long a platform is left alone at most, whatever it asks for."""
_SENSELESS_SECONDS = 366 * 86_400
"""Who asks to wait for longer does not mean it."""


class RateLimits:
    """The limits of one account, endpoint by endpoint.

    The platform's clock decides: each answer tells it, and this process remembers how far its own is off.

    Args:
        database: where all processes see them
        account_id: whose they are
        rules: what its platform tells of limits
    """

    def __init__(self, database: Database, account_id: str, rules: PlatformRules) -> None:
        self.rules = rules
        self._database = database
        self._account_id = account_id
        self._ahead_seconds: float | None = None

    def take(self, endpoint: str) -> None:
        """Take one request of an endpoint's window, before it is sent.

        Raises:
            AgainAt: there is none left until an instant
        """
        if not self.rules.windows:
            with self._database.read() as session:
                self._check(_windows(session, self._account_id).get(endpoint, Window()))
            return
        self._change(endpoint, self._take_window)

    def hear_date(self, date: datetime | None) -> datetime:
        """Learn the platform's clock from an answer; what its clock says now."""
        now = self._database.clock()
        if date is not None:
            self._ahead_seconds = (date - now).total_seconds()
        return date or now + timedelta(seconds=self._ahead_seconds or 0)

    def keep(self, endpoint: str, headers: Mapping[str, str], date: datetime) -> None:
        """Keep what an answer tells of the endpoint's window."""
        if not self.rules.windows:
            return
        answer_window = told_window(headers, self.rules.windows, date.timestamp())
        self._change(endpoint, lambda window, now: window.merge(answer_window) if answer_window else window.give_up())

    def give_up(self, endpoint: str) -> None:
        """A request that was taken had no answer."""
        if self.rules.windows:
            self._change(endpoint, lambda window, now: window.give_up())

    def close(
        self, endpoint: str, headers: Mapping[str, str], date: datetime, rule: FailureRule, failure_text: FailureText
    ) -> AgainAt:
        """Close an endpoint after an answer that says that its limit is reached.

        Args:
            endpoint: which
            headers: the answer's, their names in lower case
            date: when it was given, by the platform's clock
            rule: what the table of failures says of it
            failure_text: its body

        Returns:
            The failure, with the instant at which the platform takes requests again.
        """
        seconds = self._closed_seconds(headers, date) or rule.again_after_seconds or self.rules.again_after_seconds
        resets_at = date.timestamp() + seconds

        def closed_window(window: Window, now: float) -> Window:
            answer_window = told_window(headers, self.rules.windows, date.timestamp())
            return Window(
                answer_window.limit if answer_window else window.limit, 0, max(resets_at, window.resets_at or 0)
            )

        self._change(endpoint, closed_window)
        return self._again_at(resets_at, Window(), self.rules.message(rule, endpoint, failure_text))

    def _closed_seconds(self, headers: Mapping[str, str], date: datetime) -> float | None:
        """How long an answer that refuses asks to wait, by the longer of its words."""
        opens_at = told_opening(headers, self.rules.windows, date.timestamp())
        window_seconds = None if opens_at is None else opens_at - date.timestamp()
        return max(window_seconds or 0, retry_after_seconds(headers, date) or 0) or None

    def _take_window(self, window: Window, now: float) -> Window:
        self._check(window)
        return window.take_one(now)

    def _check(self, window: Window) -> None:
        opens_at = window.opens_at(self._now(window))
        if opens_at is not None:
            raise self._again_at(
                opens_at, window, f"{self.rules.name} takes no more requests of this kind for a while."
            )

    def _again_at(self, opens_at: float, window: Window, message: str) -> AgainAt:
        at = datetime.fromtimestamp(opens_at - self._ahead(window), UTC)
        return AgainAt(message, at=at)

    def _now(self, window: Window) -> float:
        return self._database.clock().timestamp() + self._ahead(window)

    def _ahead(self, window: Window) -> float:
        """How far the platform's clock is ahead of ours; what another process found out counts until we know."""
        return window.ahead_seconds if self._ahead_seconds is None else self._ahead_seconds

    def _change(self, endpoint: str, change: Callable[[Window, float], Window]) -> None:
        with self._database.write() as session:
            state = _state(session, self._account_id, is_held=True)
            window = Window.of(state.get(endpoint, {}))
            new_window = change(window, self._now(window))
            state[endpoint] = {**new_window.document, "ahead_seconds": self._ahead(window)}
            session.sql(
                sa.update(Account)
                .where(col(Account.id) == self._account_id)
                .values(rate_limit_state=json.dumps(state, separators=(",", ":")))
            )


def rate_limits(account: Account) -> dict[str, Window]:
    """What is known of an account's limits, by endpoint; where a platform tells none, there is none."""
    state: dict[str, dict[str, Any]] = json.loads(account.rate_limit_state)
    windows = {name: Window.of(document) for name, document in state.items()}
    return {name: window for name, window in windows.items() if window.resets_at is not None}


def retry_after_seconds(headers: Mapping[str, str], date: datetime) -> float | None:
    """How long an answer asks to wait: seconds, or an instant; None where it says nothing that makes sense."""
    header = headers.get("retry-after", "").strip()
    seconds = told_number(header)
    if seconds is None:
        at = header_instant(header) or iso_instant(header)
        seconds = 0 if at is None else (at - date).total_seconds()
    return min(seconds, _LONGEST_RETRY_SECONDS) if 0 < seconds <= _SENSELESS_SECONDS else None


def _windows(session: Session, account_id: str) -> dict[str, Window]:
    return {name: Window.of(document) for name, document in _state(session, account_id).items()}


def _state(session: Session, account_id: str, *, is_held: bool = False) -> dict[str, dict[str, Any]]:
    query = sa.select(col(Account.rate_limit_state)).where(col(Account.id) == account_id)
    text = session.sql(query.with_for_update() if is_held else query).scalar_one_or_none()
    return json.loads(text or "{}")
