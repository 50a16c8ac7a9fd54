"""The instant that `explain` says is the instant at which it goes, where nothing has changed in between."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from onelane.storage.workflows.enrollments import Gate
from onelane.tools.outreach.planning.words import Verdict
from onelane.tools.outreach.sequence_views import Explanation
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import ToolError
from tests.worlds.view import WorldView

_SLACK = timedelta(minutes=3)
"""Whoever sends looks each second; a mailbox is read first, and a server takes its time."""
_TIMES = (Gate.WINDOW, Gate.CAP, Gate.SPACING, Gate.UNDO, Gate.INBOX)
"""Gates that time opens for whoever stands in line."""


@dataclass(frozen=True, slots=True)
class _Foretold:
    """What was explained.

    Args:
        at: when it would go
        known: all that had happened until then but for the time
    """

    at: datetime
    known: tuple[object, ...]


class WhatIsExplainedComesTrue:
    """Asks of the next message of each account when it goes, and looks when it went.

    Args:
        every: so many looks lie between two questions
    """

    def __init__(self, every: int = 10) -> None:
        self._every = every
        self._looks = 0
        self._seen = 0
        self._awake_at: datetime | None = None
        self._foretold: dict[str, _Foretold] = {}
        self.compared = 0
        """How many letters went of which it was said when they would."""

    @property
    def instants(self) -> dict[str, datetime]:
        """When each action goes, as it was explained last."""
        return {action_id: each.at for action_id, each in self._foretold.items()}

    def __call__(self, view: WorldView) -> Iterator[str]:
        """Compare what has gone since the last look, and ask anew."""
        new, self._seen = view.outside.letters[self._seen :], len(view.outside.letters)
        if new:
            letter, forecast = new[0], self._foretold.pop(new[0].action_id, None)
            if forecast is not None and forecast.known == _known(view, letter.action_id, letters=self._seen - len(new)):
                self.compared += 1
                # A machine that slept sends when it wakes: late is what it did not send while it was awake.
                is_late = self._awake_at is not None and self._awake_at > forecast.at + _SLACK
                if letter.at < forecast.at - _SLACK or is_late:
                    yield (
                        f"{letter.action_id} went at {letter.at:%Y-%m-%d %H:%M:%S}; it was explained that it would go "
                        f"at {forecast.at:%Y-%m-%d %H:%M:%S}, and nothing has changed since."
                    )
            self._foretold.clear()
        self._looks += 1
        self._awake_at = view.now
        if self._looks % self._every == 0 and not view.is_over:
            yield from self._ask(view)

    def _ask(self, view: WorldView) -> Iterator[str]:
        in_line: dict[tuple[str, datetime], str] = {}
        for row in view.rows(
            "SELECT id, platform_account_id, not_before FROM outbound_actions "
            "WHERE status = 'approved' AND transport <> 'task' ORDER BY not_before, id LIMIT 3"
        ):
            try:
                found = view.product.call("explain", {"id": row["id"]}, Caller(Face.CLI))
            except ToolError:
                continue
            assert isinstance(found, Explanation)
            if found.verdict is not Verdict.STOPPED and found.next_at is not None:
                known = _known(view, row["id"], letters=self._seen)
                self._foretold[row["id"]] = _Foretold(max(found.next_at, view.now), known)
                # Whoever sends has looked at it, so that it stands in line.
                if row["not_before"] is not None and all(each.passes or each.gate in _TIMES for each in found.gates):
                    other = in_line.setdefault((row["platform_account_id"], found.next_at), row["id"])
                    if other != row["id"]:
                        yield f"{other} and {row['id']} are both explained to go at {found.next_at}, of one account."


def _known(view: WorldView, action_id: str, *, letters: int) -> tuple[object, ...]:
    """All but the time: what came in, what the person did, what was changed, what became of other messages."""
    said = view.yeses
    spoken = (
        said.messages,
        said.rejections,
        said.undone,
        said.edits,
        said.stops,
        said.switches,
        said.settled,
        said.undos,
    )
    rows = "SELECT max(updated_at) AS latest, count(*) AS number FROM"
    return (
        letters,
        len(view.outside.mailbox),
        *(len(each) for each in spoken),
        *view.rows(f"{rows} outbound_actions WHERE id <> :action", action=action_id)[0].values(),
        *(tuple(view.rows(f"{rows} {table}")[0].values()) for table in ("contacts", "workflow_templates")),
        *(
            tuple(row.values())
            for row in view.rows("SELECT id, status, limits, paused_until FROM platform_accounts ORDER BY id")
        ),
    )
