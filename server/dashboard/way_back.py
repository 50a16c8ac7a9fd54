"""Remembers which page a browser without a session asked for, so that the link which lets it in leads there.

The address is a cookie of its browser that only the link's own address is sent: no other page and no script reads it.
"""

from urllib.parse import quote, unquote, urlsplit

from starlette.requests import cookie_parser
from starlette.types import Scope

from onelane.server.dashboard.page import page_at
from onelane.server.http.bodies import Header
from onelane.server.http.person.entrance import ENTER

_COOKIE = "onelane_way_back"
_SECONDS = 600
_MOST_CHARACTERS = 1500
_NAVIGATION = (b"sec-fetch-mode", b"navigate")


def way_back_cookie(scope: Scope) -> tuple[Header, ...]:
    """The header that remembers the page which somebody opened; none where a script asks, or where there is no page."""
    query = scope["query_string"].decode("latin-1")
    address = quote(scope["path"] + (f"?{query}" if query else ""), safe="/?&=%")
    is_opened = scope["method"] == "GET" and _NAVIGATION in scope["headers"]
    if not is_opened or len(address) > _MOST_CHARACTERS or not _is_page(address):
        return ()
    return (_cookie(quote(address, safe=""), _SECONDS),)


def forget_way_back() -> Header:
    """The header that forgets the page again, once somebody was led there."""
    return _cookie("", 0)


def way_back(scope: Scope, home: str) -> str:
    """The page that this browser asked for before it was let in; `home` where it asked for none.

    Args:
        scope: the request that follows the link
        home: the first page
    """
    cookies = b"; ".join(value for name, value in scope["headers"] if name == b"cookie").decode("latin-1")
    address = unquote(cookie_parser(cookies).get(_COOKIE, ""))
    # Whatever else runs on this machine sets cookies for the same host: nobody is led to where no page of ours is.
    return address if len(address) <= _MOST_CHARACTERS and _is_page(address) else home


def _is_page(address: str) -> bool:
    place = urlsplit(address)
    return not place.scheme and not place.netloc and address.isascii() and page_at(unquote(place.path))[0] is not None


def _cookie(value: str, seconds: int) -> Header:
    return (
        b"set-cookie",
        f"{_COOKIE}={value}; Max-Age={seconds}; HttpOnly; SameSite=Strict; Path={ENTER}".encode("latin-1"),
    )
