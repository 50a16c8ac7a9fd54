"""Lanes: what ran, what runs and what is planned, a lane a run type, on one axis of time. Positions are attributes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from onelane.server.components.numbers import duration, relative
from onelane.storage.workflows.runs import RunStatus, WorkflowType

PAST_HOURS, FUTURE_HOURS = 26, 6
_HOUR = 3600
_HOUR_WIDTH, _HEAD, _BAR_HEIGHT, _TRACK = 62, 32, 17, 22
_WIDTH = (PAST_HOURS + FUTURE_HOURS) * _HOUR_WIDTH
_LANE_HEIGHTS = {1: 46, 2: 62, 3: 84}
_LETTER_WIDTH, _LONGEST_LABEL = 6.3, 30

_SVG = Markup('<svg class="chart" width="{}" height="{}" viewBox="0 0 {} {}" role="group" aria-label="{}">')
_FUTURE = Markup('<rect class="future" x="{:.0f}" y="0" width="{:.0f}" height="{}"/>')
_TICK = Markup('<line class="grid" x1="{:.0f}" x2="{:.0f}" y1="{}" y2="{}"/>')
_HOUR_TEXT = Markup('<text class="axis-t" x="{:.0f}" y="20" text-anchor="middle">{}</text>')
_NOW = Markup(
    '<line class="now" x1="{:.0f}" x2="{:.0f}" y1="{}" y2="{}"/>'
    '<text class="now-t" x="{:.0f}" y="20" text-anchor="middle">now</text>'
)
_EDGE = Markup('<line class="lane-line" x1="0" x2="{}" y1="{:.1f}" y2="{:.1f}"/>')
_MARK = Markup(
    '<a href="{}" aria-label="{}"><title>{}</title><rect class="bar {}" x="{:.1f}" y="{:.0f}" width="{:.1f}" '
    'height="{}"/>{}</a>'
)
_LABEL = Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>')


@dataclass(frozen=True, slots=True)
class Mark:
    """A bar of a lane.

    Args:
        href: where it leads
        said: all that it says, for whoever does not see it
        css: how it looks: a run's status, or `planned`
        begins: Unix seconds
        ends: Unix seconds
        label: what stands in or beside it
    """

    href: str
    said: str
    css: str
    begins: float
    ends: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """A run type's lane.

    Args:
        kind: the run type
        marks: its bars, each with the track that it stands on
        tracks: how many tracks there are
        runs: how many runs it shows
        failed: how many of them failed
    """

    kind: WorkflowType
    marks: Sequence[tuple[int, Mark]]
    tracks: int
    runs: int
    failed: int

    @property
    def height(self) -> int:
        """In pixels."""
        return _LANE_HEIGHTS[self.tracks]


@dataclass(frozen=True, slots=True)
class Axis:
    """The axis of time.

    Args:
        until: the instant at which the past that is shown ends: now, or earlier
        now: the present
    """

    until: float
    now: float

    @property
    def begins(self) -> float:
        """Its first instant."""
        return self.until - PAST_HOURS * _HOUR

    @property
    def ends(self) -> float:
        """Its last instant."""
        return self.until + FUTURE_HOURS * _HOUR

    def x(self, instant: float) -> float:
        """Where an instant is."""
        return (instant - self.begins) / _HOUR * _HOUR_WIDTH


def lane_of(
    axis: Axis, kind: WorkflowType, runs: Iterable[Mapping[str, Any]], schedules: Iterable[Mapping[str, Any]]
) -> Lane:
    """A run type's lane, its bars packed on at most three tracks."""
    shown_runs = sorted((run for run in runs if _ends(run, axis) >= axis.begins), key=_begins)
    marks = [_run_mark(run, axis) for run in shown_runs] + [
        mark for each in schedules for mark in _planned_marks(each, axis)
    ]
    placed_marks = _pack(axis, marks)
    failed_count = sum(run["status"] == RunStatus.FAILED for run in shown_runs)
    return Lane(
        kind, placed_marks, max((track for track, _ in placed_marks), default=0) + 1, len(shown_runs), failed_count
    )


def svg_of(axis: Axis, lanes: Sequence[Lane]) -> Markup:
    """The lanes as SVG."""
    height = _HEAD + sum(lane.height for lane in lanes)
    title = f"Runs of {PAST_HOURS} hours and what is planned, by type"
    parts = [_SVG.format(_WIDTH, height, _WIDTH, height, title)]
    if axis.now < axis.ends:
        parts.append(_FUTURE.format(axis.x(axis.now), (axis.ends - axis.now) / _HOUR * _HOUR_WIDTH, height))
    parts += _hours(axis, height)
    top = _HEAD
    for lane in lanes:
        parts += [_EDGE.format(_WIDTH, top - 0.5, top - 0.5), *_lane_marks(axis, lane, top)]
        top += lane.height
    return Markup("").join([*parts, Markup("</svg>")])


def _lane_marks(axis: Axis, lane: Lane, top: float) -> Iterable[Markup]:
    inner = top + (lane.height - lane.tracks * _TRACK + (_TRACK - _BAR_HEIGHT)) / 2
    return [_bar(axis, mark, inner + track * _TRACK) for track, mark in lane.marks]


def _bar(axis: Axis, mark: Mark, y: float) -> Markup:
    x, width = _place(axis, mark)
    text = Markup("")
    if mark.label:
        is_inside = _is_inside(mark, width)
        text = _LABEL.format(
            x + width + (-8 if is_inside else 7), y + 12.5, "end" if is_inside else "start", mark.label
        )
    return _MARK.format(mark.href, mark.said, mark.said, mark.css, x, y, width, _BAR_HEIGHT, text)


def _hours(axis: Axis, height: int) -> Iterable[Markup]:
    step = 2 * _HOUR
    hour = axis.begins - axis.begins % step + step
    while hour < axis.ends:
        yield _TICK.format(axis.x(hour), axis.x(hour), _HEAD, height)
        if abs(hour - axis.now) > _HOUR * 0.75:
            yield _HOUR_TEXT.format(axis.x(hour), f"{datetime.fromtimestamp(hour, UTC):%H:%M}")
        hour += step
    x = axis.x(min(axis.now, axis.ends))
    yield _NOW.format(x, x, _HEAD - 6, height, x)


def _pack(axis: Axis, marks: Sequence[Mark]) -> list[tuple[int, Mark]]:
    ends = [-99.0, -99.0, -99.0]
    placed_marks: list[tuple[int, Mark]] = []
    for each in marks:
        mark = each
        x, width = _place(axis, mark)
        track = next((track for track in range(3) if ends[track] + 6 < x), None)
        if track is None:
            # No track is free: it stands where there is most room, and only its bar.
            track, mark = min(range(3), key=ends.__getitem__), replace(mark, label="")
        outside = 0 if not mark.label or _is_inside(mark, width) else 8 + _LETTER_WIDTH * len(mark.label)
        ends[track] = max(ends[track], x + width + outside)
        placed_marks.append((track, mark))
    return placed_marks


def _place(axis: Axis, mark: Mark) -> tuple[float, float]:
    x = max(axis.x(mark.begins), -8)
    return x, max(axis.x(mark.ends) - x, 10)


def _is_inside(mark: Mark, width: float) -> bool:
    return width > 6.4 * len(mark.label) + 14


def _run_mark(run: Mapping[str, Any], axis: Axis) -> Mark:
    begins, ends = _begins(run), _ends(run, axis)
    status = RunStatus(run["status"])
    title = f"{run['title']}, {status.label.lower()}, {relative(begins, axis.now)}, {duration(ends - begins)}"
    return Mark(f"/dashboard/workflows/{run['id']}", title, status.value, begins, ends, _short(run["title"]))


def _planned_marks(schedule: Mapping[str, Any], axis: Axis) -> Iterable[Mark]:
    for text in schedule["nextRuns"] if schedule["enabled"] else ():
        at = datetime.fromisoformat(text).timestamp()
        if axis.now < at < axis.ends:
            title = f"Planned: {schedule['name']}, {datetime.fromtimestamp(at, UTC):%H:%M} UTC"
            yield Mark("/dashboard/workflows?view=swimlane#due", title, "planned", at, at)


def _begins(run: Mapping[str, Any]) -> float:
    return run["startedAt"] or run["createdAt"]


def _ends(run: Mapping[str, Any], axis: Axis) -> float:
    return run["completedAt"] or (axis.now if run["startedAt"] else run["createdAt"])


def _short(title: str) -> str:
    if len(title) < _LONGEST_LABEL:
        return title
    cut = title[: _LONGEST_LABEL - 2].rsplit(" ", 1)[0]
    return cut.removesuffix(" from") if cut.endswith(" from") else f"{cut.rstrip(' ,:;')}…"
