"""The demo's mail server: it takes what is approved, puts it into a folder, and sends nothing anywhere."""

import asyncio
import logging
from collections.abc import Generator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from onelane.tools.outreach.mail.mail_server import MailServer, Security

OWNER = "demo-owner@example.com"
LETTERS = "letters"
_LOOPBACK = "127.0.0.1"


class _Folder:
    """Keeps each letter as a file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:  # noqa: N802 - aiosmtpd calls it so
        (self._folder / f"{next(self._numbers):03}.eml").write_bytes(envelope.content)
        return "250 2.0.0 Kept; it goes nowhere"


@contextmanager
def demo_mail_server(home: Path) -> Generator[MailServer]:
    """A mail server on this machine whose letters stay in the folder `letters` of the demo's home."""
    from anyio.from_thread import start_blocking_portal

    folder = home / LETTERS
    folder.mkdir()
    with start_blocking_portal() as portal:
        server = portal.call(_listening, _Folder(folder))
        try:
            yield MailServer(_LOOPBACK, server.sockets[0].getsockname()[1], Security.NONE, OWNER)
        finally:
            portal.call(server.close)


async def _listening(folder: _Folder) -> asyncio.Server:
    from aiosmtpd.smtp import SMTP, AuthResult

    # It warns of its own older names, which nobody here uses.
    logging.getLogger("mail").setLevel(logging.ERROR)
    loop = asyncio.get_running_loop()

    def protocol() -> SMTP:
        return SMTP(
            folder,
            hostname="demo.invalid",
            authenticator=lambda *_: AuthResult(success=True),  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType] - the library leaves its callback untyped
            auth_require_tls=False,
            loop=loop,
        )

    return await loop.create_server(protocol, _LOOPBACK, 0)
