"""Mail servers of tests: a real one that keeps what it accepts, and one that does what its script says."""

import asyncio
import socket
import ssl
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any, BinaryIO, Self

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from onelane.tools.outreach.mail.mail_server import MailServer, Security

USER, PASSWORD = "ada@example.com", "abcd efgh ijkl mnop"
LOOPBACK = "127.0.0.1"
PATIENCE_SECONDS = 10.0
"""So long a test waits for a state that must come; no test waits for a time."""


def write_certificate(folder: Path, *names: str) -> Path:
    """A certificate for these names, with its key, that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    file = folder / "server.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return file


def proof_of(certificate: Path) -> ssl.SSLContext:
    """What a server proves itself with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@dataclass
class Postbox:
    """What a real server accepted."""

    letters: list[Any] = field(default_factory=list[Any])

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:  # noqa: N802 - aiosmtpd calls it so
        self.letters.append(envelope)
        return f"250 2.0.0 Ok: queued as {len(self.letters)}"


@contextmanager
def running_smtp(
    postbox: Postbox,
    *,
    security: Security,
    certificate: Path | None = None,
    host: str = "localhost",
    password: str = PASSWORD,
) -> Generator[MailServer]:
    """A real SMTP server that lets one user in."""

    def authenticate(server: object, session: object, envelope: object, mechanism: str, data: Any) -> AuthResult:
        given = (data.login, data.password) if isinstance(data, LoginPassword) else None
        return AuthResult(success=given == (USER.encode(), password.encode()), handled=False)

    proof = None if certificate is None else proof_of(certificate)

    def protocol() -> SMTP:
        return SMTP(
            postbox,
            hostname="mx.example.com",
            authenticator=authenticate,
            auth_require_tls=security is Security.STARTTLS,
            tls_context=proof if security is Security.STARTTLS else None,
            require_starttls=security is Security.STARTTLS,
            enable_SMTPUTF8=True,
            loop=loop,
        )

    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    direct = proof if security is Security.TLS else None
    listening = asyncio.run_coroutine_threadsafe(loop.create_server(protocol, LOOPBACK, 0, ssl=direct), loop).result()
    try:
        yield MailServer(host, listening.sockets[0].getsockname()[1], security, USER)
    finally:
        asyncio.run_coroutine_threadsafe(_ended(listening), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _ended(listening: asyncio.Server) -> None:
    """Close the server and its connections."""
    listening.close()
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)


Answer = bytes | Callable[[socket.socket], None]
"""What a scripted server does when it hears a command: says something, or acts on the connection."""


def be_silent(connection: socket.socket) -> None:
    """Say nothing."""


def shut_down(connection: socket.socket) -> None:
    """Say that the server goes away, and close the connection."""
    connection.sendall(b"421 4.3.0 shutting down\r\n")
    cut(connection)


def cut(connection: socket.socket) -> None:
    """Close the connection."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class Listener(ABC):
    """Takes connections for the length of a block, and talks with each in a thread of its own."""

    def __init__(self) -> None:
        self._listening = socket.create_server((LOOPBACK, 0), backlog=64)
        self._connections: list[socket.socket] = []

    @property
    def server(self) -> MailServer:
        """Where it is."""
        return MailServer(LOOPBACK, self._listening.getsockname()[1], Security.NONE, USER)

    @abstractmethod
    def talk(self, connection: socket.socket, lines: BinaryIO) -> None:
        """Answer the lines that come."""

    def __enter__(self) -> Self:
        Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *failure: object) -> None:
        for each in (self._listening, *self._connections):
            cut(each)
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self._connections.append(connection)
            Thread(target=self._take, args=[connection], daemon=True).start()

    def _take(self, connection: socket.socket) -> None:
        with suppress(OSError), connection, connection.makefile("rb") as lines:
            self.talk(connection, lines)


class ScriptedSmtp(Listener):
    """A server that answers as its script says, and yes to everything else.

    Args:
        script: what to do at `greeting`, a command such as `RCPT`, `body` (when all but the final dot has come), `dot`
        extensions: what it says that it knows
    """

    _YES: Mapping[str, bytes] = {
        "greeting": b"220 mx",
        "DATA": b"354 go on",
        "AUTH": b"235 welcome",
        "QUIT": b"221 bye",
    }

    def __init__(self, script: Mapping[str, Answer], extensions: tuple[str, ...] = ("AUTH PLAIN", "SIZE")) -> None:
        super().__init__()
        self.script = script
        self.extensions = extensions
        self.heard: list[str] = []
        self.bodies: list[bytes] = []
        """What came before a final dot, of each letter that had one."""
        self.did: Event = Event()
        """Set when the body's part of the script is done."""

    def talk(self, connection: socket.socket, lines: BinaryIO) -> None:
        """Do what the script says."""
        self._do(connection, "greeting")
        while line := lines.readline():
            command = line.split()[0].decode(errors="replace").upper()
            self.heard.append(line.decode(errors="replace").strip())
            self._do(connection, command)
            if command == "DATA" and "DATA" not in self.script:
                self._take_body(connection, lines)

    def _take_body(self, connection: socket.socket, lines: BinaryIO) -> None:
        body = b""
        # The letters of these tests end with this line; the final dot comes by itself.
        while not body.endswith(b"The end.\r\n"):
            line = lines.readline()
            if not line:
                return
            body += line
        if "body" in self.script:
            self._do(connection, "body")
        self.did.set()
        if lines.readline() == b".\r\n":
            self.bodies.append(body)
            self._do(connection, "dot")

    def _do(self, connection: socket.socket, stage: str) -> None:
        answer = self.script.get(stage)
        if answer is None:
            answer = self._YES.get(stage, b"250 ok")
            if stage == "EHLO":
                answer = "\r\n".join(f"250-{known}" for known in ("mx", *self.extensions)).encode() + b"\r\n250 HELP"
        if isinstance(answer, bytes):
            connection.sendall(answer + b"\r\n")
        else:
            answer(connection)
