"""A web server on a port of its own, in this process, so that what comes through real HTTP can be looked at from both
sides."""

import shutil
import socket
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from pydantic import SecretStr

from onelane.server.dashboard import build_dashboard
from onelane.server.http.asgi import WebApp, create_web_app
from onelane.server.http.connections import LimitedConnection
from onelane.server.settings import Settings
from onelane.storage.database.engine import Database
from onelane.storage.metadata import ADDED, METADATA, SPECIFIED
from onelane.tools.registry.ports.trust import trusted_certificates
from tests.server.houses import House, house

START_S = 30.0


@dataclass(frozen=True)
class Web:
    """A running server, and a client of it."""

    url: str
    client: httpx2.Client
    database: Database

    def get(self, path: str, **params: Any) -> Any:
        """What a request that must go well answers."""
        answer = self.client.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Mapping[str, Any] | None = None, *, status: int = 201) -> Any:
        """What is answered to a body that must be taken."""
        answer = self.client.post(path, json=body or {})
        assert answer.status_code == status, answer.text
        return answer.json()

    def raw(
        self, method: str, path: str, headers: Mapping[str, str] | Sequence[tuple[str, str]], body: bytes = b""
    ) -> tuple[int, str]:
        """The status and the body of an answer to exactly these headers."""
        connection = HTTPConnection(self.url.removeprefix("http://"), timeout=START_S)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items() if isinstance(headers, Mapping) else headers:
                connection.putheader(name, value)
            connection.endheaders(body or None)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """All rows of all tables: what must be the same after a request that was refused."""
        with self.database.read() as session:
            connection = session.connection()
            tables = [METADATA.tables[row.__tablename__] for row in (*SPECIFIED, *ADDED)]
            return {table.name: [tuple(row) for row in connection.execute(table.select())] for table in tables}


@contextmanager
def serving_pages(house: House) -> Generator[Web]:
    """Serve this Onelane with its dashboard for the length of a block."""
    app = create_web_app(house, build_dashboard=build_dashboard)
    with serving(house, app=app) as web:
        yield web
        app.end_streams()


@contextmanager
def serving(house: House, *, app: WebApp | None = None) -> Generator[Web]:
    """Serve this Onelane for the length of a block."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app or create_web_app(house),
        log_config=None,
        ws="none",
        http=LimitedConnection,
        lifespan="on",
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        assert server.is_up.wait(START_S), "the server did not start"
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with httpx2.Client(base_url=url, timeout=START_S, verify=trusted_certificates()) as client:
            yield Web(url, client, house.database)
    finally:
        server.should_exit = True
        thread.join(START_S)


@contextmanager
def serving_copy(migrated: Path, folder: Path, *, token: str | None = None) -> Generator[Web]:
    """Serve a new database, for a whole module of tests that change nothing."""
    database = Database(f"sqlite:///{shutil.copy(migrated, folder / 'onelane.db')}")
    with serving(house(database) if token is None else with_token(house(database), token)) as running:
        yield running
    database.close()


def with_token(onelane: House, token: str) -> House:
    """The same, for clients that have this token."""
    return replace(onelane, settings=Settings(home=onelane.settings.home, api_token=SecretStr(token)))


class _Server(uvicorn.Server):
    """Says when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()
