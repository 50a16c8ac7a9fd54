"""Heartbeat: executions say that they are alive, so that nobody takes their runs over (docs/engine.md, "Recovery")."""

import threading
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

from onelane.server.engine.duties import Duties, InOrder

HEARTBEAT = "heartbeat"
"""The name of the duty."""
BEAT_SECONDS = 5.0
FIRST_BEAT_SECONDS = 1.0
"""An execution that was heard of after so long counts as begun."""
_LOOK_SECONDS = 0.5


class Living(Protocol):
    """What has a heart."""

    @property
    def run_id(self) -> str:
        """The run that it carries out."""
        ...

    def beat(self) -> None:
        """Say that it is alive."""
        ...


@dataclass
class _Pulse:
    living: Living
    every_seconds: float
    due_at: float


class Heartbeat:
    """Renews the heartbeats of the executions of this process: those of the engine and that of a terminal chat.

    Args:
        duties: the background duties of this process
    """

    def __init__(self, duties: Duties) -> None:
        self._duties = duties
        self._stopping = threading.Event()
        self._guard = threading.Lock()
        self._beating = threading.Lock()
        self._pulses: dict[str, _Pulse] = {}

    @property
    def run_ids(self) -> frozenset[str]:
        """The runs that this process carries out right now."""
        with self._guard:
            return frozenset(self._pulses)

    def start(self) -> None:
        """Begin, without blocking; a second call changes nothing."""
        self._duties.begin(HEARTBEAT, self._beat)

    def stop(self) -> None:
        """Beat no more."""
        self._stopping.set()

    def add(self, living: Living, *, every_seconds: float = BEAT_SECONDS) -> None:
        """Beat for an execution until it is removed."""
        first_at = monotonic() + min(FIRST_BEAT_SECONDS, every_seconds)
        with self._guard:
            self._pulses[living.run_id] = _Pulse(living, every_seconds, first_at)

    def remove(self, run_id: str) -> None:
        """Beat no more for what carries out this run; a beat that is under way is waited for."""
        with self._guard:
            pulse = self._pulses.pop(run_id, None)
        if pulse is not None:
            with self._beating:
                pass

    def _beat(self, in_order: InOrder) -> None:
        while not self._stopping.wait(_LOOK_SECONDS):
            for pulse in self._due():
                self._beat_once(pulse)
            in_order()

    def _due(self) -> list[_Pulse]:
        now = monotonic()
        with self._guard:
            return [pulse for pulse in self._pulses.values() if pulse.due_at <= now]

    def _beat_once(self, pulse: _Pulse) -> None:
        with self._beating:
            if pulse.living.run_id not in self.run_ids:
                return
            pulse.living.beat()
            pulse.due_at = monotonic() + pulse.every_seconds
