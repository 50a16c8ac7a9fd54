"""Gates as people and programs see them; cheap to import, for every list of messages shows them."""

from onelane.storage.workflows.enrollments import Gate
from onelane.tools.registry.result import Instant, Result, when


class GateView(Result):
    """Whether a gate is open."""

    gate: Gate
    passes: bool
    detail: str | None
    until: Instant | None

    def text(self) -> str:
        """One line, such as `cap closed: As many as may go have gone. Until 2026-11-02 10:00`."""
        if self.passes:
            return f"{self.gate}\tpasses"
        return f"{self.gate}\tclosed: {self.detail}" + (f" Until {when(self.until)}." if self.until else "")
