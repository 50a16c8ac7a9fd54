"""SearXNG, a search engine that one runs oneself (https://docs.searxng.org/dev/search_api)."""

from collections.abc import Sequence

from pydantic import BaseModel

from onelane.tools.registry.ports.web import SearchHit
from onelane.tools.web.search.hits import first_hits
from onelane.tools.web.search.server import SearchServer


class _Result(BaseModel):
    url: str
    title: str | None = None
    content: str | None = None


class _Answer(BaseModel):
    results: list[_Result]


class Searxng:
    """A SearXNG server; it has no setting for how many results a page has.

    Args:
        server: where it is asked
    """

    name = "searxng"

    def __init__(self, server: SearchServer) -> None:
        self._server = server

    def search(self, query: str, *, count: int) -> Sequence[SearchHit]:
        """The first results."""
        answer = self._server.get("/search", _Answer, {"q": query, "format": "json"}, {})
        return first_hits((SearchHit(hit.title or "", hit.url, hit.content or "") for hit in answer.results), count)
