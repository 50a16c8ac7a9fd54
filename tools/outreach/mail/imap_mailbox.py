"""The library's mailbox over a connection that the machine makes (docs/mail.md, "IMAP")."""

import imaplib
import socket
import ssl

from imap_tools.mailbox import BaseMailBox

from onelane.tools.outreach.mail.mail_server import MailServer, Security
from onelane.tools.registry.ports.machine import Dial


class Mailbox(BaseMailBox):
    """A mailbox; making it connects, and signs nobody in.

    Args:
        server: where it is
        timeout_seconds: so long connecting may take
        tls: how certificates are checked
        dial: makes the connection
    """

    def __init__(self, server: MailServer, *, timeout_seconds: float, tls: ssl.SSLContext, dial: Dial) -> None:
        self._server = server
        self._timeout_seconds = timeout_seconds
        self._tls = tls
        self._dial = dial
        super().__init__()

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        client = _Client(self._server, self._timeout_seconds, self._tls, self._dial)
        if self._server.security is Security.STARTTLS:
            client.starttls(self._tls)
        return client


class _Client(imaplib.IMAP4):
    """The standard library's client, over a connection that it is given."""

    def __init__(self, server: MailServer, timeout_seconds: float, tls: ssl.SSLContext, dial: Dial) -> None:
        self._server = server
        self._tls = tls
        self._dial = dial
        super().__init__(server.host, server.port, timeout_seconds)

    def _create_socket(self, timeout: float) -> socket.socket:
        connection = self._dial(self._server.host, self._server.port, timeout)
        if self._server.security is not Security.TLS:
            return connection
        return self._tls.wrap_socket(connection, server_hostname=self._server.host)
