"""Microsoft as a mailbox needs it: who signs people in, and two servers that take what was granted there."""

import base64
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import AuthResult

from onelane.server.cli.doubles.double_server import Double, DoubleAnswer, DoubleRequest, serve_double
from onelane.server.cli.doubles.sign_in import MICROSOFT_RULES, SignIn
from onelane.tools.outreach.mail.mail_server import MailServer, Security
from tests.tools.outreach.mail.imap_server import ImapBox, running_imap
from tests.tools.outreach.mail.mail_servers import USER, Postbox, running_smtp


@dataclass
class TokenPostbox(Postbox):
    """What a server accepted that takes access tokens only.

    Args:
        sign_in: knows which tokens are good
        delivers_to: the mailbox in which letters arrive
    """

    sign_in: SignIn = field(default_factory=lambda: SignIn(MICROSOFT_RULES))
    delivers_to: ImapBox | None = None
    tokens: list[str] = field(default_factory=list[str])
    """Those that were shown, in order."""

    async def auth_XOAUTH2(self, server: Any, words: Sequence[str]) -> AuthResult:  # noqa: N802 - aiosmtpd calls it so
        """Let in whoever shows a good token; tell others first why, as real servers do."""
        said = base64.b64decode(words[1]).decode()
        user, _, token = said.removesuffix("\1\1").partition("\1auth=Bearer ")
        self.tokens.append(token)
        if user == f"user={USER}" and self.sign_in.knows(token):
            return AuthResult(success=True)
        await server.challenge_auth(b'{"status":"401","schemes":"Bearer"}')
        return AuthResult(success=False, handled=False)

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:  # noqa: N802 - aiosmtpd calls it so
        """Take a letter."""
        if self.delivers_to is not None:
            self.delivers_to.deliver(envelope.content)
        return await super().handle_DATA(server, session, envelope)


@dataclass(frozen=True)
class Microsoft:
    """All of it, up.

    Args:
        url: where people sign in
        double: answers there
        sign_in: how
        postbox: what was sent
        smtp: where it is sent
        box: the mailbox
    """

    url: str
    double: Double
    sign_in: SignIn
    postbox: TokenPostbox
    smtp: MailServer
    box: ImapBox


@contextmanager
def running_microsoft() -> Generator[Microsoft]:
    """Microsoft on this machine, where Ada has a mailbox."""
    sign_in = SignIn(MICROSOFT_RULES, address=USER.title())

    def whose(request: DoubleRequest) -> DoubleAnswer:
        return DoubleAnswer(200, {"email": USER, "active": "yes" if sign_in.knows(request.bearer or "") else "no"})

    double = Double({**sign_in.routes, "GET /whose": whose})
    with serve_double(double) as running, running_imap(introspection_url=f"{running.url}/whose") as box:
        postbox = TokenPostbox(sign_in=sign_in, delivers_to=box)
        with running_smtp(postbox, security=Security.NONE) as smtp:
            yield Microsoft(running.url, double, sign_in, postbox, smtp, box)
