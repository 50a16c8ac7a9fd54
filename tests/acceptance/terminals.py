"""A person at a terminal of their own: what they see, and what they type."""

import os
import re
import select
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.acceptance.processes import WAIT_S, Home, begun

CTRL_C, CTRL_D = "\x03", "\x04"
_OURS = re.compile(r"\x1b\[\?2004[hl]|\r")
"""What the line editor sends, and the terminal's way of ending lines."""


@dataclass
class Seat:
    """Where the person sits.

    Args:
        process: the command
        screen: its terminal, from the person's side
    """

    process: "subprocess.Popen[str]"
    screen: int
    shown: str = ""
    _seen: int = field(default=0, repr=False)

    def sees(self, text: str) -> str:
        """Wait for a text behind what was seen before; what came up to its end."""
        until = time.monotonic() + WAIT_S
        while (found := self.shown.find(text, self._seen)) < 0:
            assert self._read(until - time.monotonic()), (
                f"never came: {text!r}; there was: {self.shown[self._seen :]!r}"
            )
        before, self._seen = self._seen, found + len(text)
        return self.shown[before : self._seen]

    def types(self, text: str) -> None:
        """Type this and Enter."""
        self.presses(f"{text}\n")

    def presses(self, keys: str) -> None:
        """Press keys."""
        os.write(self.screen, keys.encode())

    def leaves(self) -> int:
        """Wait for the end; the exit code."""
        until = time.monotonic() + WAIT_S
        while self._read(until - time.monotonic()):
            pass
        return self.process.wait(timeout=WAIT_S)

    def _read(self, timeout_s: float) -> bool:
        ready, _, _ = select.select([self.screen], [], [], max(0.0, timeout_s))
        try:
            read = os.read(self.screen, 4096) if ready else b""
        except OSError:  # on Linux the end of a terminal is an error
            read = b""
        self.shown = _OURS.sub("", self.shown + read.decode(errors="replace"))
        return read != b""


@contextmanager
def seated(home: Home, *arguments: str) -> Generator[Seat]:
    """A command at a terminal of its own, for the length of a block."""
    screen, its_side = os.openpty()
    process = begun(
        arguments,
        env={**home.environment, "TERM": "xterm-256color", "COLUMNS": "200"},
        stdin=its_side,
        stdout=its_side,
        stderr=its_side,
        # A session of its own with this terminal, so that Ctrl-C reaches the command as it does in life.
        start_new_session=True,
    )
    os.close(its_side)
    try:
        yield Seat(process, screen)
    finally:
        process.kill()
        process.wait()
        os.close(screen)
