"""No budget is exceeded, and nothing is held once whoever held it is gone."""

from collections import defaultdict
from collections.abc import Iterator

import orjson

from tests.worlds.view import WorldView

_UNITS = ("turns", "tokens", "tool_calls", "sends", "ms", "usd")
_NOTHING = 1e-9


def nothing_is_held_after_the_end(view: WorldView) -> Iterator[str]:
    """A run that is over, or holds, has no budget set aside; what scopes hold is what there are holds for."""
    for row in view.rows(
        "SELECT h.workflow_run_id, h.hold_key, r.status FROM budget_holds h "
        "JOIN workflow_runs r ON r.id = h.workflow_run_id WHERE r.status NOT IN ('pending', 'running') "
        "ORDER BY h.workflow_run_id, h.hold_key",
    ):
        yield f"Run {row['workflow_run_id']} is {row['status']} and still holds a budget for {row['hold_key']}."
    held: dict[tuple[str, str], float] = defaultdict(float)
    for row in view.rows("SELECT scopes, amounts FROM budget_holds"):
        for scope in orjson.loads(row["scopes"]):
            for unit, amount in orjson.loads(row["amounts"]).items():
                held[scope, unit] += amount
    for row in view.rows("SELECT * FROM budgets ORDER BY scope"):
        for unit in _UNITS:
            if abs(row[f"held_{unit}"] - held[row["scope"], unit]) > _NOTHING:
                yield (
                    f"Budget {row['scope']} holds {row[f'held_{unit}']} {unit}, and there are holds for "
                    f"{held[row['scope'], unit]}."
                )


def no_run_spends_more_than_it_may(view: WorldView) -> Iterator[str]:
    """What a run's budget allows is not exceeded by what was spent and is held."""
    spent = {row["scope"]: row for row in view.rows("SELECT * FROM budgets")}
    for run in view.rows("SELECT id, config FROM workflow_runs ORDER BY id"):
        limits: dict[str, float] = orjson.loads(run["config"]).get("budget") or {}
        row = spent.get(f"run:{run['id']}")
        for said, unit in (("turns", "turns"), ("tokens", "tokens"), ("usd", "usd"), ("toolCalls", "tool_calls")):
            limit = limits.get(said)
            if row is not None and limit is not None and row[f"spent_{unit}"] + row[f"held_{unit}"] > limit + _NOTHING:
                yield f"Run {run['id']} may spend {limit} {unit} and has spent {row[f'spent_{unit}']}."


def platforms_are_paid_as_it_is_booked(view: WorldView) -> Iterator[str]:
    """What reading a platform has cost is the sum of what was paid for; what is reserved has a request."""
    reserved: dict[tuple[str, str], int] = defaultdict(int)
    for row in view.rows("SELECT * FROM platform_reservations"):
        reserved[row["platform_account_id"], row["day"][:7]] += row["micro_usd"]
    for row in view.rows("SELECT * FROM platform_spending ORDER BY platform_account_id, month"):
        where = f"Account {row['platform_account_id']} in {row['month']}"
        paid = sum(each["micro_usd"] for each in orjson.loads(row["paid_for"]).values())
        if row["spent_micro_usd"] != paid:
            yield f"{where} has spent {row['spent_micro_usd']} and paid for {paid} (millionths of a dollar)."
        if row["reserved_micro_usd"] != reserved[row["platform_account_id"], row["month"]]:
            yield f"{where} has reserved {row['reserved_micro_usd']}, and its requests come to another sum."


MONEY = (nothing_is_held_after_the_end, no_run_spends_more_than_it_may, platforms_are_paid_as_it_is_booked)
