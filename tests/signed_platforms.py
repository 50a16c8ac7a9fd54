"""X on this machine, where Ada signs in, for tests that need no more of a platform."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from onelane.server.cli.doubles.double_server import Double, DoubleAnswer, DoubleRequest, serve_double
from onelane.server.cli.doubles.sign_in import X_RULES, SignIn


@dataclass
class SignedX:
    """X, as far as signing in goes.

    Args:
        sign_in: how it signs people in
        url: where it is
    """

    sign_in: SignIn = field(default_factory=lambda: SignIn(X_RULES))
    url: str = ""

    @cached_property
    def double(self) -> Double:
        """What answers."""
        return Double({**self.sign_in.routes, "GET /2/users/me": self._me})

    def _me(self, request: DoubleRequest) -> DoubleAnswer:
        if not self.sign_in.knows(request.bearer or ""):
            return DoubleAnswer(401, {"title": "Unauthorized"})
        return DoubleAnswer(200, {"data": {"id": "1815", "username": "ada", "name": "Ada"}})


@contextmanager
def running_x() -> Generator[SignedX]:
    """X, until the end of the block."""
    x = SignedX()
    with serve_double(x.double) as running:
        x.url = running.url
        yield x
