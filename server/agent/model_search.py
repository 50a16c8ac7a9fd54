"""Web search by the model's own tool, for homes without a search engine.

See docs/web.md, "Search engines".
"""

from collections.abc import Iterator, Sequence
from typing import Any, cast

from onelane.server.agent.bill import Bill
from onelane.server.agent.model import Ask, BudgetKeeper, Json, Model
from onelane.tools.registry.ports.web import SearchHit

# https://platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool
SEARCH_TOOL: Json = {"type": "web_search_20260318", "name": "web_search", "max_uses": 1}
_TOKENS = 1024


class ModelSearch:
    """Runs the model's search tool and keeps the hits only.

    Args:
        model: whom to ask
        budget_keeper: the day's budget pays, for the searcher is not told of a run
        model_name: which model
    """

    name = "model"

    def __init__(self, model: Model, budget_keeper: BudgetKeeper, model_name: str) -> None:
        self._model = model
        self._budget_keeper = budget_keeper
        self._model_name = model_name

    def search(self, query: str, *, count: int) -> Sequence[SearchHit]:
        """The first results. ToolError when the model can't be asked."""
        self._budget_keeper.hold(None, query, _TOKENS, _TOKENS, self._model_name)
        ask = Ask(
            model=self._model_name,
            system="Search the web once for exactly what the person writes, then answer with the single word done.",
            messages=[{"role": "user", "content": query}],
            tools=[SEARCH_TOOL],
            max_tokens=_TOKENS,
            thinking=False,
            caching=False,
        )
        bill = Bill(self._model_name)
        try:
            answer = self._model.ask(ask, on_lost=bill.add_lost)
            bill.add(answer)
        finally:
            self._budget_keeper.release(None, query, bill.usage, bill.cost_usd)
        return list(_hits(answer.content))[:count]


def _hits(content: Sequence[Json]) -> Iterator[SearchHit]:
    for block in content:
        results: Any = block.get("content")
        if block["type"] != "web_search_tool_result" or not isinstance(results, list):
            continue
        for hit in cast("list[Json]", results):
            # What stands on the page comes encrypted, for the model alone.
            yield SearchHit(str(hit.get("title") or ""), str(hit.get("url") or ""), str(hit.get("page_age") or ""))
