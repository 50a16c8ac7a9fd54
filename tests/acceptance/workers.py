"""Workers that are born by fork, of a process that has imported what they need, and killed at any moment."""

import os
import signal
import threading
from collections.abc import Callable, Iterable
from importlib import import_module

from onelane.server.app import Onelane
from onelane.server.logs import logging_into
from onelane.server.settings import Settings, read_settings


def get_ready(modules: Iterable[str]) -> None:
    """Import what workers import late: whoever is short-lived imports nothing."""
    for module in modules:
        import_module(module)
    assert threading.active_count() == 1, "a process with threads can't be forked safely"


def born(open_it: Callable[[Settings], Onelane]) -> int:
    """A new worker on the home that the environment names; its process."""
    pid = os.fork()
    if pid == 0:
        try:
            _work(open_it)
        finally:
            os._exit(1)
    return pid


def kill(pid: int) -> None:
    """As a power cut would, but for the disk."""
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status), f"a worker has ended by itself: {status}"


def _work(open_it: Callable[[Settings], Onelane]) -> None:
    """Carry out what waits, for as long as one lives."""
    settings = read_settings()
    with logging_into(settings.home, on_stderr=False):
        open_it(settings).engine.serve()
        while True:
            signal.pause()
