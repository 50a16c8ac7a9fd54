"""Who signed in: the platform is asked once, with the new token (docs/platforms.md, "Accounts")."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from onelane.storage.platforms.accounts import Platform
from onelane.tools.platforms.formats.json_values import JsonObject, object_of, objects_of, text_of
from onelane.tools.platforms.formats.records import Json
from onelane.tools.platforms.online.failures import (
    NothingThere,
    PersonMustAct,
    PlatformFailure,
    SignInAgain,
    UnreadableAnswer,
)
from onelane.tools.platforms.online.http_client import platform_client
from onelane.tools.platforms.x.answers import user_of
from onelane.tools.registry.context import Services

UNNAMED_KEY = "default"
"""The key of an account of which the platform does not say who it is."""
_SNAPSHOT_VERSION = "202312"
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose account it is.

    Args:
        account_key: what the platform calls it
        display_name: for people
        other_keys: what exports may call the same account
        counts: how much there is of it on the platform, where that was told
    """

    account_key: str
    display_name: str
    other_keys: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class NewBearer:
    """A token of which nobody knows yet whose it is; a `Bearer`.

    Args:
        access_token: as it was granted
    """

    access_token: str
    account_id: str = ""

    def token(self) -> str:
        """See `Bearer`."""
        return self.access_token

    def renew(self, old_token: str) -> str:
        """See `Bearer`."""
        raise SignInAgain("The platform does not take its own new token. Nothing was changed; try again.")


def identity_of(services: Services, platform: Platform, access_token: str) -> Identity:
    """Ask a platform whose token this is.

    Raises:
        PlatformFailure: it does not say
    """
    bearer, settings = NewBearer(access_token), services.online.settings
    if platform is Platform.X:
        with platform_client(services, bearer, "x", settings.x_api_url) as client:
            return _of_x(client.get("me", "/2/users/me", {"user.fields": "public_metrics"}).body)
    if platform is Platform.GMAIL:
        with platform_client(services, bearer, "google", settings.google_userinfo_url) as client:
            return _of_google(client.get("userinfo", "").body)
    return _of_linkedin(services, bearer)


def _of_x(body: Json) -> Identity:
    user = object_of(_whole(body), "data")
    user_id, handle = _line_of(user, "id"), _line_of(user, "username")
    if not user_id.isdecimal():
        raise _no_identity("X")
    name = f"@{handle}" if handle else _line_of(user, "name") or "X"
    return Identity(user_id, name, (handle,) if handle else (), _counts(user))


def _counts(user: JsonObject) -> Mapping[str, int]:
    """How much there is to read, by which syncs are estimated."""
    x_user = user_of(user)
    counts = (
        {}
        if x_user is None
        else {"followers": x_user.followers_count, "following": x_user.following_count, "posts": x_user.posts_count}
    )
    return {name: count for name, count in counts.items() if count is not None}


def _of_google(body: Json) -> Identity:
    address = _line_of(_whole(body), "email")
    if "@" not in address:
        raise _no_identity("Google")
    return Identity(address.lower(), address.lower(), (address,))


def _of_linkedin(services: Services, bearer: NewBearer) -> Identity:
    """A token for connections alone may not ask who it is; the export's own profile has the name, and no id."""
    with platform_client(services, bearer, "linkedin", services.online.settings.linkedin_api_url) as client:
        try:
            person = _whole(client.get("userinfo", "/v2/userinfo").body)
        except PersonMustAct:
            query = {"q": "criteria", "domain": "PROFILE"}
            headers = {"LinkedIn-Version": _SNAPSHOT_VERSION}
            try:
                body = client.get("snapshot", "/rest/memberSnapshotData", query, headers=headers).body
            except NothingThere:
                return Identity(UNNAMED_KEY, Platform.LINKEDIN.label)
            return Identity(UNNAMED_KEY, _name_in_profile(body) or Platform.LINKEDIN.label)
    key, name, email = (_line_of(person, field) for field in ("sub", "name", "email"))
    if not key:
        raise _no_identity("LinkedIn")
    return Identity(key, name or Platform.LINKEDIN.label, (email.lower(),) if email else ())


def _name_in_profile(body: Json) -> str:
    rows = [row for element in objects_of(_whole(body), "elements") for row in objects_of(element, "snapshotData")]
    names = (f"{_line_of(row, 'First Name')} {_line_of(row, 'Last Name')}".strip() for row in rows)
    return next((name for name in names if name), "")


def _whole(body: Json) -> JsonObject:
    return body if isinstance(body, Mapping) else {}


def _line_of(entry: JsonObject, key: str) -> str:
    """A text of one line, no longer than a name is."""
    text = " ".join(text_of(entry, key).split())[:_LONGEST_NAME]
    return "".join(char for char in text if char.isprintable())


def _no_identity(name: str) -> PlatformFailure:
    return UnreadableAnswer(f"{name} did not say whose account this is. Nothing was changed; try again.", raw="")
