"""How a mail server is reached, and the connection's security, the same for SMTP and IMAP (docs/mail.md, "Servers")."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.loopback import is_loopback

if TYPE_CHECKING:
    import ssl

_HOST = re.compile(r"[^\W_](?:[\w.-]{0,251}[^\W_])?\.?|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f.]*(?:%\w+)?")
"""A name, an address of four numbers, or one of IPv6."""


class Security(StrEnum):
    """How a connection is protected."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where a server is.

    Args:
        host: its name
        port: its port
        security: how the connection is protected; `none` for this machine only
        user: who signs in
    """

    host: str
    port: int
    security: Security
    user: str

    def __post_init__(self) -> None:
        if _HOST.fullmatch(self.host) is None:
            raise BadRequest(
                f"{self.host[:100]!r} is no name of a server. Give its name alone, such as smtp.example.com, and its "
                "port apart."
            )
        if self.security is Security.NONE and not is_loopback(self.host):
            raise BadRequest(
                f"Without TLS a password would be readable on its way to {self.host}. Use tls or starttls; none is for "
                "servers on this machine only."
            )


@cache
def tls_context(ca_file: str | None = None) -> "ssl.SSLContext":
    """TLS as a mail program has it: the certificate is checked, and the name in it.

    Reading the authorities takes as long as some letters, so that a process does it once.

    Args:
        ca_file: authorities to trust instead of the system's
    """
    import ssl

    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
