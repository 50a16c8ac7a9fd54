"""The person at the terminal: input, approvals, Ctrl-C."""

import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from importlib import import_module
from types import FrameType

from onelane.server.cli.chat.screen import Screen
from onelane.server.cli.output import clean
from onelane.tools.registry.gate.run_questions import Verdict
from onelane.tools.registry.runs.run import ShuttingDown

_NO = ("n", "no")


class TerminalPerson:
    """Reads what the person types. Implements `agent.approval.Approver`.

    Args:
        screen: where they are asked
    """

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    @property
    def is_there(self) -> bool:
        """Whether somebody can be asked."""
        return sys.stdin.isatty()

    def line(self, prompt: str) -> str:
        """What they type next.

        Raises:
            EOFError: nothing more comes
            KeyboardInterrupt: they pressed Ctrl-C
        """
        if self.is_there and sys.stdout.isatty():
            # Lets them edit the line, and bring back earlier ones.
            with suppress(ImportError):
                import_module("readline")
            return clean(input(prompt))
        if self.is_there:
            sys.stderr.write(prompt)
            sys.stderr.flush()
        text = sys.stdin.readline()
        if not text:
            raise EOFError
        return clean(text).rstrip("\n")

    def ask(self, question: str) -> Verdict | None:
        """Ask whether something may be done; None when nobody is there, or they leave.

        Raises:
            Interrupted: they stop the whole answer instead
        """
        if not self.is_there:
            return None
        self._screen.ask(f"\n{question}")
        # What was typed before the question was there can't be the answer to it.
        forget_typing()
        with _ctrl_c(signal.default_int_handler):
            while True:
                try:
                    verdict = _verdict(self.line("Allow this? y, n, or n and why: "))
                except EOFError:
                    return None
                except KeyboardInterrupt:
                    raise ShuttingDown from None
                if verdict is not None:
                    return verdict


@contextmanager
def stopping(stop: Callable[[], None]) -> Generator[None]:
    """Ctrl-C calls `stop` while this lasts, which ends what goes on in good order; a second one breaks it off."""
    signals: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        if signals:
            raise KeyboardInterrupt
        signals.append(number)
        stop()

    with _ctrl_c(handle):
        yield


def _verdict(text: str) -> Verdict | None:
    """What they said; None when that is neither yes nor no."""
    first, _, reason = text.strip().partition(" ")
    word = first.lower().rstrip(",.:;")
    if word in ("y", "yes") and not reason.strip():
        return Verdict(allowed=True)
    return Verdict(allowed=False, reason=reason.strip()[:1000] or None) if word in _NO else None


def forget_typing() -> None:
    """Throw away what was typed and not read yet."""
    try:
        import termios
    except ImportError:  # where there is no POSIX
        return
    with suppress(termios.error):
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)


@contextmanager
def _ctrl_c(handle: Callable[[int, FrameType | None], object]) -> Generator[None]:
    before = signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
