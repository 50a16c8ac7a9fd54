"""Serper, which asks Google (https://serper.dev/playground)."""

from collections.abc import Sequence

from pydantic import BaseModel, SecretStr

from onelane.tools.registry.ports.web import SearchHit
from onelane.tools.web.search.hits import first_hits
from onelane.tools.web.search.server import SearchServer


class _Result(BaseModel):
    link: str
    title: str | None = None
    snippet: str | None = None


class _Answer(BaseModel):
    organic: list[_Result] = []


class Serper:
    """Serper.

    Args:
        server: where it is asked
        api_key: what it asks for
    """

    name = "serper"

    def __init__(self, server: SearchServer, api_key: SecretStr) -> None:
        self._server = server
        self._api_key = api_key

    def search(self, query: str, *, count: int) -> Sequence[SearchHit]:
        """The first results."""
        answer = self._server.post("/search", _Answer, {"q": query, "num": count}, {"X-API-KEY": self._api_key})
        return first_hits((SearchHit(hit.title or "", hit.link, hit.snippet or "") for hit in answer.organic), count)
