"""A search engine's server: asked over HTTP, with errors that say what to do about them."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr, ValidationError

from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.ports.trust import trusted_certificates

if TYPE_CHECKING:
    import httpx2

LIMIT_S = 20.0
"""How long one search may take, from the first byte sent to the last received."""
MOST_BYTES = 5_000_000
"""More than this is no list of results."""

Answer = TypeVar("Answer", bound=BaseModel)
Headers = Mapping[str, str | SecretStr]


class SearchFailed(ToolError):
    """The web could not be searched. Try again in a minute, or set up another search engine with ONELANE_SEARCH."""


class KeyRefused(SearchFailed):
    """The search engine refuses its key. Put a valid one into the environment and start Onelane again."""


class SearchLimit(SearchFailed):
    """The search engine takes no more searches for now. Wait, or set up another one with ONELANE_SEARCH."""


def direct_client() -> "httpx2.Client":
    """A client for one search. It follows no redirect, for that would hand the key on to wherever it leads."""
    import httpx2

    return httpx2.Client(verify=trusted_certificates(), timeout=LIMIT_S, follow_redirects=False)


@dataclass(frozen=True, slots=True)
class SearchServer:
    """A search engine's server.

    Args:
        label: the engine's name for people
        url: its base URL
        remedy: what a person does when it refuses the key, as a sentence
        address_setting: the variable that holds `url`
        limits: statuses that mean the plan's limit is reached, besides 429
        connect: makes the client for one search
    """

    label: str
    url: str
    remedy: str
    address_setting: str
    limits: frozenset[int] = frozenset()
    connect: "Callable[[], httpx2.Client]" = field(default=direct_client, repr=False)

    def get(self, path: str, kind: type[Answer], params: Mapping[str, str | int], headers: Headers) -> Answer:
        """What the server answers to a GET; see `_asked` for the errors."""
        return self._ask("GET", path, kind, headers, params=dict(params))

    def post(self, path: str, kind: type[Answer], body: Mapping[str, str | int], headers: Headers) -> Answer:
        """What the server answers to a JSON body; see `_asked` for the errors."""
        return self._ask("POST", path, kind, headers, json=dict(body))

    def _ask(self, method: str, path: str, kind: type[Answer], headers: Headers, **request: Any) -> Answer:
        """Ask, and read the answer.

        Raises:
            KeyRefused: 401 or 403
            SearchLimit: too many searches, now or on this plan
            SearchFailed: no answer in time, or none that can be read
        """
        import httpx2

        plain_headers = {name: self._plain(value) for name, value in headers.items()}
        try:
            with (
                self.connect() as client,
                client.stream(
                    method, self.url.rstrip("/") + path, headers=plain_headers, timeout=LIMIT_S, **request
                ) as response,
            ):
                body = self._body(response)
                self._check(response, body)
        except httpx2.TimeoutException:
            # Nothing of httpx's own messages is shown: they may hold the address with a password in it.
            raise self._too_slow() from None
        except (httpx2.HTTPError, httpx2.InvalidURL):
            raise SearchFailed(
                f"{self.label} can't be reached at {self._host}. Check the network and {self.address_setting}, "
                "then try again."
            ) from None
        return self._parse(kind, body)

    def _plain(self, value: str | SecretStr) -> str:
        if isinstance(value, str):
            return value
        secret = value.get_secret_value().strip()
        if not (secret.isascii() and secret.isprintable()):
            # An HTTP client would complain about it with the key in its message.
            raise KeyRefused(f"The key for {self.label} holds characters that keys do not have. {self.remedy}")
        return secret

    def _body(self, response: "httpx2.Response") -> bytes:
        ends, body = monotonic() + LIMIT_S, bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > MOST_BYTES:
                raise self._unreadable()
            if monotonic() > ends:
                raise self._too_slow()
        return bytes(body)

    def _check(self, response: "httpx2.Response", body: bytes) -> None:
        status = response.status_code
        if status in {401, 403}:
            raise KeyRefused(f"{self.label} refuses the search (status {status}). {self.remedy}")
        if status == 429 or status in self.limits:
            raise SearchLimit(
                f"{self.label} takes no more searches for now (status {status}). {_retry_advice(response, body)} "
                "Or set up another search engine: ONELANE_SEARCH names it."
            )
        if status in {400, 422}:
            raise SearchFailed(f"{self.label} does not take this query (status {status}). Make it shorter and simpler.")
        if status != 200:
            raise SearchFailed(
                f"{self.label} answers with status {status}. Try again in a minute; if that stays so, check "
                f"{self.address_setting}."
            )

    def _parse(self, kind: type[Answer], body: bytes) -> Answer:
        try:
            return kind.model_validate_json(body)
        except ValidationError:
            raise self._unreadable() from None

    @property
    def _host(self) -> str:
        return urlsplit(self.url).hostname or "its address"

    def _too_slow(self) -> SearchFailed:
        return SearchFailed(f"{self.label} did not answer within {LIMIT_S:.0f} seconds. Try again in a minute.")

    def _unreadable(self) -> SearchFailed:
        return SearchFailed(
            f"{self.label} answers with something that is no list of results. Check {self.address_setting}, "
            "then try again."
        )


def _retry_advice(response: "httpx2.Response", body: bytes) -> str:
    """When the server wants to be asked again, by its header or as keyless Tavily says it in the body."""
    retry_after = response.headers.get("retry-after", "")
    seconds = int(retry_after) if re.fullmatch("[0-9]{1,9}", retry_after) else _told_in(body)
    return "Try again when its limit allows it." if seconds is None else f"Try again in {_duration(seconds)}."


def _told_in(body: bytes) -> int | None:
    try:
        seconds = json.loads(body)["error"]["retry_after_seconds"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return seconds if isinstance(seconds, int) and 0 <= seconds < 10**9 else None


def _duration(seconds: int) -> str:
    for length, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= length:
            count = -(-seconds // length)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"
