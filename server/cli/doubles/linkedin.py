"""LinkedIn as a double: the snapshot of one member's data, with its 404 that has two meanings, and their posts."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from onelane.server.cli.doubles.double_server import Double, DoubleAnswer, DoubleRequest, for_signed_in
from onelane.server.cli.doubles.sign_in import SignIn

_REFUSED = DoubleAnswer(
    401,
    {
        "status": 401,
        "serviceErrorCode": 65602,
        "code": "EXPIRED_ACCESS_TOKEN",
        "message": "The token used in the request has expired",
    },
)
_NO_DATA = DoubleAnswer(404, {"message": "No data found for this domain and memberId.", "status": 404})
_VERSION = "202312"
_LONGEST_POST = 3000
_POSTING = ("w_member_social",)
MEMBER = "m-owner"
"""LinkedIn's id of the member."""


@dataclass
class LinkedIn:
    """One member at LinkedIn.

    Args:
        connections: rows of Connections.csv
        profile: a row of Profile.csv
        page_size: so many rows come on a page
        is_prepared: whether LinkedIn has the data ready, which begins with the consent
        promises_too_much: whether also the last page names a next one
        sign_in: how the member signs in; None where a token of the portal is used
        knows: whether an access token is good, where nobody signs in
    """

    connections: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    profile: dict[str, str] = field(default_factory=lambda: {"First Name": "Me", "Last Name": "Owner"})
    page_size: int = 10
    is_prepared: bool = True
    promises_too_much: bool = False
    sign_in: SignIn | None = None
    knows: Callable[[str], bool] = lambda token: True
    posts: list[str] = field(default_factory=list[str])
    """What the member posted, the newest last, as LinkedIn was given it."""

    def double(self) -> Double:
        """What answers in LinkedIn's name."""
        routes = {"GET /rest/memberSnapshotData": self._snapshot, "GET /v2/userinfo": self._userinfo}
        routes["POST /rest/posts"] = self._post
        knows = self.knows if self.sign_in is None else self.sign_in.knows
        signing_in = {} if self.sign_in is None else self.sign_in.routes
        return Double({**for_signed_in(routes, knows, _REFUSED), **signing_in}, refused=_REFUSED)

    def _snapshot(self, request: DoubleRequest) -> DoubleAnswer:
        if request.headers.get("linkedin-version") != _VERSION:
            return _denial(400, "VERSION_MISSING", "A version must be present. Please specify a version.")
        if request.first("q") != "criteria":
            return _denial(400, "ILLEGAL_ARGUMENT", "Invalid query parameters passed to request")
        domain = request.first("domain") or ""
        rows = {"CONNECTIONS": self.connections, "PROFILE": [self.profile]}.get(domain, [])
        page = int(request.first("start") or 0)
        page_rows = rows[page * self.page_size : (page + 1) * self.page_size]
        if not page_rows or not self.is_prepared:
            return _NO_DATA
        has_next = (page + 1) * self.page_size < len(rows) or self.promises_too_much
        return DoubleAnswer(200, _page(domain, page_rows, page, has_next=has_next))

    def _userinfo(self, request: DoubleRequest) -> DoubleAnswer:
        """Refused with a sign-in that is for the snapshot alone."""
        if "openid" in self._scopes_of(request):
            return DoubleAnswer(200, {"sub": MEMBER, "name": "Me Owner", "email": "me@example.com"})
        return _denial(403, "ACCESS_DENIED", "Not enough permissions to access: userinfo.GET.NO_VERSION")

    def _post(self, request: DoubleRequest) -> DoubleAnswer:
        if not re.fullmatch(r"20\d{4}", request.headers.get("linkedin-version", "")):
            return _denial(400, "VERSION_MISSING", "A version must be present. Please specify a version.")
        if "w_member_social" not in self._scopes_of(request):
            return _denial(403, "ACCESS_DENIED", "Not enough permissions to access: posts.CREATE.20261001")
        post = request.json
        if post["author"] != f"urn:li:person:{MEMBER}":
            return _denial(403, "ACCESS_DENIED", "Field Value validation failed in REQUEST_BODY: author")
        text = str(post["commentary"])
        if len(text) > _LONGEST_POST:
            return _denial(422, "ILLEGAL_ARGUMENT", "ERROR :: /commentary :: text length is beyond the maximum")
        if text in self.posts:
            message = f"Content is a duplicate of {_name_of(self.posts.index(text))}"
            return _denial(422, "DUPLICATE_POST", message)
        self.posts.append(text)
        return DoubleAnswer(201, None, {"x-restli-id": _name_of(len(self.posts) - 1)})

    def _scopes_of(self, request: DoubleRequest) -> Sequence[str]:
        """What the sign-in of a request is good for; a token of the portal is good for posts where nobody signs in."""
        return _POSTING if self.sign_in is None else self.sign_in.granted(request) or ()


def _name_of(place: int) -> str:
    return f"urn:li:share:{7_400_000_000_000_000_000 + place}"


def _denial(status: int, code: str, message: str) -> DoubleAnswer:
    return DoubleAnswer(status, {"status": status, "serviceErrorCode": 100, "code": code, "message": message})


def _page(domain: str, rows: list[dict[str, str]], page: int, *, has_next: bool) -> dict[str, Any]:
    href = f"/rest/memberSnapshotData?count=10&domain={domain}&q=criteria&start={page + 1}"
    links = [{"type": "application/json", "rel": "next", "href": href}] if has_next else []
    return {
        "paging": {"start": page, "count": 10, "links": links},
        "elements": [{"snapshotDomain": domain, "snapshotData": rows}],
    }
