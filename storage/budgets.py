"""Budgets: what was spent and what is held for calls that are under way, by scope (DESIGN 6).

A scope is whatever may have a limit: a run, a template, a day. What a call may cost is held in every scope that it
counts in before it is made; the scopes' rows decide, so that calls at once can't pass a limit together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, col, select

from onelane.storage.columns import Vocabulary, json_column, large_count_column, time_column
from onelane.storage.database import Session
from onelane.storage.rows import Row, table_of


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


Limits = Mapping[BudgetUnit, float]
"""The most of each unit; a unit that is not in it has no limit."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where something counts.

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
    """A row of `budget_holds`: what a call that is under way may cost, so that a lost one's share is given back."""

    __tablename__ = "budget_holds"

    workflow_run_id: str = Field(primary_key=True, foreign_key="workflow_runs.id", ondelete="CASCADE", sa_type=sa.Text)
    hold_key: str = Field(primary_key=True, sa_type=sa.Text)
    scopes: str = Field(default="[]", sa_column=json_column("[]"))
    amounts: str = Field(default="{}", sa_column=json_column())
    created_at: datetime = Field(sa_column=time_column(defaults_to_now=True))


def hold(session: Session, run_id: str, key: str, scopes: Sequence[Scope], amounts: Amounts) -> None:
    """Hold what a call may cost in every scope; what an earlier attempt of the same call held is given back first.

    Raises:
        BudgetReached: a limit would be passed; the transaction must not be committed
    """
    release(session, run_id, key)
    for scope in _in_order(scopes):
        _add(session, scope, held=amounts)
    session.add(
        BudgetHold(
            workflow_run_id=run_id,
            hold_key=key,
            scopes=orjson.dumps([scope.name for scope in scopes]).decode(),
            amounts=orjson.dumps(asdict(amounts)).decode(),
            created_at=session.now(),
        )
    )
    session.flush()


def settle(session: Session, run_id: str, key: str, spent: Amounts) -> None:
    """Say what a call has really cost; what was held for it is given back."""
    for name in release(session, run_id, key):
        _add(session, Scope(name, {}), spent=spent)


def spend(session: Session, scopes: Sequence[Scope], amounts: Amounts) -> None:
    """Spend what needs no holding, for it is known beforehand and happens with this transaction.

    Raises:
        BudgetReached: a limit would be passed; the transaction must not be committed
    """
    for scope in _in_order(scopes):
        _add(session, scope, spent=amounts)


def release(session: Session, run_id: str, key: str) -> list[str]:
    """Give back what was held for a call; the scopes that it was held in."""
    kept = session.get(BudgetHold, (run_id, key))
    return [] if kept is None else _given_back(session, kept)


def release_all(session: Session, run_id: str) -> None:
    """Give back whatever a run still holds, for it is over."""
    for kept in session.exec(select(BudgetHold).where(col(BudgetHold.workflow_run_id) == run_id)).all():
        _given_back(session, kept)


def get_budget(session: Session, scope: str) -> Budget | None:
    """What a scope has spent and holds; None when nothing ever counted there."""
    return session.get(Budget, scope, populate_existing=True)


def _in_order(scopes: Sequence[Scope]) -> list[Scope]:
    # By name, so that two who hold in the same scopes wait for each other and not in a circle.
    return sorted(scopes, key=lambda scope: scope.name)


def _given_back(session: Session, kept: BudgetHold) -> list[str]:
    names: list[str] = orjson.loads(kept.scopes)
    amounts: dict[str, float] = orjson.loads(kept.amounts)
    for name in sorted(names):
        _add(session, Scope(name, {}), held=Amounts(**{unit: -amount for unit, amount in amounts.items()}))  # pyright: ignore[reportArgumentType] - written by `hold` from the same class
    session.delete(kept)
    session.flush()
    return names


_NOTHING = Amounts()


def _add(session: Session, scope: Scope, *, spent: Amounts = _NOTHING, held: Amounts = _NOTHING) -> None:
    """Add to a scope where its limits allow it."""
    _make(session, scope.name)
    table = table_of(Budget)
    changes: dict[str, Any] = {"updated_at": session.now()}
    within: list[sa.ColumnElement[bool]] = [table.c.scope == scope.name]
    for unit in BudgetUnit:
        more_spent, more_held = getattr(spent, unit), getattr(held, unit)
        changes[f"spent_{unit}"] = table.c[f"spent_{unit}"] + more_spent
        changes[f"held_{unit}"] = table.c[f"held_{unit}"] + more_held
        more = more_spent + more_held
        if unit in scope.limits and more > 0:
            within.append(table.c[f"spent_{unit}"] + table.c[f"held_{unit}"] + more <= scope.limits[unit])
    if session.sql(sa.update(table).where(*within).values(changes)).rowcount != 1:
        raise _reached(session, scope, spent + held)


def _make(session: Session, scope: str) -> None:
    table = table_of(Budget)
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.sql(insert(table).values(scope=scope, updated_at=session.now()).on_conflict_do_nothing())


def _reached(session: Session, scope: Scope, more: Amounts) -> BudgetReached:
    row = get_budget(session, scope.name)
    for unit, limit in scope.limits.items():
        used = 0.0 if row is None else getattr(row, f"spent_{unit}") + getattr(row, f"held_{unit}")
        if used + getattr(more, unit) > limit:
            return BudgetReached(scope, unit, max(0.0, limit - used))
    raise AssertionError(scope)
