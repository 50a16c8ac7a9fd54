"""A sign-in that goes on by itself after its address was shown, as a chat and REST begin one.

See docs/platforms.md, "Signing in".
"""

import logging
import queue
import threading
from collections.abc import Callable

from onelane.tools.platforms.online.providers import Provider
from onelane.tools.platforms.online.sign_in.listener import Listener, listening
from onelane.tools.platforms.online.sign_in.signing_in import (
    TIMEOUT_SECONDS,
    Purpose,
    SignIn,
    begin_sign_in,
    complete_sign_in,
)
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.gate.deciding import check_writable

_log = logging.getLogger(__name__)
OpenSignIn = tuple[SignIn, Listener]


def open_sign_in(services: Services, purpose: Purpose) -> SignIn:
    """Begin a sign-in, and wait for the person in the background; one that was begun before ends.

    Raises:
        Forbidden: nothing may be changed here
        NoClientId: the platform does not know Onelane
        PortTaken: the browser would come back to another program
    """
    check_writable(services)
    provider = purpose.provider(services)

    def begin() -> tuple[SignIn, Callable[[], None]]:
        starts: queue.Queue[OpenSignIn | ToolError] = queue.Queue(1)
        wait = _Wait(services, purpose, provider, starts)
        thread = threading.Thread(target=wait.run, name="onelane sign-in", daemon=True)
        thread.start()
        start = starts.get()
        if isinstance(start, ToolError):
            raise start
        sign_in, listener = start

        def stop() -> None:
            listener.give_up()
            thread.join()

        return sign_in, stop

    services.online.sign_in.replace(begin)
    sign_in = begun_sign_in(services)
    assert sign_in is not None
    return sign_in


def begun_sign_in(services: Services) -> SignIn | None:
    """The sign-in that was begun last in this process; it may be over."""
    about = services.online.sign_in.about
    return about if isinstance(about, SignIn) else None


class _Wait:
    """Waits for one sign-in, and keeps the account that comes of it."""

    def __init__(
        self, services: Services, purpose: Purpose, provider: Provider, starts: "queue.Queue[OpenSignIn | ToolError]"
    ) -> None:
        self._services = services
        self._purpose = purpose
        self._provider = provider
        self._starts = starts

    def run(self) -> None:
        """Wait, and put into the log what became of it: nobody else listens any more."""
        try:
            self._sign_in()
        except ToolError as error:
            if not self._starts.full():
                self._starts.put(error)
            _log.warning("A sign-in at %s came to nothing: %s", self._provider.name, error.message)
        except Exception:  # noqa: BLE001 - the edge of what nobody waits for
            _log.exception("A sign-in at %s failed", self._provider.name)
        finally:
            self._services.online.sign_in.is_waiting = False

    def _sign_in(self) -> None:
        settings = self._services.online.settings
        with listening(settings.oauth_redirect_url, takes_any_port=self._provider.takes_any_port) as listener:
            sign_in = begin_sign_in(self._services, self._purpose, listener.redirect_url)
            listener.expect(sign_in.code_in)
            self._starts.put((sign_in, listener))
            code = listener.wait(TIMEOUT_SECONDS)
        complete_sign_in(self._services, sign_in, code)
