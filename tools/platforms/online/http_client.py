"""The HTTP client of all platforms: signs in, obeys limits, reads answers, and tells failures (docs/platforms.md)."""

import json
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Self

from onelane.storage.database.engine import Clock
from onelane.tools.platforms.formats.records import Json
from onelane.tools.platforms.online.bearer import Bearer
from onelane.tools.platforms.online.failure_table import FailureText, PlatformKey, platform_rules
from onelane.tools.platforms.online.failures import AgainNow, NothingLeft, PlatformFailure, UnreadableAnswer
from onelane.tools.platforms.online.limits import RateLimits, retry_after_seconds
from onelane.tools.registry.context import Services

if TYPE_CHECKING:
    import httpx2

    from onelane.tools.platforms.online.answers import RawAnswer

ANSWER_SECONDS = 60
"""So long a whole answer may take."""

Params = Mapping[str, str | int] | Sequence[tuple[str, str | int]]


@dataclass(frozen=True, slots=True)
class _Request:
    """What is asked, whoever asks."""

    method: str
    endpoint: str
    path: str
    params: Params
    content: bytes | None
    headers: Mapping[str, str]

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The query, as it is sent."""
        params = self.params.items() if isinstance(self.params, Mapping) else self.params
        return tuple((name, str(value)) for name, value in params)

    def headers_of(self, token: str) -> dict[str, str]:
        """All headers but those of the connection."""
        kind = {"Content-Type": "application/json"} if self.content is not None else {}
        # Google packs only for those who say gzip in their name as well.
        common = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": f"Onelane/{_version()} (gzip)"}
        return {"Authorization": f"Bearer {token}", **common, **kind, **self.headers}


@dataclass(frozen=True, slots=True)
class PlatformAnswer:
    """What a platform answered.

    Args:
        status: the HTTP status, of 200 to 299
        body: JSON; None where there is none
        date: when it answered, by its own clock where it tells
        headers: their names in lower case
    """

    status: int
    body: Json
    date: datetime
    headers: Mapping[str, str]


class PlatformClient:
    """Asks one platform as one account.

    Args:
        bearer: the account's sign-in
        base_url: where the platform's API is, without a slash at the end
        limits: those of the account
        connect: makes the HTTP client, when the first request is sent
        clock: this machine's
        timer: a clock that only goes forward, in seconds
    """

    def __init__(
        self,
        bearer: Bearer,
        base_url: str,
        limits: RateLimits,
        connect: "Callable[[], httpx2.Client]",
        clock: Clock,
        *,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bearer = bearer
        self._base_url = base_url.rstrip("/")
        self._limits = limits
        self._connect = connect
        self._clock = clock
        self._timer = timer
        self._http: httpx2.Client | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give up the connections."""
        if self._http is not None:
            self._http.close()
            self._http = None

    @property
    def account_id(self) -> str:
        """As which account it asks."""
        return self._bearer.account_id

    @property
    def now(self) -> datetime:
        """The time, by this machine's clock."""
        return self._clock()

    def get(
        self, endpoint: str, path: str, params: Params = (), *, headers: Mapping[str, str] | None = None
    ) -> PlatformAnswer:
        """Ask for something.

        Args:
            endpoint: what the platform limits by itself, such as `followers`; failures.toml may name it
            path: with a slash in front
            params: of the query, as they are sent
            headers: besides those of every request

        Raises:
            PlatformFailure: see tools/platforms/online/failures.py
        """
        answer = self._ask(_Request("GET", endpoint, path, params, None, headers or {}))
        if answer.body is None:
            raise UnreadableAnswer(
                f"{self._limits.rules.name} answered without saying anything. Nothing was taken. Try again in a while.",
                raw="",
            )
        return answer

    def post(
        self,
        endpoint: str,
        path: str,
        body: Mapping[str, Json],
        *,
        params: Params = (),
        headers: Mapping[str, str] | None = None,
    ) -> PlatformAnswer:
        """Send something, once: where no answer comes, nobody knows whether it arrived, but for `NothingLeft`.

        Args:
            endpoint: see `get`
            path: with a slash in front
            body: sent as JSON
            params: of the query
            headers: besides those of every request

        Raises:
            PlatformFailure: see tools/platforms/online/failures.py
        """
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        return self._ask(_Request("POST", endpoint, path, params, content, headers or {}))

    def _ask(self, request: _Request) -> PlatformAnswer:
        token = _let_in(request, self._bearer.token)
        answer = self._hear(request, token)
        if answer.status == 401:
            self._limits.keep(request.endpoint, answer.headers, self._limits.hear_date(answer.date))
            token = _let_in(request, lambda: self._bearer.renew(token))
            answer = self._hear(request, token)
        return self._answer(request, answer, token)

    def _hear(self, request: _Request, token: str) -> "RawAnswer":
        """Send a request and read its answer to the end."""
        from onelane.tools.platforms.online.answers import hear

        self._limits.take(request.endpoint)
        ends_at = self._timer() + ANSWER_SECONDS
        try:
            with self._sending(request, token) as response:
                return hear(response, ends_at=ends_at, timer=self._timer, secret=token)
        except (AgainNow, UnreadableAnswer):
            self._limits.give_up(request.endpoint)
            raise

    @contextmanager
    def _sending(self, request: _Request, token: str) -> "Generator[httpx2.Response]":
        import httpx2

        if self._http is None:
            self._http = self._connect()
        http_request = self._http.build_request(
            request.method,
            self._base_url + request.path,
            params=request.pairs or None,
            content=request.content,
            headers=request.headers_of(token),
        )
        try:
            response = self._http.send(http_request, stream=True, follow_redirects=False)
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise NothingLeft from error
        except httpx2.TransportError as error:
            raise AgainNow from error
        try:
            yield response
        finally:
            response.close()

    def _answer(self, request: _Request, answer: "RawAnswer", token: str) -> PlatformAnswer:
        from onelane.tools.platforms.online.answers import json_of

        date = self._limits.hear_date(answer.date)
        if not 200 <= answer.status < 300:
            raise self._failure(request, answer, date, token)
        self._limits.keep(request.endpoint, answer.headers, date)
        return PlatformAnswer(answer.status, json_of(answer, token), date, answer.headers)

    def _failure(self, request: _Request, answer: "RawAnswer", date: datetime, token: str) -> PlatformFailure:
        """What an answer that is no success means."""
        from onelane.tools.platforms.online.answers import json_of

        try:
            failure_text = FailureText.by(json_of(answer, token))
        except UnreadableAnswer:
            failure_text = FailureText.by(None)  # proxies and gateways answer with pages; the status tells enough
        rules, endpoint = self._limits.rules, request.endpoint
        rule = rules.rule_for(answer.status, endpoint, failure_text)
        asks_to_wait = rule.kind == "again_now" and retry_after_seconds(answer.headers, date) is not None
        if rule.kind == "again_at" or asks_to_wait:
            limit = self._limits.close(endpoint, answer.headers, date, rule, failure_text)
            # What was to change something may have been done before the platform broke down.
            return limit if rule.kind == "again_at" or request.method == "GET" else rule.failure(limit.message)
        self._limits.keep(endpoint, answer.headers, date)
        return rule.failure(rules.message(rule, endpoint, failure_text))


def _let_in(request: _Request, token_of: Callable[[], str]) -> str:
    """The token for a request; where none comes, what was to change something has not left this machine."""
    try:
        return token_of()
    except (AgainNow, UnreadableAnswer) as failure:
        if request.method == "GET":
            raise
        raise NothingLeft(failure.message) from failure


@contextmanager
def platform_client(
    services: Services, bearer: Bearer, platform: PlatformKey, base_url: str
) -> Generator[PlatformClient]:
    """A client of a platform for an account, closed at the end of the block.

    Args:
        services: where the platforms are, and the database with the account
        bearer: the account's sign-in
        platform: whose table of failures counts
        base_url: where the API is
    """
    limits = RateLimits(services.database, bearer.account_id, platform_rules(platform))
    database = services.database
    with PlatformClient(bearer, base_url, limits, services.online.connect, database.clock) as client:
        yield client


@cache
def _version() -> str:
    return metadata.version("onelane")
