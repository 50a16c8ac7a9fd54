"""SMTP, driven command by command, so that it is known whether the final dot was sent (docs/mail.md, "Transmission").

Before the final dot nothing was accepted (RFC 5321, 4.2.5); only after it an outcome can be uncertain.
"""

import selectors
import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic
from types import TracebackType
from typing import BinaryIO, cast

from onelane.tools.outreach.mail.deadline import deadline
from onelane.tools.outreach.mail.letter import WireLetter
from onelane.tools.outreach.mail.mail_server import MailServer, Security
from onelane.tools.outreach.mail.sign_in.mail_key import MailKey
from onelane.tools.outreach.mail.sign_in.smtp_sign_in import sign_in
from onelane.tools.outreach.mail.smtp_answers import (
    Refusal,
    SmtpRefused,
    Stage,
    broken_connection,
    refusal,
    text_of,
    unusable,
)
from onelane.tools.registry.ports.machine import THIS_MACHINE, Dial

_CRLF = b"\r\n"
_OWN_NAME = "[127.0.0.1]"
_IDLE_SECONDS = 5.0
"""A server that has just answered is not asked whether it still listens."""


class Outcome(StrEnum):
    """What became of a transmission."""

    SENT = "sent"
    NOT_SENT = "not_sent"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Transmission:
    """How a transmission ended.

    Args:
        outcome: `not_sent` is certain: the mark of the final dot may be cleared
        answer: the server's last answer, or what broke
        refusal: why it was not sent
    """

    outcome: Outcome
    answer: str
    refusal: Refusal | None = None


class SmtpSession:
    """One connection to a server, signed in. Letters go out of it one after the other.

    Args:
        server: where it is
        key: what the server takes of its user
        timeout_seconds: so long signing in may take, and so long each transmission
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
        self.timeout_seconds = timeout_seconds
        self._tls = tls
        self._dial = dial
        self._smtp: smtplib.SMTP | None = None
        self._heard_at = -_IDLE_SECONDS

    def __enter__(self) -> "SmtpSession":
        """Connect and sign in.

        Raises:
            SmtpRefused: it can't be reached, its certificate doesn't match, or it lets nobody in
        """
        smtp = self._smtp = _Connection(self._server, self._tls, self.timeout_seconds, self._dial)
        try:
            with self._deadline(smtp):
                _expect(Stage.CONNECT, smtp.connect(self._server.host, self._server.port))
                self._begin(smtp)
        except SmtpRefused:
            self.close()
            raise
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise SmtpRefused(_why_unreachable(error, self._server)) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection. Nobody waits for the server's goodbye."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with suppress(OSError):
                self._sock(smtp).sendall(b"QUIT\r\n")
            smtp.close()

    def is_alive(self) -> bool:
        """Whether the server still listens; some close a connection after so many letters or seconds."""
        smtp = self._smtp
        if smtp is None:
            return False
        is_alive = _what_server_said(smtp) is None
        if is_alive and monotonic() - self._heard_at > _IDLE_SECONDS:
            is_alive = self._answers(smtp)
        if not is_alive:
            self.close()
        return is_alive

    def _answers(self, smtp: smtplib.SMTP) -> bool:
        try:
            with self._deadline(smtp):
                code, _ = smtp.noop()
        except (smtplib.SMTPException, OSError, ValueError):
            return False
        return code == 250

    def send(self, letter: WireLetter, *, before_final_dot: Callable[[], None]) -> Transmission:
        """Hand a letter over.

        Args:
            letter: the letter
            before_final_dot: called when all but the final dot was sent; what it commits is on disk before the dot
                leaves. What it raises ends the connection, and nothing was accepted
        """
        smtp = self._smtp
        if smtp is None:
            return _not_sent(broken_connection("The connection is closed."))
        try:
            with self._deadline(smtp):
                self._envelope(smtp, letter)
                self._body(smtp, letter)
        except SmtpRefused as error:
            self._reset(smtp)
            return _not_sent(error.refusal)
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            return _not_sent(
                broken_connection(f"The connection broke before the letter was complete: {_error_words(error)}.")
            )
        try:
            before_final_dot()
        except BaseException:
            # Without the dot the server drops what it has.
            smtp.close()
            self._smtp = None
            raise
        with self._deadline(smtp):
            return self._end(smtp)

    def _end(self, smtp: smtplib.SMTP) -> Transmission:
        """The look, the final dot, and the answer."""
        gave_up = _what_server_said(smtp)
        if gave_up is not None:
            self.close()
            return _not_sent(broken_connection(f"The server gave up before the letter was complete: {gave_up}."))
        try:
            self._sock(smtp).sendall(b"." + _CRLF)
        except TimeoutError as error:
            self.close()
            return Transmission(Outcome.UNCERTAIN, _error_words(error))
        except OSError as error:
            # What the system did not take never left this machine.
            self.close()
            return _not_sent(
                broken_connection(f"The connection broke before the letter was complete: {_error_words(error)}.")
            )
        return self._answer(smtp)

    def _answer(self, smtp: smtplib.SMTP) -> Transmission:
        try:
            code, text = smtp.getreply()
        except (smtplib.SMTPException, OSError, ValueError) as error:
            self.close()
            return Transmission(Outcome.UNCERTAIN, f"No answer after the final dot: {_error_words(error)}.")
        self._heard_at = monotonic()
        transmission = _final_answer(code, text_of(text))
        if transmission.outcome is Outcome.UNCERTAIN or code == 421:
            self.close()
        return transmission

    def _begin(self, smtp: smtplib.SMTP) -> None:
        _expect(Stage.CONNECT, smtp.ehlo())
        if self._server.security is Security.STARTTLS:
            if not smtp.has_extn("starttls"):
                raise SmtpRefused(unusable(f"{self._server.host} offers no STARTTLS at port {self._server.port}."))
            _expect(Stage.CONNECT, smtp.starttls(context=self._tls))
            _expect(Stage.CONNECT, smtp.ehlo())
        if not smtp.has_extn("auth"):
            if self._server.security is Security.NONE and not self._key:
                return
            raise SmtpRefused(unusable(f"{self._server.host} lets nobody sign in at port {self._server.port}."))
        sign_in(smtp, self._server, self._key)

    def _envelope(self, smtp: smtplib.SMTP, letter: WireLetter) -> None:
        options: list[str] = []
        if smtp.has_extn("size"):
            options.append(f"size={len(letter.content)}")
        if letter.needs_smtputf8:
            if not smtp.has_extn("smtputf8"):
                raise SmtpRefused(refusal(Stage.RCPT, 553, "5.6.7 The server knows no addresses beyond ASCII"))
            options += ["SMTPUTF8", "BODY=8BITMIME"]
            smtp.command_encoding = "utf-8"
        else:
            smtp.command_encoding = "ascii"
        _expect(Stage.MAIL, smtp.mail(letter.sender, options))
        _expect(Stage.RCPT, smtp.rcpt(letter.recipient))

    def _body(self, smtp: smtplib.SMTP, letter: WireLetter) -> None:
        code, text = smtp.docmd("DATA")
        if code != 354:
            raise SmtpRefused(refusal(Stage.DATA, code if code >= 400 else 451, text_of(text)))
        content = letter.content if letter.content.endswith(_CRLF) else letter.content + _CRLF
        self._sock(smtp).sendall(_double_dots(content))

    def _reset(self, smtp: smtplib.SMTP) -> None:
        """Begin anew after a refusal; a server that has had enough is left alone."""
        try:
            with self._deadline(smtp):
                code, _ = smtp.rset()
        except (smtplib.SMTPException, OSError, ValueError):
            code = 421
        if code == 421:
            self.close()

    def _deadline(self, smtp: smtplib.SMTP) -> AbstractContextManager[None]:
        return deadline(self.timeout_seconds, lambda: smtp.sock)

    def _sock(self, smtp: smtplib.SMTP) -> socket.socket:
        if smtp.sock is None:
            raise smtplib.SMTPServerDisconnected("the connection is closed")
        return smtp.sock


class _Connection(smtplib.SMTP):
    """A connection that is made when asked for, with TLS from its first byte where the server wants it so."""

    def __init__(self, server: MailServer, tls: ssl.SSLContext, timeout_seconds: float, dial: Dial) -> None:
        # A name of its own: else the system looks for this machine's in the DNS, which takes as long as it likes.
        super().__init__(local_hostname=_OWN_NAME, timeout=timeout_seconds)
        self._host = server.host
        self._dial = dial
        self._tls = tls if server.security is Security.TLS else None

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        # While TLS is agreed on, the deadline has to know the socket.
        self.sock = self._dial(host, port, timeout)
        return self.sock if self._tls is None else self._tls.wrap_socket(self.sock, server_hostname=host)


def _what_server_said(smtp: smtplib.SMTP) -> str | None:
    """What a server says, or that it closed, before it has the final dot; None while it waits for it."""
    sock = smtp.sock
    stream = cast("BinaryIO | None", smtp.file)
    if sock is None:
        return "it closed the connection"
    timeout_seconds = sock.gettimeout()
    try:
        sock.settimeout(0)
        answer_bytes = b"" if stream is None else cast("bytes", stream.peek(1))  # type: ignore[attr-defined] - a buffered reader
    except ssl.SSLWantReadError:
        return None
    except OSError as error:
        return _error_words(error)
    finally:
        with suppress(OSError):
            sock.settimeout(timeout_seconds)
    if answer_bytes:
        return answer_bytes[:200].decode(errors="replace").strip()
    return "it closed the connection" if _is_readable(sock) else None


def _is_readable(sock: socket.socket) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ)
        return bool(selector.select(timeout=0))


def _expect(stage: Stage, reply: tuple[int, bytes]) -> None:
    code, text = reply
    if not 200 <= code < 300:
        raise SmtpRefused(refusal(stage, code if code >= 400 else 451, text_of(text)))


def _double_dots(content: bytes) -> bytes:
    """Lines that begin with a dot get another one (RFC 5321, 4.5.2)."""
    return (b"." if content.startswith(b".") else b"") + content.replace(b"\r\n.", b"\r\n..")


def _final_answer(code: int, text: str) -> Transmission:
    """What the answer to the final dot means."""
    if 200 <= code < 300:
        return Transmission(Outcome.SENT, f"{code} {text}")
    if 400 <= code < 600:
        return _not_sent(refusal(Stage.FINAL_DOT, code, text))
    return Transmission(Outcome.UNCERTAIN, f"An answer after the final dot that means nothing: {code} {text[:100]}")


def _not_sent(cause: Refusal) -> Transmission:
    return Transmission(Outcome.NOT_SENT, cause.message, cause)


def _why_unreachable(error: Exception, server: MailServer) -> Refusal:
    where = f"{server.host}:{server.port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return unusable(f"The certificate of {where} can't be trusted: {error.verify_message or error.reason}.")
    if isinstance(error, ssl.SSLError):
        return unusable(f"{where} speaks no TLS that we know ({error.reason}); perhaps port and security don't fit.")
    if isinstance(error, smtplib.SMTPConnectError):
        return refusal(Stage.CONNECT, error.smtp_code, text_of(error.smtp_error))
    if isinstance(error, smtplib.SMTPResponseException):
        return refusal(Stage.SIGN_IN, error.smtp_code, text_of(error.smtp_error))
    return broken_connection(f"{where} can't be reached: {_error_words(error)}.")


def _error_words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(error) or type(error).__name__
