"""The product in a world: put together as ever, but that nothing of it runs on a thread or on a clock of its own."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from onelane.server.agent.model import Model
from onelane.server.app import Onelane, Outside, open_onelane
from onelane.server.cli.doubles.sign_in import CLIENT_ID
from onelane.server.engine.dispatch.inline import InlineDispatcher
from onelane.server.engine.duties import Do, Duties
from onelane.server.settings import Settings
from onelane.tools.registry.ports.machine import Machine
from onelane.tools.web.network import Network
from tests.worlds.chance import Chance
from tests.worlds.clock import WorldClock
from tests.worlds.online.platforms import GOOGLE, LINKEDIN, X, url_of
from tests.worlds.wire import Exchange

if TYPE_CHECKING:
    import socket

    import httpx2

PERSON_KEY = "the key of the person of this world, long enough"
PUBLIC_URL = "https://lane.example.org"


class WorldMachine(Machine):
    """A machine on which work is done where it is begun, and whose cables lead to the world's servers.

    Args:
        exchange: where they lead
        clock: the world's
    """

    def __init__(self, exchange: Exchange, clock: WorldClock) -> None:
        self._exchange = exchange
        self._clock = clock

    def seconds(self) -> float:
        """What the world's clock shows: it is never set."""
        return self._clock().timestamp()

    def begin(self, name: str, work: Callable[[], object]) -> None:
        """Do it now."""
        work()

    def dial(self, host: str, port: int, timeout_seconds: float) -> "socket.socket":
        """Connect to a server of the world."""
        return self._exchange.dial(host, port, timeout_seconds)


class DutiesOfWorld(Duties):
    """Duties that the world does itself, when their time has come."""

    def begin(self, name: str, do: Do, *, is_fatal: Callable[[Exception], bool] = lambda error: True) -> None:
        """Begin nothing: the world does what is to be done again and again."""


@dataclass(frozen=True)
class OpenProduct:
    """The product as it is open now.

    Args:
        onelane: it
        dispatcher: does what waits for an instant
    """

    onelane: Onelane
    dispatcher: InlineDispatcher


@dataclass(frozen=True)
class Plug:
    """What the product is plugged into, each time that it is opened.

    Args:
        chance: the world's
        clock: the world's
        exchange: the mail servers
        connect: the platforms
        web: the web
        model: the model
        pause: lets seconds pass
        poll: how often the mailbox is read
    """

    chance: Chance
    clock: WorldClock
    exchange: Exchange
    connect: "Callable[[], httpx2.Client]"
    web: Network
    model: Model | None
    pause: Callable[[float], None]
    poll: timedelta

    def open(self, home: Path, url: str | None, life: int, prepare: Callable[[Onelane], None]) -> OpenProduct:
        """Open the product; it executes from now on.

        Args:
            home: its home
            url: its database, where that is no file of the home
            life: how often it was opened before
            prepare: looks at it before it executes
        """
        dispatcher = InlineDispatcher()
        outside = Outside(
            machine=WorldMachine(self.exchange, self.clock),
            connect=self.connect,
            pause=self.pause,
            model=self.model,
            # Ids count upwards in each life, so that two lives need beginnings of their own.
            entropy=lambda number: self.chance.bytes(f"ids/{life}")[:number],
            dispatcher=dispatcher,
            duties=DutiesOfWorld(),
        )
        settings = Settings(
            home=home,
            database_url=url,
            person_key=SecretStr(PERSON_KEY),
            secret_key=SecretStr(base64.b64encode(self.chance.bytes("vault")).decode()),
            import_dirs=[home / "imports"],
            public_url=PUBLIC_URL,
            mail_poll_seconds=int(self.poll.total_seconds()),
            **_online(),
        )
        onelane = open_onelane(settings, clock=self.clock, network=self.web, outside=outside)
        prepare(onelane)
        onelane.engine.serve()
        return OpenProduct(onelane, dispatcher)


def _online() -> dict[str, Any]:
    """Where the platforms are."""
    google, x, linkedin = url_of(GOOGLE), url_of(X), url_of(LINKEDIN)
    return {
        "google_client_id": CLIENT_ID,
        "google_api_url": google,
        "people_api_url": google,
        "google_userinfo_url": f"{google}/v1/userinfo",
        "google_token_url": f"{google}/token",
        "google_revoke_url": f"{google}/revoke",
        "x_client_id": CLIENT_ID,
        "x_api_url": x,
        "x_token_url": f"{x}/2/oauth2/token",
        "linkedin_client_id": CLIENT_ID,
        "linkedin_api_url": linkedin,
        "linkedin_token_url": f"{linkedin}/oauth/v2/accessToken",
    }
