"""IMAP: what came in since the last look, and the Sent folder. Nothing is marked or deleted (docs/mail.md, "IMAP")."""

import imaplib
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar, cast

from onelane.tools.outreach.mail.deadline import deadline
from onelane.tools.outreach.mail.header_text import message_ids, one_line
from onelane.tools.outreach.mail.letter import ACTION_HEADER
from onelane.tools.outreach.mail.mail_facts import MOST_BYTES
from onelane.tools.outreach.mail.mail_server import MailServer, Security
from onelane.tools.outreach.mail.sign_in.mail_key import MECHANISM, MailKey, Xoauth2, by_token, without_secrets
from onelane.tools.platforms.online.bearer import Bearer
from onelane.tools.platforms.online.failures import SignInAgain
from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.ports.machine import THIS_MACHINE, Dial

if TYPE_CHECKING:
    from imap_tools.folder import FolderInfo

HEADS_AT_ONCE = 200
_UID = re.compile(rb"\bUID (\d+)")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SENT_NAMES = ("Sent", "Sent Items", "Sent Messages", "INBOX.Sent", "Gesendet", "Envoyés", "Enviados", "Inviati")
_PASSES = re.compile(
    r"\[(?:UNAVAILABLE|INUSE|LIMIT|SERVERBUG)\]|unavailable|throttl|too many|try again|timed? ?out|temporar",
    re.IGNORECASE,
)
"""Words of a server that lets nobody in at the moment; the codes are those of RFC 5530, section 3."""
_REFUSES = re.compile(r"\[(?:AUTHENTICATIONFAILED|AUTHORIZATIONFAILED|EXPIRED)\]", re.IGNORECASE)
"""Codes of the same RFC for a sign-in that is wrong, whatever words stand behind them."""
T = TypeVar("T")


class ImapFailed(Exception):
    """The mailbox can't be read; the message says why, and quotes no password.

    Args:
        message: a sentence for the person
        is_signed_out: whether user and password are refused
    """

    def __init__(self, message: str, *, is_signed_out: bool = False) -> None:
        self.is_signed_out = is_signed_out
        super().__init__(message)


class _TokenRefused(ImapFailed):
    """The server does not take this access token."""


@dataclass(frozen=True, slots=True)
class FolderPlace:
    """How far a folder was read: ids count upwards for as long as its validity stays."""

    uid_validity: int
    last_uid: int


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a mail in a folder."""

    uid: int
    content: bytes


class ImapSession:
    """A mailbox that is open for reading.

    Args:
        server: where it is
        key: what the server takes of its user
        timeout_seconds: so long each command may take
        tls: how certificates are checked
        dial: makes the connection
    """

    def __init__(
        self,
        server: MailServer,
        key: MailKey,
        *,
        timeout_seconds: float,
        tls: ssl.SSLContext,
        dial: Dial = THIS_MACHINE.dial,
    ) -> None:
        self._server = server
        self._key = key
        self._timeout_seconds = timeout_seconds
        self._tls = tls
        self._dial = dial
        self._connection: Any = None

    def __enter__(self) -> "ImapSession":
        """Connect and sign in.

        Raises:
            ImapFailed: it can't be reached, its certificate doesn't match, or it lets nobody in
        """
        self._ask(self._connect)
        try:
            if isinstance(self._key, str):
                self._sign_in_by_password(self._key)
            else:
                self._sign_in(self._key)
        except BaseException:
            self.close()
            raise
        return self

    def _sign_in_by_password(self, password: str) -> None:
        from imap_tools.errors import MailboxLoginError

        try:
            self._ask(lambda: self._mailbox.login(self._server.user, password, initial_folder=None))
        except MailboxLoginError as error:
            answer = without_secrets(one_line(str(error).partition("Data: ")[2]), password)[:200]
            if _is_for_now(answer):
                raise ImapFailed(f"{self._where} lets nobody in at the moment: {answer}.") from None
            raise ImapFailed(f"{self._where} refuses user and password: {answer}", is_signed_out=True) from None

    def _sign_in(self, bearer: Bearer) -> None:
        try:
            by_token(bearer, self._sign_in_by_token, is_refusal=_TokenRefused)
        except SignInAgain as error:
            raise ImapFailed(error.message, is_signed_out=True) from error
        except ToolError as error:
            raise ImapFailed(error.message) from error

    def _sign_in_by_token(self, token: str) -> None:
        def sign_in() -> str | None:
            client = self._mailbox.client
            try:
                client.authenticate(MECHANISM, Xoauth2(self._server.user, token))
            except client.abort:
                raise
            except client.error as error:
                return without_secrets(one_line(str(error)), token)[:200]
            return None

        refusal_text = self._ask(sign_in)
        if refusal_text is not None:
            why = f"{self._where} refuses the sign-in: {refusal_text}"
            raise ImapFailed(f"{why}.") if _is_for_now(refusal_text) else _TokenRefused(why, is_signed_out=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(OSError, imaplib.IMAP4.error):
                connection.client.shutdown()

    def inbound_folders(self) -> list[str]:
        """Where answers lie: all mail where the server keeps it in one folder, else the inbox; and what it took for
        junk."""
        folders = self._folders()
        by_use = {flag.lower(): each.name for each in folders for flag in each.flags}
        return [by_use.get("\\all", "INBOX"), *([by_use["\\junk"]] if "\\junk" in by_use else [])]

    def place_of(self, folder: str) -> FolderPlace:
        """How far a folder goes now."""
        status = self._ask(lambda: self._mailbox.folder.status(folder, ["UIDVALIDITY", "UIDNEXT"]))
        return FolderPlace(status.get("UIDVALIDITY", 0), status.get("UIDNEXT", 1) - 1)

    def new_heads(self, folder: str, after: FolderPlace | None, *, since: datetime) -> Iterator[list[Head]]:
        """The heads of what came in after a place, oldest first, some hundreds at once.

        Args:
            folder: the folder
            after: how far it was read; None when never
            since: where it was never read, or its ids are others by now, what came on this day or later
        """
        self._ask(lambda: self._mailbox.folder.set(folder, readonly=True))
        uids = self._new_uids(folder, after, since)
        for start in range(0, len(uids), HEADS_AT_ONCE):
            yield self._fetch(uids[start : start + HEADS_AT_ONCE], f"(BODY.PEEK[HEADER]<0.{MOST_BYTES}>)")

    def _new_uids(self, folder: str, after: FolderPlace | None, since: datetime) -> Sequence[int]:
        place = self.place_of(folder)
        if after is not None and after.uid_validity == place.uid_validity:
            # A range that begins after the last one gives the last one.
            return [uid for uid in self._search(f"UID {after.last_uid + 1}:*") if uid > after.last_uid]
        day = f"{since.day:02}-{_MONTHS[since.month - 1]}-{since.year}"
        return self._search(f"SINCE {day}")

    def content(self, folder: str, uid: int) -> bytes | None:
        """A mail, or of a long one the beginning; None when it was moved away meanwhile."""
        self._ask(lambda: self._mailbox.folder.set(folder, readonly=True))
        heads = self._fetch([uid], f"(BODY.PEEK[]<0.{MOST_BYTES}>)")
        return heads[0].content if heads else None

    def append_to_sent(self, content: bytes, *, sent_at: datetime) -> bool:
        """File a copy of what was sent; False where there is no folder for it."""
        folder = self._sent_folder()
        if folder is None:
            return False
        self._ask(lambda: self._mailbox.append(content, folder, dt=sent_at, flag_set=["\\Seen"]))
        return True

    def find_sent(self, action_id: str, message_id: str) -> str | None:
        """The Message-ID under which the server keeps an action's letter in Sent; None where it is not there."""
        folder = self._sent_folder()
        if folder is None:
            return None
        self._ask(lambda: self._mailbox.folder.set(folder, readonly=True))
        for name, value in ((ACTION_HEADER, action_id), ("Message-ID", message_id.strip("<>"))):
            uids = self._with_header(name, value)
            for head in self._fetch(uids[-1:], "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])") if uids else []:
                return next(iter(message_ids(head.content.decode(errors="replace"))), message_id)
        return None

    def find_head(self, folder: str, action_id: str) -> bytes | None:
        """The head of an action's letter in a folder; None where it is not there."""
        self._ask(lambda: self._mailbox.folder.set(folder, readonly=True))
        uids = self._with_header(ACTION_HEADER, action_id)
        heads = self._fetch(uids[-1:], "(BODY.PEEK[HEADER])") if uids else []
        return heads[0].content if heads else None

    def _with_header(self, name: str, value: str) -> list[int]:
        return self._search(f'HEADER {name} "{_quotable(value)}"')

    @property
    def _where(self) -> str:
        return f"{self._server.host}:{self._server.port}"

    @property
    def _mailbox(self) -> Any:
        """The library's mailbox, whose answers have no types."""
        if self._connection is None:
            raise ImapFailed(f"The connection to {self._where} is closed.")
        return self._connection

    def _connect(self) -> None:
        self._connection = _mailbox(lambda: _Client(self._server, self._timeout_seconds, self._tls, self._dial))

    def _folders(self) -> "list[FolderInfo]":
        return self._ask(lambda: list(self._mailbox.folder.list()))

    def _sent_folder(self) -> str | None:
        folders = self._folders()
        by_use = next((each.name for each in folders if "\\sent" in (flag.lower() for flag in each.flags)), None)
        return by_use or next((each.name for each in folders if each.name in _SENT_NAMES), None)

    def _search(self, criteria: str) -> list[int]:
        uids: list[str] = self._ask(lambda: self._mailbox.uids(criteria, charset=None))
        return sorted(int(uid) for uid in uids if uid.isdigit())

    def _fetch(self, uids: Sequence[int], fetch_items: str) -> list[Head]:
        uid_list = ",".join(str(uid) for uid in uids)
        kind, parts = self._ask(lambda: self._mailbox.client.uid("FETCH", uid_list, fetch_items))
        if kind != "OK":
            raise ImapFailed(f"{self._where} does not give a mail that it has.")
        return sorted(_heads(cast("list[object]", parts)), key=lambda head: head.uid)

    def _ask(self, ask: Callable[[], T]) -> T:
        """Ask the server something, in limited time.

        Raises:
            ImapFailed: it is gone, says no, or takes too long
        """
        from imap_tools.errors import ImapToolsError, MailboxLoginError

        try:
            with deadline(
                self._timeout_seconds, lambda: None if self._connection is None else self._connection.client.sock
            ):
                return ask()
        except MailboxLoginError:
            raise
        except ssl.SSLCertVerificationError as error:
            self.close()
            raise ImapFailed(f"The certificate of {self._where} can't be trusted: {error.verify_message}.") from error
        except (OSError, imaplib.IMAP4.error, ImapToolsError, EOFError) as error:
            self.close()
            reason = "no answer in time" if isinstance(error, TimeoutError) else self._words_of(error)
            # Without the error itself, which may hold what the server was told.
            raise ImapFailed(f"The mailbox at {self._where} can't be read: {reason or type(error).__name__}.") from None

    def _words_of(self, error: Exception) -> str:
        """What a server said, or the network; a server that does not understand may repeat what it was told."""
        words = one_line(str(error))
        return (without_secrets(words, self._key) if isinstance(self._key, str) else words)[:200]


class _Client(imaplib.IMAP4):
    """The standard library's client, over a connection that it is given."""

    def __init__(self, server: MailServer, timeout_seconds: float, tls: ssl.SSLContext, dial: Dial) -> None:
        self._server = server
        self._tls = tls
        self._dial = dial
        super().__init__(server.host, server.port, timeout_seconds)
        if server.security is Security.STARTTLS:
            self.starttls(tls)

    def _create_socket(self, timeout: float) -> socket.socket:
        connection = self._dial(self._server.host, self._server.port, timeout)
        if self._server.security is not Security.TLS:
            return connection
        return self._tls.wrap_socket(connection, server_hostname=self._server.host)


def _is_for_now(answer: str) -> bool:
    """Whether a server that let nobody in may do so later, with the same user and password."""
    return _PASSES.search(answer) is not None and _REFUSES.search(answer) is None


def _mailbox(connect: Callable[[], imaplib.IMAP4]) -> Any:
    """The library's mailbox over a connection, on which nobody has signed in yet."""
    # It is slow to import, and most processes open no mailbox.
    from imap_tools.mailbox import BaseMailBox

    class Mailbox(BaseMailBox):
        def _get_mailbox_client(self) -> imaplib.IMAP4:
            return connect()

    return Mailbox()


def _heads(parts: list[object]) -> Iterator[Head]:
    """What a server gave: each mail is a pair, and its id stands before the text or, with some servers, behind it."""
    for number, part in enumerate(parts):
        if not isinstance(part, tuple):
            continue
        before, content = cast("tuple[bytes, bytes]", part)
        behind = parts[number + 1] if number + 1 < len(parts) else b""
        match = _UID.search(before) or _UID.search(behind if isinstance(behind, bytes) else b"")
        if match is not None:
            yield Head(int(match[1]), content)


def _quotable(value: str) -> str:
    return re.sub(r'["\\\r\n]', "", value)
