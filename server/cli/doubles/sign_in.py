"""How people sign in at the doubles of platforms: codes, tokens and what each platform does with them."""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlencode, urlsplit

from onelane.server.cli.doubles.double_server import DoubleAnswer, DoubleRequest, Handler

CLIENT_ID = "onelane-at-the-double"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class SignInRules:
    """How a platform lets accounts sign in.

    Args:
        name: begins its tokens
        auth_path: where the browser is sent
        token_path: where codes and refresh tokens are taken
        revoke_path: where a grant is given back; None where there is no such place
        takes_pkce: whether a code challenge is needed
        refreshes: whether these parameters of the browser's address get a refresh token
        rotates: whether a refresh token is good for one time, and its second use ends the whole grant
        spent_error: what is said to a refresh token that is good no more
        separator: stands between scopes
        token_seconds: so long an access token lasts
        refresh_token_seconds: so long a refresh token lasts, where the answer says so
    """

    name: str
    auth_path: str
    token_path: str
    revoke_path: str | None
    takes_pkce: bool
    refreshes: Callable[[Mapping[str, str]], bool]
    rotates: bool
    spent_error: str
    separator: str = " "
    token_seconds: int = 3600
    refresh_token_seconds: int | None = None


X_RULES = SignInRules(
    name="x",
    auth_path="/i/oauth2/authorize",
    token_path="/2/oauth2/token",
    revoke_path="/2/oauth2/revoke",
    takes_pkce=True,
    refreshes=lambda query: "offline.access" in query.get("scope", "").split(),
    rotates=True,
    spent_error="invalid_request",
    token_seconds=7200,
)
GOOGLE_RULES = SignInRules(
    name="google",
    auth_path="/o/oauth2/v2/auth",
    token_path="/token",
    revoke_path="/revoke",
    takes_pkce=True,
    refreshes=lambda query: query.get("access_type") == "offline" and query.get("prompt") == "consent",
    rotates=False,
    spent_error="invalid_grant",
)
LINKEDIN_RULES = SignInRules(
    name="linkedin",
    auth_path="/oauth/v2/authorization",
    token_path="/oauth/v2/accessToken",
    revoke_path=None,
    takes_pkce=False,
    refreshes=lambda query: False,
    rotates=False,
    spent_error="invalid_grant",
    separator=",",
    token_seconds=5_183_999,
)

MICROSOFT_RULES = SignInRules(
    name="microsoft",
    auth_path="/common/oauth2/v2.0/authorize",
    token_path="/common/oauth2/v2.0/token",
    revoke_path=None,
    takes_pkce=True,
    refreshes=lambda query: "offline_access" in query.get("scope", "").split(),
    rotates=True,
    spent_error="invalid_grant",
)


@dataclass
class Family:
    """One grant: all tokens that come of one sign-in.

    Args:
        scopes: what was granted
        is_refreshed: whether it has a refresh token
    """

    scopes: Sequence[str]
    is_refreshed: bool
    is_dead: bool = False
    access_token: str = ""
    refresh_token: str = ""
    spent: set[str] = field(default_factory=set[str])


@dataclass
class SignIn:
    """The sign-in of one platform.

    Args:
        rules: how the platform does it
        complaints: what should not have been asked, such as with a refresh token that was used before
        unticked: scopes that the person does not grant
        denies: whether the person says no
        address: whose sign-ins they are, where the platform says so in an id token
    """

    rules: SignInRules
    complaints: list[str] = field(default_factory=list[str])
    unticked: frozenset[str] = frozenset()
    denies: bool = False
    address: str | None = None
    families: list[Family] = field(default_factory=list[Family])
    renewals: int = 0
    """So many times a refresh token was taken."""
    _codes: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    _count: int = 0

    @property
    def routes(self) -> dict[str, Handler]:
        """What a double of the platform answers besides its API."""
        revoking = {} if self.rules.revoke_path is None else {f"POST {self.rules.revoke_path}": self._revoke}
        return {
            f"GET {self.rules.auth_path}": self._authorize,
            f"POST {self.rules.token_path}": self._token,
            **revoking,
        }

    def granted(self, request: DoubleRequest) -> Sequence[str] | None:
        """What the sign-in of a request is good for; None where it is signed out."""
        living = (family for family in self.families if not family.is_dead and family.access_token)
        return next((family.scopes for family in living if family.access_token == request.bearer), None)

    def knows(self, token: str) -> bool:
        """Whether an access token is good."""
        return any(token and family.access_token == token and not family.is_dead for family in self.families)

    def grant(self, *scopes: str) -> Family:
        """A sign-in that has happened before."""
        family = Family(scopes, is_refreshed=self.rules.rotates or self.rules is GOOGLE_RULES)
        self.families.append(family)
        self._fill(family)
        return family

    def expire(self) -> None:
        """Let no access token be good any more; refresh tokens stay."""
        for family in self.families:
            family.access_token = ""

    def _authorize(self, request: DoubleRequest) -> DoubleAnswer:
        query = dict(request.query)
        wrong = self._wrong_question(query)
        if wrong is not None:
            self.complaints.append(wrong)
            return DoubleAnswer(400, {"error": "invalid_request", "error_description": wrong})
        back = partial(_redirect, query["redirect_uri"])
        if self.denies:
            return back({"error": "access_denied", "state": query["state"]})
        code = self._next("code")
        self._codes[code] = query
        return back({"state": query["state"], "code": code})

    def _wrong_question(self, query: Mapping[str, str]) -> str | None:
        missing = [name for name in ("client_id", "redirect_uri", "scope", "state") if not query.get(name)]
        if missing or query.get("response_type") != "code":
            return f"the sign-in's address lacks {', '.join(missing) or 'response_type=code'}"
        if self.rules.takes_pkce and query.get("code_challenge_method") != "S256":
            return "the sign-in's address has no S256 challenge"
        if urlsplit(query["redirect_uri"]).hostname not in _LOOPBACK:
            return "the redirect leads to another machine"
        return None

    def _token(self, request: DoubleRequest) -> DoubleAnswer:
        form = request.form
        if form.get("grant_type") == "refresh_token":
            return self._renew(form.get("refresh_token", ""))
        query = self._codes.pop(form.get("code", ""), None)
        if query is None or form.get("redirect_uri") != query["redirect_uri"] or not self._is_verified(form, query):
            self.complaints.append("a code was used twice, or by somebody else")
            return _refusal("invalid_grant", "Value passed for the authorization code was invalid.")
        scopes = [scope for scope in query["scope"].split() if scope not in self.unticked]
        family = Family(scopes, self.rules.refreshes(query))
        self.families.append(family)
        return self._answer(family)

    def _is_verified(self, form: Mapping[str, str], query: Mapping[str, str]) -> bool:
        if not self.rules.takes_pkce:
            return True
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        return _without_padding(digest) == query["code_challenge"]

    def _renew(self, token: str) -> DoubleAnswer:
        self.renewals += 1
        family = next((each for each in self.families if token and token in {each.refresh_token, *each.spent}), None)
        if family is None or family.is_dead or not family.is_refreshed:
            return _refusal(self.rules.spent_error, "Value passed for the token was invalid.")
        if token in family.spent:
            self.complaints.append("a refresh token was used twice")
            family.is_dead = True
            return _refusal(self.rules.spent_error, "Value passed for the token was invalid.")
        return self._answer(family, with_refresh_token=self.rules.rotates)

    def _answer(self, family: Family, *, with_refresh_token: bool = True) -> DoubleAnswer:
        self._fill(family)
        tokens: dict[str, object] = {
            "token_type": "bearer",
            "expires_in": self.rules.token_seconds,
            "access_token": family.access_token,
            "scope": self.rules.separator.join(family.scopes),
        }
        if self.address is not None and "openid" in family.scopes:
            tokens["id_token"] = f"e30.{_without_padding(json.dumps({'preferred_username': self.address}).encode())}."
        if family.is_refreshed and with_refresh_token:
            tokens["refresh_token"] = family.refresh_token
            if self.rules.refresh_token_seconds is not None:
                tokens["refresh_token_expires_in"] = self.rules.refresh_token_seconds
        return DoubleAnswer(200, tokens)

    def _fill(self, family: Family) -> None:
        family.access_token = self._next("access")
        if not family.is_refreshed or (family.refresh_token and not self.rules.rotates):
            return
        if family.refresh_token:
            family.spent.add(family.refresh_token)
        family.refresh_token = self._next("refresh")

    def _revoke(self, request: DoubleRequest) -> DoubleAnswer:
        token = request.form.get("token", "")
        for family in self.families:
            if token in (family.access_token, family.refresh_token):
                family.is_dead = True
                return DoubleAnswer(200, {"revoked": True})
        return _refusal("invalid_token", "Token is not revocable.")

    def _next(self, kind: str) -> str:
        self._count += 1
        return f"{self.rules.name}-{kind}-{self._count:04}"


def _without_padding(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _redirect(address: str, query: Mapping[str, str]) -> DoubleAnswer:
    return DoubleAnswer(302, b"", {"Location": f"{address}?{urlencode(query)}"})


def _refusal(error: str, description: str) -> DoubleAnswer:
    return DoubleAnswer(400, {"error": error, "error_description": description})
