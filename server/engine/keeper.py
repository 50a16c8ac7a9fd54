"""Who will start what is due: said where a schedule is set."""

import os
from collections.abc import Callable
from pathlib import Path

from onelane.server.engine.lock import executing_process

_ALWAYS = "For all hours, the person types once: onelane service install."


def who_starts_runs(lock_file: Path | None, service_file: Path) -> Callable[[], str]:
    """Says who will start the runs of schedules, as things stand when it is asked.

    Args:
        lock_file: by what one process is the one that executes; None where any number may
        service_file: where the service's file is, if there is one
    """

    def describe() -> str:
        if service_file.exists():
            return "The service of this machine starts its runs while the person is signed in."
        if lock_file is None:
            return (
                "Whatever `onelane worker` or `onelane serve` runs when it is due starts its runs; without one, nobody."
            )
        holder = executing_process(lock_file)
        if holder == os.getpid():
            return f"This Onelane starts its runs as long as it is open; closed, it waits for the next one. {_ALWAYS}"
        if holder is not None:
            return f"Process {holder} starts its runs as long as it is open. {_ALWAYS}"
        return f"Nothing is open now that would start its runs. {_ALWAYS}"

    return describe
