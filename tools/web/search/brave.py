"""Brave Search (https://api-dashboard.search.brave.com/app/documentation/web-search/get-started)."""

from collections.abc import Sequence

from pydantic import BaseModel, SecretStr

from onelane.tools.registry.ports.web import SearchHit
from onelane.tools.web.search.hits import first_hits, without_markup
from onelane.tools.web.search.server import SearchServer

MOST_RESULTS = 20


class _Result(BaseModel):
    url: str
    title: str | None = None
    description: str | None = None

    def hit(self) -> SearchHit:
        """As we show it: Brave marks the words that were searched with HTML."""
        return SearchHit(without_markup(self.title or ""), self.url, without_markup(self.description or ""))


class _Pages(BaseModel):
    results: list[_Result] = []


class _Answer(BaseModel):
    type: str
    web: _Pages | None = None
    """Missing when nothing was found."""


class Brave:
    """Brave Search.

    Args:
        server: where it is asked
        api_key: its subscription token
    """

    name = "brave"

    def __init__(self, server: SearchServer, api_key: SecretStr) -> None:
        self._server = server
        self._api_key = api_key

    def search(self, query: str, *, count: int) -> Sequence[SearchHit]:
        """The first results."""
        params: dict[str, str | int] = {"q": query, "count": min(count, MOST_RESULTS)}
        headers = {"Accept": "application/json", "X-Subscription-Token": self._api_key}
        answer = self._server.get("/res/v1/web/search", _Answer, params, headers)
        return first_hits((result.hit() for result in (answer.web or _Pages()).results), count)
