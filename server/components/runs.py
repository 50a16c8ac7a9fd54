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
    total, processed, started_at = run["totalItems"], run["processedItems"], run["startedAt"]
    if run["status"] != "running" or not total or not processed or started_at is None or processed >= total:
        return ""
    return f"about {duration((now - started_at) / processed * (total - processed))} left at this pace"


def listed_by(run: Run) -> dict[str, Any]:
    """What lists of runs are ordered by, under the names of the columns, and its id."""
    started_at, completed_at = run["startedAt"], run["completedAt"]
    duration = None if started_at is None or completed_at is None else completed_at - started_at
    return {"id": run["id"], "created_at": run["createdAt"], "duration_seconds": duration, "cost_usd": run["costUsd"]}


def columns_of(list_runs: Callable[..., Any], filters: Mapping[str, Any], most: int) -> list[dict[str, Any]]:
    """The board's columns, each with its newest runs and how many there are.

    Args:
        list_runs: the tool of that name, answering as REST does
        filters: its arguments; a status leaves the columns of others empty
        most: how many runs a column shows
    """
    other_filters = {name: value for name, value in filters.items() if name != "status"}
    status = filters.get("status")
    return [
        _column(
            title,
            [each for each in column_statuses if status in (None, each)],
            column_statuses,
            list_runs,
            other_filters,
            most,
        )
        for title, column_statuses in COLUMNS
    ]


def _column(
    title: str,
    statuses: Sequence[str],
    column_statuses: Sequence[str],
    list_runs: Callable[..., Any],
    filters: Mapping[str, Any],
    most: int,
) -> dict[str, Any]:
    pages = {status: list_runs(**filters, status=status, page_size=max(most, 1)) for status in statuses}
    runs = sorted((run for page in pages.values() for run in page["data"]), key=_newest, reverse=True)[:most]
    counts = {status: page["total"] for status, page in pages.items()}
    beside = (
        f"{counts[column_statuses[1]]:,} {column_statuses[1]}"
        if len(column_statuses) > 1 and counts.get(column_statuses[1])
        else ""
    )
    return {"title": title, "status": column_statuses[0], "runs": runs, "total": sum(counts.values()), "note": beside}


def _newest(run: Run) -> tuple[float, str]:
    return run["createdAt"], run["id"]
