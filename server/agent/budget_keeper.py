"""Budgets in use: the cost of a call is held before the call and settled after it (docs/agent.md, "Budgets")."""

import secrets
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from threading import get_ident
from time import monotonic
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from onelane.server.agent.model import Usage, estimate_usd
from onelane.storage.database.engine import Database, Session
from onelane.storage.workflows import budgets
from onelane.storage.workflows.budgets import Amounts, BudgetReached, BudgetUnit, Limits, Scope
from onelane.storage.workflows.run_trees import lineage
from onelane.tools.registry.budgets import BudgetStop, budget_stop, limits_of, names_dollars

DayLimits = Callable[[Session], Limits]
_NOTHING = Amounts()
LEAST_TOKENS = 1024
"""An answer that may be no longer than this says nothing; a budget that leaves less is used up."""


@dataclass(frozen=True, slots=True)
class Price:
    """The most that a call can cost; None when the model's price is not known."""

    input_usd: float | None
    output_usd_a_token: float


@dataclass(frozen=True, slots=True)
class _PaidAhead:
    """What a call without a run may cost, which is spent before it is made."""

    scopes: Sequence[Scope]
    amounts: Amounts


class RunBudgetKeeper:
    """Holds and settles the cost of calls in the budgets of their run, its parents, its template
    and the day. Implements `model.Purse`.

    Args:
        database: where runs and budgets are
        day: says what may be spent a day in all
        holder: who this is among all that may make the calls of a run
    """

    def __init__(self, database: Database, day: DayLimits | None = None, holder: str | None = None) -> None:
        self._database = database
        self._holder = holder or secrets.token_hex(4)
        self._day = day or _no_limits
        self._guard = threading.Lock()
        self._since: dict[str, float] = {}
        self._working: set[str] = set()
        self._known: dict[str, Sequence[RowMapping]] = {}
        self._ahead: dict[tuple[str, int], _PaidAhead] = {}

    @contextmanager
    def working(self, run_id: str) -> Generator[None]:
        """Count the time from now on as work of this run, also what passes between its calls."""
        with self._guard:
            self._working.add(run_id)
            self._since[run_id] = monotonic()
        try:
            yield
        finally:
            with self._guard:
                self._working.discard(run_id)
                self._since.pop(run_id, None)
                self._known.pop(run_id, None)

    def hold(self, run_id: str | None, key: str, input_tokens: int, output_tokens: int, model: str) -> int:
        """Hold what a call may cost.

        Args:
            run_id: who pays; without one it is the day alone, which pays ahead
            key: which call of the run this is
            input_tokens: about how much will be read
            output_tokens: how much may be written at most
            model: what is asked

        Returns:
            How many tokens may be written: fewer than asked for where a budget leaves no more.

        Raises:
            BudgetStop: a budget is used up
        """
        try:
            return self._hold_call(run_id, key, input_tokens, output_tokens, model)
        except BudgetReached as reached:
            less = self._room(run_id, input_tokens, model)
            if less < LEAST_TOKENS or less >= output_tokens:
                raise budget_stop(reached) from reached
        try:
            return self._hold_call(run_id, key, input_tokens, less, model)
        except BudgetReached as reached:
            raise budget_stop(reached) from reached

    def settle(self, session: Session, run_id: str | None, key: str, usage: Usage, cost_usd: float | None) -> None:
        """Take what a call has cost off the budgets, and add it to the run, in the transaction that records it."""
        self._settle(session, run_id, key, Amounts(turns=1), usage, cost_usd)

    def release(self, run_id: str | None, key: str, usage: Usage, cost_usd: float | None) -> None:
        """Give back what was held for a call that came to nothing, but for what was used of it already."""
        with self._database.write() as session:
            self._settle(session, run_id, key, Amounts(), usage, cost_usd)

    def spend(self, session: Session, run_id: str, *, tool_calls: int = 0, sends: int = 0) -> None:
        """Spend tool calls and sends with the transaction that makes them.

        Raises:
            BudgetStop: a budget is used up; the transaction must not be committed
        """
        amounts = Amounts(tool_calls=tool_calls, sends=sends)
        try:
            payers = self._payers(session, run_id, anew=False)
            budgets.spend(session, list(self._scopes(session, payers, priced=False)), amounts)
        except BudgetReached as reached:
            raise budget_stop(reached) from reached

    def _hold_call(self, run_id: str | None, key: str, input_tokens: int, output_tokens: int, model: str) -> int:
        usd = estimate_usd(model, input_tokens, output_tokens)
        amounts = Amounts(
            turns=1, tokens=input_tokens + output_tokens, ms=self._elapsed_ms(run_id), usd=0.0 if usd is None else usd
        )
        # The call is billed whether or not this machine keeps its power meanwhile.
        with self._database.write(is_durable=True) as session:
            payers = self._payers(session, run_id, anew=True)
            scopes = list(self._scopes(session, payers, priced=usd is not None))
            if usd is None and any(BudgetUnit.USD in scope.limits for scope in scopes):
                raise BudgetStop("The price of this model is not known, so that a budget in dollars can't be kept to.")
            if run_id is None:
                self._give_back_ahead(session, key)
                budgets.spend(session, scopes, amounts)
            else:
                budgets.hold(session, run_id, key, scopes, amounts, holder=self._holder)
        if run_id is None:
            self._ahead[key, get_ident()] = _PaidAhead([Scope(scope.name, {}) for scope in scopes], amounts)
        return output_tokens

    def _give_back_ahead(self, session: Session, key: str, *, spent: Amounts = _NOTHING) -> None:
        """Put what was really spent in the place of what this thread has paid ahead for a call without a run.

        No row holds for such a call: whoever never comes back has spent what it may have cost.
        """
        payment = self._ahead.pop((key, get_ident()), None)
        if payment is not None:
            budgets.spend(session, payment.scopes, spent + -payment.amounts)
        elif spent != _NOTHING:
            budgets.spend(session, [Scope(scope.name, {}) for scope in self._scopes(session, (), priced=True)], spent)

    def _room(self, run_id: str | None, input_tokens: int, model: str) -> int:
        """How many tokens the budgets let be written."""
        price = _price(model, input_tokens)
        with self._database.read() as session:
            payers = self._payers(session, run_id, anew=False)
            scopes = self._scopes(session, payers, priced=price.input_usd is not None)
            return min(_room(session, scope, input_tokens, price) for scope in scopes)

    def _payers(self, session: Session, run_id: str | None, *, anew: bool) -> Sequence[RowMapping]:
        """The run and those above it. What they may spend changes only while the run is paused."""
        if run_id is None:
            return ()
        kept_payers = None if anew else self._known.get(run_id)
        payers = kept_payers or list(lineage(session, run_id))
        if run_id in self._working:
            self._known[run_id] = payers
        return payers

    def _settle(
        self,
        session: Session,
        run_id: str | None,
        key: str,
        call_amounts: Amounts,
        usage: Usage,
        cost_usd: float | None,
    ) -> None:
        used_amounts = Amounts(tokens=usage.total_tokens, ms=self._passed_ms(run_id), usd=cost_usd or 0.0)
        if run_id is None:
            self._give_back_ahead(session, key, spent=call_amounts + used_amounts)
            return
        budgets.settle(session, run_id, key, call_amounts + used_amounts, holder=self._holder)
        if usage or cost_usd is None:
            _add_to_run(session, run_id, usage, cost_usd)

    def _scopes(self, session: Session, payers: Sequence[RowMapping], *, priced: bool) -> Iterator[Scope]:
        templates: dict[str, Mapping[str, Any]] = {}
        for row in payers:
            config = orjson.loads(row["config"])
            yield Scope(f"run:{row['id']}", _enforceable_limits(config, "budget", priced=priced))
            if row["template_id"] is not None:
                templates.setdefault(row["template_id"], config)
        today = session.now().astimezone(UTC).date().isoformat()
        for template_id, config in templates.items():
            yield Scope(f"template:{template_id}", _enforceable_limits(config, "templateBudget", priced=priced))
            yield Scope(f"template:{template_id}:{today}", _enforceable_limits(config, "dayBudget", priced=priced))
        day = self._day(session)
        yield Scope(f"day:{today}", day if priced else _without_dollars(day))

    def _elapsed_ms(self, run_id: str | None) -> int:
        """How long the run has worked since its last call was settled."""
        with self._guard:
            now = monotonic()
            return 0 if run_id is None else round((now - self._since.setdefault(run_id, now)) * 1000)

    def _passed_ms(self, run_id: str | None) -> int:
        """The same, and from now on it is counted anew."""
        if run_id is None:
            return 0
        with self._guard:
            now = monotonic()
            since = self._since.pop(run_id, now)
            if run_id in self._working:
                self._since[run_id] = now
            return round((now - since) * 1000)


def _no_limits(session: Session) -> Limits:
    return {}


def _enforceable_limits(config: Mapping[str, Any], name: str, *, priced: bool) -> Limits:
    """The limits that can be kept to; dollars can't where the price is not known."""
    limits = limits_of(config, name)
    if priced or BudgetUnit.USD not in limits:
        return limits
    return limits if names_dollars(config, name) else _without_dollars(limits)


def _without_dollars(limits: Limits) -> Limits:
    return {unit: limit for unit, limit in limits.items() if unit is not BudgetUnit.USD}


def _price(model: str, input_tokens: int) -> Price:
    input_usd = estimate_usd(model, input_tokens, 0)
    total_usd = estimate_usd(model, input_tokens, 1000)
    return Price(input_usd, 0.0 if input_usd is None or total_usd is None else (total_usd - input_usd) / 1000)


def _room(session: Session, scope: Scope, input_tokens: int, price: Price) -> int:
    """How many tokens a scope lets be written."""
    row = budgets.get_budget(session, scope.name)
    room = 10**9
    if (tokens := scope.limits.get(BudgetUnit.TOKENS)) is not None:
        used = 0 if row is None else row.spent_tokens + row.held_tokens
        room = min(room, int(tokens) - used - input_tokens)
    if (usd := scope.limits.get(BudgetUnit.USD)) is not None:
        used = 0.0 if row is None else row.spent_usd + row.held_usd
        if price.output_usd_a_token:
            room = min(room, int((usd - used - (price.input_usd or 0.0)) / price.output_usd_a_token))
    return room


def _add_to_run(session: Session, run_id: str, usage: Usage, cost_usd: float | None) -> None:
    """What is not known makes the sum unknown: null, never a figure that is too low."""
    values = {
        "run": run_id,
        "input": usage.input_tokens,
        "output": usage.output_tokens,
        "read": usage.cache_read_tokens,
        "written": usage.cache_write_tokens + usage.cache_write_1h_tokens,
        "cost": cost_usd,
    }
    session.sql(_ADD_TO_RUN, values)


# As text, for it runs with every turn: SQLAlchemy spends longer on looking at a built statement than SQLite on doing
# it. A cost that is null makes the sum null.
_ADD_TO_RUN = sa.text(
    "UPDATE workflow_runs SET input_tokens = input_tokens + :input, output_tokens = output_tokens + :output, "
    "cache_read_tokens = cache_read_tokens + :read, cache_write_tokens = cache_write_tokens + :written, "
    "cost_usd = cost_usd + CAST(:cost AS DOUBLE PRECISION) WHERE id = :run"
)
