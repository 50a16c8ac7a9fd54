"""Who may use the person's page: whoever followed a link that was printed on a terminal, while the server is up.

See docs/agent.md, "Doors".
"""

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from urllib.parse import urlsplit

from starlette.requests import cookie_parser

from onelane.server.http.request_arguments import Headers
from onelane.tools.registry.gate.person_key import PersonKey

COOKIE = "onelane_person"
ENTER = "/dashboard/enter"
LINK_SECONDS = 60
_SESSION = timedelta(hours=12)
_MOST_SESSIONS = 100
_MOST_LINKS = 10_000


def entry_link(base_url: str, key: PersonKey, now: datetime) -> str:
    """A link that opens the page once, within a minute."""
    issue_ms, nonce = str(int(now.timestamp() * 1000)), secrets.token_urlsafe(16)
    return f"{base_url.rstrip('/')}{ENTER}?link={issue_ms}.{nonce}.{key.seal('enter', issue_ms, nonce)}"


def session_cookie(secret: str) -> tuple[bytes, bytes]:
    """The header that leaves a session's secret with its browser."""
    return b"set-cookie", f"{COOKIE}={secret}; HttpOnly; SameSite=Strict; Path=/dashboard".encode()


@dataclass(frozen=True, slots=True)
class PersonSession:
    """A browser in which the person is.

    Args:
        csrf: what each of the page's forms must bring along
        until: when it ends
    """

    csrf: str
    until: datetime


class Entrance:
    """Takes links, once each, and gives sessions for them.

    Args:
        key: what made the links
        started_at: links from before are not taken, since nobody remembers whether they were used
    """

    def __init__(self, key: PersonKey, started_at: datetime) -> None:
        self._key = key
        self._started_ms = int(started_at.timestamp() * 1000)
        self._used_nonces = OrderedDict[str, None]()
        self._sessions: dict[str, PersonSession] = {}

    def enter(self, link: str, now: datetime) -> str | None:
        """The secret of a new session; None when the link is not good, or not any more."""
        issue_ms, _, rest = link.partition(".")
        nonce, _, seal = rest.rpartition(".")
        now_ms = int(now.timestamp() * 1000)
        if not self._is_sealed(issue_ms, nonce, seal):
            return None
        is_fresh = self._started_ms <= int(issue_ms) <= now_ms + 1000 and now_ms - int(issue_ms) <= LINK_SECONDS * 1000
        if not is_fresh or nonce in self._used_nonces:
            return None
        # Not by their age: a clock that is set back would make a link good once more.
        while len(self._used_nonces) >= _MOST_LINKS:
            self._used_nonces.popitem(last=False)
        self._used_nonces[nonce] = None
        return self._new_session(now)

    def _is_sealed(self, issue_ms: str, nonce: str, seal: str) -> bool:
        """Whether the parts of a link are as this home writes them."""
        if not issue_ms.isdecimal() or len(issue_ms) >= 16 or not nonce:
            return False
        return secrets.compare_digest(seal.encode(), self._key.seal("enter", issue_ms, nonce).encode())

    def session_of(self, headers: Headers, now: datetime) -> PersonSession | None:
        """The session that a request's cookie names."""
        secret = _cookie(headers)
        session = None if secret is None else self._sessions.get(secret)
        return session if session is not None and session.until > now else None

    def _new_session(self, now: datetime) -> str:
        self._sessions = {secret: each for secret, each in self._sessions.items() if each.until > now}
        while len(self._sessions) >= _MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        secret = secrets.token_urlsafe(32)
        self._sessions[secret] = PersonSession(secrets.token_urlsafe(32), now + _SESSION)
        return secret


def is_from_person(session: PersonSession, headers: Headers, csrf: str) -> bool:
    """Whether a form comes from the person's own page: from this very server, and with the token of their session."""
    return is_same_origin(headers) and compare_digest(csrf.encode(), session.csrf.encode())


def is_same_origin(headers: Headers) -> bool:
    """Whether a request comes from a page of this very server, host and port."""
    by_name = dict(headers)
    origin = by_name.get(b"origin")
    if origin is None:
        return by_name.get(b"sec-fetch-site") == b"same-origin"
    return urlsplit(origin.decode("latin-1")).netloc.encode("latin-1") == by_name.get(b"host")


def _cookie(headers: Headers) -> str | None:
    # Whatever else runs on this machine sets cookies for the same host, also ones that Python's own parser refuses.
    cookies = b"; ".join(value for name, value in headers if name == b"cookie")
    return cookie_parser(cookies.decode("latin-1")).get(COOKIE)
