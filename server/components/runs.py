"""Runs as parts show them: how long one will still take, and all of them side by side in the columns of a board."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from onelane.server.components.numbers import duration

Run = Mapping[str, Any]
"""A run as REST gives it."""
COLUMNS: Sequence[tuple[str, Sequence[str]]] = (
    ("Pending", ("pending",)),
    ("Running", ("running", "paused")),
    ("Completed", ("completed",)),
    ("Failed", ("failed", "cancelled")),
)
"""The columns and the states that stand in each, its own first."""


def estimate_of(run: Run, now: float) -> str:
    """How long it will still take at this pace; empty while nobody can say."""
    total, done, began = run["totalItems"], run["processedItems"], run["startedAt"]
    if run["status"] != "running" or not total or not done or began is None or done >= total:
        return ""
    return f"about {duration((now - began) / done * (total - done))} left at this pace"


def listed_by(run: Run) -> dict[str, Any]:
    """What lists of runs are ordered by, under the names of the columns, and its id."""
    started, ended = run["startedAt"], run["completedAt"]
    duration = None if started is None or ended is None else ended - started
    return {"id": run["id"], "created_at": run["createdAt"], "duration_seconds": duration, "cost_usd": run["costUsd"]}


def columns_of(list_runs: Callable[..., Any], filters: Mapping[str, Any], most: int) -> list[dict[str, Any]]:
    """The board's columns, each with its newest runs and how many there are.

    Args:
        list_runs: the tool of that name, answering as REST does
        filters: its arguments; a status leaves the columns of others empty
        most: how many runs a column shows
    """
    kept = {name: value for name, value in filters.items() if name != "status"}
    wanted = filters.get("status")
    return [
        _column(title, [each for each in of if wanted in (None, each)], of, list_runs, kept, most)
        for title, of in COLUMNS
    ]


def _column(
    title: str,
    asked: Sequence[str],
    of: Sequence[str],
    list_runs: Callable[..., Any],
    filters: Mapping[str, Any],
    most: int,
) -> dict[str, Any]:
    found = {status: list_runs(**filters, status=status, page_size=max(most, 1)) for status in asked}
    runs = sorted((run for page in found.values() for run in page["data"]), key=_newest, reverse=True)[:most]
    counts = {status: page["total"] for status, page in found.items()}
    beside = f"{counts[of[1]]:,} {of[1]}" if len(of) > 1 and counts.get(of[1]) else ""
    return {"title": title, "status": of[0], "runs": runs, "total": sum(counts.values()), "note": beside}


def _newest(run: Run) -> tuple[float, str]:
    return run["createdAt"], run["id"]
