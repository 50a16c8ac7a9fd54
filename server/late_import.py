"""What is imported and made once somebody asks for it: every tool takes longer than all else that a start needs."""

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from anyio import to_thread

Value = TypeVar("Value")


class LateImport(Generic[Value]):
    """A value that is there once it was asked for.

    Args:
        make: imports what it takes, and makes it; called once, in a thread
    """

    def __init__(self, make: Callable[[], Value]) -> None:
        self._make = make
        self._value: Value | None = None
        self._lock = Lock()

    def load(self) -> Value:
        """The value; for threads, since the first to ask waits."""
        with self._lock:
            if self._value is None:
                self._value = self._make()
            return self._value

    async def ready(self) -> Value:
        """The value; nothing else waits while it is made."""
        return self._value or await to_thread.run_sync(self.load, abandon_on_cancel=True)
