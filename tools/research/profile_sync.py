"""The port to a platform that is asked about its users instead of reading pages; `tools/sync` implements it."""

from collections.abc import Mapping
from typing import Any, Protocol

from onelane.tools.registry.runs.record import RunEnd
from onelane.tools.registry.runs.run import Run
from onelane.tools.registry.toolbox import Toolbox
from onelane.tools.research.run_configs import EnrichConfig


class ProfileSync(Protocol):
    """Fills in contacts from what a platform says of its users."""

    def found(self, config: EnrichConfig, toolbox: Toolbox) -> Mapping[str, Any]:
        """Settings that were left out: as which account it asks."""
        ...

    def check(self, config: EnrichConfig, toolbox: Toolbox) -> None:
        """See whether it can be done. ToolError when not."""
        ...

    def carry_out(self, run: Run, config: EnrichConfig, toolbox: Toolbox) -> RunEnd:
        """Do it, step by step."""
        ...
