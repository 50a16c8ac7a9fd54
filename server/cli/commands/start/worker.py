"""`onelane worker`: executes runs and schedules, without a server."""

import signal
import threading
from types import FrameType

from onelane.server.cli.help import examples
from onelane.server.cli.output import note, put
from onelane.server.cli.workspace import workspace
from onelane.server.engine.lock import executing_process


@examples("onelane worker")
def command() -> None:
    """Carry out runs and schedules until it is told to stop, without a server.

    On SQLite one process at a time does the work; this one waits for its turn. On PostgreSQL start as many workers as
    you like, on as many machines.
    """
    stopping = _stopping_by_signal()
    with workspace(log_on_stderr=True) as onelane:
        other_process = executing_process(onelane.settings.lock_file) if onelane.database.path is not None else None
        onelane.engine.duties.call_at_end(stopping.set)
        onelane.engine.serve()
        put(f"Onelane worker runs on {onelane.database.place}.")
        if other_process is not None:
            note(f"Process {other_process} carries out the runs at the moment; this one takes over when it ends.")
        stopping.wait()
        onelane.engine.duties.check()


def _stopping_by_signal() -> threading.Event:
    """Set when the process is asked to stop; asked a second time, it ends at once."""
    stopping = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    return stopping
