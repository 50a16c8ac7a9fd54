"""The world's clock: it stands still until the world moves it on, and then jumps from event to event."""

from datetime import UTC, datetime, timedelta

BEGIN = datetime(2026, 1, 5, 6, tzinfo=UTC)
"""A Monday; every world begins then."""


class WorldClock:
    """What the product takes for the time. Only the world moves it, and never backwards.

    Args:
        instant: what it shows at first
    """

    def __init__(self, instant: datetime = BEGIN) -> None:
        self.instant = instant

    def __call__(self) -> datetime:
        return self.instant

    def jump(self, instant: datetime) -> None:
        """Show that instant, unless it is over."""
        self.instant = max(self.instant, instant)

    def pass_by(self, duration: timedelta) -> None:
        """Let time pass, such as while a server thinks about its answer."""
        self.instant += duration
