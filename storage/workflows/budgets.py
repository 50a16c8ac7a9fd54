"""Budgets: amounts spent, and amounts held for calls in progress, by scope (docs/agent.md, "Budgets").

A scope is whatever may have a limit: a run, a template, a day. What a call may cost is held in every scope that it
counts in before it is made; the scopes' rows decide, so that calls at once can't pass a limit together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlmodel import Field

from onelane.storage.database.columns import Vocabulary, json_column, large_count_column, time_column
from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Row


class BudgetUnit(Vocabulary):
    """What is limited."""

    TURNS = "turns", "turns"
    TOKENS = "tokens", "tokens"
    TOOL_CALLS = "tool_calls", "tool calls"
    SENDS = "sends", "sends"
    MS = "ms", "milliseconds"
    USD = "usd", "US dollars"


@dataclass(frozen=True, slots=True)
class Amounts:
    """How much of each unit."""

    turns: int = 0
    tokens: int = 0
    tool_calls: int = 0
    sends: int = 0
    ms: int = 0
    usd: float = 0.0

    def __add__(self, other: "Amounts") -> "Amounts":
        return Amounts(**{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)})

    def __neg__(self) -> "Amounts":
        return Amounts(**{each.name: -getattr(self, each.name) for each in fields(self)})


Limits = Mapping[BudgetUnit, float]
"""The most of each unit; a unit that is not in it has no limit."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The scope of a budget: run, template or day.

    Args:
        name: such as `run:run_1`, `template:tpl_1` or `day:2026-11-22`
        limits: the most that may be spent there
    """

    name: str
    limits: Limits


class BudgetReached(Exception):
    """A limit would be passed; nothing was held."""

    def __init__(self, scope: Scope, unit: BudgetUnit, left: float) -> None:
        self.scope, self.unit, self.left = scope, unit, left
        super().__init__(f"{scope.name}: {unit}")

    @property
    def limit(self) -> float:
        """The limit that would be passed."""
        return self.scope.limits[self.unit]


class Budget(Row, table=True):
    """A row of `budgets`: what a scope has spent and holds."""

    __tablename__ = "budgets"

    scope: str = Field(primary_key=True, sa_type=sa.Text)
    spent_turns: int = Field(default=0, sa_column=large_count_column())
    spent_tokens: int = Field(default=0, sa_column=large_count_column())
    spent_tool_calls: int = Field(default=0, sa_column=large_count_column())
    spent_sends: int = Field(default=0, sa_column=large_count_column())
    spent_ms: int = Field(default=0, sa_column=large_count_column())
    held_turns: int = Field(default=0, sa_column=large_count_column())
    held_tokens: int = Field(default=0, sa_column=large_count_column())
    held_tool_calls: int = Field(default=0, sa_column=large_count_column())
    held_sends: int = Field(default=0, sa_column=large_count_column())
    held_ms: int = Field(default=0, sa_column=large_count_column())
    spent_usd: float = Field(
        default=0.0,
        sa_column=sa.Column(
            sa.REAL[float]().with_variant(sa.Double[float](), "postgresql"), nullable=False, server_default=sa.text("0")
        ),
    )
    held_usd: float = Field(
        default=0.0,
        sa_column=sa.Column(
            sa.REAL[float]().with_variant(sa.Double[float](), "postgresql"), nullable=False, server_default=sa.text("0")
        ),
    )
    updated_at: datetime = Field(sa_column=time_column(defaults_to_now=True))


class BudgetHold(Row, table=True):
    """A row of `budget_holds`: the most that a call in progress can cost; released when the call is lost."""

    __tablename__ = "budget_holds"

    workflow_run_id: str = Field(primary_key=True, foreign_key="workflow_runs.id", ondelete="CASCADE", sa_type=sa.Text)
    hold_key: str = Field(primary_key=True, sa_type=sa.Text)
    scopes: str = Field(default="[]", sa_column=json_column("[]"))
    amounts: str = Field(default="{}", sa_column=json_column())
    created_at: datetime = Field(sa_column=time_column(defaults_to_now=True))


def hold(
    session: Session, run_id: str, key: str, scopes: Sequence[Scope], amounts: Amounts, *, holder: str = ""
) -> None:
    """Hold what a call may cost in every scope; what an earlier attempt of the same call held is given back first.

    Args:
        session: a writing one
        run_id: who pays
        key: which call of the run this is
        scopes: where it counts
        amounts: the most that it can cost
        holder: who makes the call; only the same one gives it back, so that who comes back late leaves its successor's

    Raises:
        BudgetReached: a limit would be passed; the transaction must not be committed
    """
    earlier = {"run": run_id, "key": key, "held": f"{key}@", "length": len(key) + 1}
    _give_back(session, session.sql(_RELEASE_EARLIER, earlier).all())
    for scope in _in_order(scopes):
        _add(session, scope, held=amounts)
    values = {
        "run": run_id,
        "key": _held_key(key, holder),
        "scopes": orjson.dumps([scope.name for scope in scopes]).decode(),
        "amounts": orjson.dumps(asdict(amounts)).decode(),
        "now": int(session.now().timestamp()),
    }
    session.sql(_HOLD, values)


def settle(session: Session, run_id: str, key: str, spent: Amounts, *, holder: str = "") -> None:
    """Say what a call has really cost; what its holder held for it is given back."""
    _give_back(session, session.sql(_RELEASE, {"run": run_id, "key": _held_key(key, holder)}).all(), spent=spent)


def spend(session: Session, scopes: Sequence[Scope], amounts: Amounts) -> None:
    """Spend what needs no holding, for it is known beforehand and happens with this transaction.

    Raises:
        BudgetReached: a limit would be passed; the transaction must not be committed
    """
    for scope in _in_order(scopes):
        _add(session, scope, spent=amounts)


def count_lost(session: Session, run_id: str) -> None:
    """Count what a run still holds as spent: nobody will say any more what those calls have cost."""
    for scopes, amounts in session.sql(_RELEASE_ALL, {"run": run_id}).all():
        _give_back(session, [(scopes, amounts)], spent=Amounts(**orjson.loads(amounts)))


def get_budget(session: Session, scope: str) -> Budget | None:
    """What a scope has spent and holds; None when nothing ever counted there."""
    row = session.sql(_READ, {"scope": scope}).mappings().one_or_none()
    if row is None:
        return None
    values: dict[str, Any] = {**row, "updated_at": datetime.fromtimestamp(row["updated_at"], UTC)}
    return Budget(**values)


def _held_key(key: str, holder: str) -> str:
    return f"{key}@{holder}" if holder else key


def _in_order(scopes: Sequence[Scope]) -> list[Scope]:
    # By name, so that two who hold in the same scopes wait for each other and not in a circle.
    return sorted(scopes, key=lambda scope: scope.name)


_NOTHING = Amounts()


def _give_back(session: Session, holds: Sequence[Sequence[str]], *, spent: Amounts = _NOTHING) -> None:
    for scopes, amounts in holds:
        names: list[str] = orjson.loads(scopes)
        held = Amounts(**{unit: -amount for unit, amount in orjson.loads(amounts).items()})
        for name in sorted(names):
            _add(session, Scope(name, {}), spent=spent, held=held)


def _add(session: Session, scope: Scope, *, spent: Amounts = _NOTHING, held: Amounts = _NOTHING) -> None:
    """Add to a scope where its limits allow it."""
    values: dict[str, Any] = {"scope": scope.name, "now": int(session.now().timestamp())}
    for unit in BudgetUnit:
        more_spent, more_held = getattr(spent, unit), getattr(held, unit)
        is_limited = unit in scope.limits and more_spent + more_held > 0
        values[f"spent_{unit}"], values[f"held_{unit}"] = more_spent, more_held
        values[f"most_{unit}"] = float(scope.limits[unit]) if is_limited else _NO_LIMIT
    if session.sql(_ADD, values).rowcount == 1:
        return
    # It was not there yet, or a limit is in the way.
    session.sql(_MAKE, values)
    if session.sql(_ADD, values).rowcount != 1:
        limit_error = _first_limit(session, scope, spent + held)
        assert limit_error is not None
        raise limit_error


def _first_limit(session: Session, scope: Scope, more: Amounts) -> BudgetReached | None:
    """The first limit that would be passed."""
    row = get_budget(session, scope.name)
    for unit, limit in scope.limits.items():
        amount = 0.0 if row is None else getattr(row, f"spent_{unit}") + getattr(row, f"held_{unit}")
        if amount + getattr(more, unit) > limit:
            return BudgetReached(scope, unit, max(0.0, limit - amount))
    return None


_NO_LIMIT = 1e300

# As text, for these run several times a turn: SQLAlchemy spends longer on looking at a built statement than SQLite on
# doing it.
_MAKE = sa.text("INSERT INTO budgets (scope, updated_at) VALUES (:scope, :now) ON CONFLICT DO NOTHING")
_ADD = sa.text(
    "UPDATE budgets SET "
    "spent_turns = spent_turns + :spent_turns, held_turns = held_turns + :held_turns, "
    "spent_tokens = spent_tokens + :spent_tokens, held_tokens = held_tokens + :held_tokens, "
    "spent_tool_calls = spent_tool_calls + :spent_tool_calls, held_tool_calls = held_tool_calls + :held_tool_calls, "
    "spent_sends = spent_sends + :spent_sends, held_sends = held_sends + :held_sends, "
    "spent_ms = spent_ms + :spent_ms, held_ms = held_ms + :held_ms, "
    "spent_usd = spent_usd + :spent_usd, held_usd = held_usd + :held_usd, "
    "updated_at = :now WHERE scope = :scope "
    "AND spent_turns + held_turns + :spent_turns + :held_turns <= :most_turns "
    "AND spent_tokens + held_tokens + :spent_tokens + :held_tokens <= :most_tokens "
    "AND spent_tool_calls + held_tool_calls + :spent_tool_calls + :held_tool_calls <= :most_tool_calls "
    "AND spent_sends + held_sends + :spent_sends + :held_sends <= :most_sends "
    "AND spent_ms + held_ms + :spent_ms + :held_ms <= :most_ms "
    "AND spent_usd + held_usd + :spent_usd + :held_usd <= :most_usd"
)
_READ = sa.text("SELECT * FROM budgets WHERE scope = :scope")
_HOLD = sa.text(
    "INSERT INTO budget_holds (workflow_run_id, hold_key, scopes, amounts, created_at) "
    "VALUES (:run, :key, :scopes, :amounts, :now)"
)
_RELEASE = sa.text(
    "DELETE FROM budget_holds WHERE workflow_run_id = :run AND hold_key = :key RETURNING scopes, amounts"
)
_RELEASE_EARLIER = sa.text(
    "DELETE FROM budget_holds WHERE workflow_run_id = :run "
    "AND (hold_key = :key OR SUBSTR(hold_key, 1, :length) = :held) RETURNING scopes, amounts"
)
_RELEASE_ALL = sa.text("DELETE FROM budget_holds WHERE workflow_run_id = :run RETURNING scopes, amounts")
