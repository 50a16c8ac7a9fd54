"""Tavily, with a key and without one (https://docs.tavily.com/documentation/api-reference/endpoint/search)."""

from collections.abc import Sequence

from pydantic import BaseModel, SecretStr

from onelane.tools.registry.ports.web import SearchHit
from onelane.tools.web.search.hits import first_hits
from onelane.tools.web.search.server import Headers, SearchServer

MOST_RESULTS = 20


class _Result(BaseModel):
    url: str
    title: str | None = None
    content: str | None = None


class _Answer(BaseModel):
    results: list[_Result]


class Tavily:
    """Tavily.

    Args:
        server: where it is asked
        api_key: None for keyless access, which is limited to a few searches and shows what is searched to Tavily
            under this machine's address
    """

    def __init__(self, server: SearchServer, api_key: SecretStr | None) -> None:
        self._server = server
        self._api_key = api_key

    @property
    def name(self) -> str:
        """As ONELANE_SEARCH names it."""
        return "tavily-keyless" if self._api_key is None else "tavily"

    def search(self, query: str, *, count: int) -> Sequence[SearchHit]:
        """The first results."""
        body: dict[str, str | int] = {"query": query, "max_results": min(count, MOST_RESULTS), "search_depth": "basic"}
        answer = self._server.post("/search", _Answer, body, self._access())
        return first_hits((SearchHit(hit.title or "", hit.url, hit.content or "") for hit in answer.results), count)

    def _access(self) -> Headers:
        if self._api_key is None:
            # As Tavily's own client (tavily-python, June 2026) asks without a key.
            return {"X-Tavily-Access-Mode": "keyless"}
        return {"Authorization": SecretStr(f"Bearer {self._api_key.get_secret_value()}")}
