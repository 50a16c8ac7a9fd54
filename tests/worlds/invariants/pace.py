"""Nothing goes outside its window, its caps and its spacing, reckoned here anew and from what servers saw."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from tests.worlds.outside import LetterSeen
from tests.worlds.view import WorldView

SLACK = timedelta(minutes=2)
"""A letter's text comes in a little later than its transmission began, which is what counts."""
_HASTE = timedelta(seconds=20)
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_USUAL = {"per_day": 50, "per_hour": 20, "new_per_day": 20, "spacing_seconds": 60}
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class NoMoreGoesThanMay:
    """The rolling caps of accounts and templates, as they are when a letter goes: their person changes them."""

    def __init__(self) -> None:
        self._seen = 0
        self._went: dict[tuple[str, ...], list[datetime]] = defaultdict(list)
        self._reached: set[str] = set()

    def __call__(self, view: WorldView) -> Iterator[str]:
        """In each 24 hours and each hour at most so many go, and of first messages at most so many a day."""
        new, self._seen = view.outside.letters[self._seen :], len(view.outside.letters)
        for letter in new:
            if letter.arrived:
                yield from self._looked_at(view, letter)

    def _looked_at(self, view: WorldView, letter: LetterSeen) -> Iterator[str]:
        limits, (enrollment, template, caps) = _limits(view, letter.sender), _of_letter(view, letter.action_id)
        before = self._went[letter.sender, "all"][-1:]
        if before and letter.at - before[0] < timedelta(seconds=limits["spacing_seconds"]) - _HASTE:
            yield f"{letter.action_id} went {(letter.at - before[0]).total_seconds():.0f} s after the one before it."
        is_first = enrollment not in self._reached
        self._reached.add(enrollment)
        for whose, most, names in (
            (letter.sender, limits, ("per_day", "per_hour", "new_per_day")),
            (template, caps, ("perDay", "perHour", "newPerDay")),
        ):
            per_day, per_hour, new_per_day = names
            yield from self._counted(letter, (whose, "all"), _DAY, most.get(per_day))
            yield from self._counted(letter, (whose, "hour"), _HOUR, most.get(per_hour))
            if is_first:
                yield from self._counted(letter, (whose, "first"), _DAY, most.get(new_per_day))

    def _counted(self, letter: LetterSeen, key: tuple[str, str], span: timedelta, most: int | None) -> Iterator[str]:
        went = self._went[key]
        went.append(letter.at)
        if most is not None and (count := _within(went, letter.at, span)) > most:
            yield f"{letter.action_id} is number {count} of {key[0]} ({key[1]}) in {span}; {most} may go."


class NothingGoesOutsideItsWindow:
    """Windows in the time zone of who gets the letter: as people are when it goes, for they move."""

    def __init__(self) -> None:
        self._seen = 0

    def __call__(self, view: WorldView) -> Iterator[str]:
        """A letter goes on a day and at an hour of its template's window, by the clocks where its recipient lives."""
        new, self._seen = view.outside.letters[self._seen :], len(view.outside.letters)
        for letter in new:
            for row in view.rows(_WINDOW_OF, action=letter.action_id):
                config: dict[str, Any] = orjson.loads(row["config"])
                window: Mapping[str, Any] | None = config.get("window")
                if not window:
                    continue
                zone = row["time_zone"] or config.get("timeZone") or orjson.loads(row["limits"]).get("timeZone")
                if zone is not None and not is_open(window, letter.at, zone):
                    local = letter.at.astimezone(ZoneInfo(zone))
                    yield f"{letter.action_id} went at {local:%a %H:%M} in {zone}; its window is {window}."


_WINDOW_OF = (
    "SELECT v.config, c.time_zone, p.limits FROM outbound_actions a "
    "JOIN template_versions v ON v.id = a.template_version_id JOIN contacts c ON c.id = a.contact_id "
    "JOIN platform_accounts p ON p.id = a.platform_account_id WHERE a.id = :action"
)


def is_open(window: Mapping[str, Any], at: datetime, zone: str) -> bool:
    """Whether a window is open somewhere at an instant, or was a moment before."""
    return any(_is_open(window, (at - before).astimezone(ZoneInfo(zone))) for before in (timedelta(0), SLACK))


def _is_open(window: Mapping[str, Any], local: datetime) -> bool:
    days = window.get("days") or _WEEK
    if isinstance(days, str):
        days = _WEEK[:5] if days in ("weekdays", "mon to fri") else _WEEK
    minute = local.hour * 60 + local.minute
    return _WEEK[local.weekday()] in days and _minute(window.get("from"), 0) <= minute < _minute(window.get("to"), 1440)


def _minute(said: str | None, otherwise: int) -> int:
    if said is None:
        return otherwise
    hours, minutes = said.split(":")
    return int(hours) * 60 + int(minutes)


def _limits(view: WorldView, address: str) -> dict[str, int]:
    found = view.rows("SELECT limits FROM platform_accounts WHERE account_key = :address", address=address)
    said: dict[str, int] = orjson.loads(found[0]["limits"]) if found else {}
    return {name: said.get(name, usual) for name, usual in _USUAL.items()}


def _of_letter(view: WorldView, action_id: str) -> tuple[str, str, dict[str, int]]:
    """Whose stay a letter belongs to, of which template it is, and what caps that has."""
    found = view.rows(
        "SELECT a.action_key, a.template_id, v.config FROM outbound_actions a "
        "LEFT JOIN template_versions v ON v.id = a.template_version_id WHERE a.id = :action",
        action=action_id,
    )
    if not found:
        return action_id, "", {}
    caps: dict[str, int] = orjson.loads(found[0]["config"] or "{}").get("caps") or {}
    return found[0]["action_key"].split(":")[0], found[0]["template_id"] or "", caps


def _within(instants: Sequence[datetime], at: datetime, span: timedelta) -> int:
    """How many lie in the span before an instant, with it; what may just have left the span does not count."""
    return len(instants) - bisect_right(instants, at - span + SLACK)
