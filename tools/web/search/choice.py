"""Which search engine is asked: the one that is named, or else the first that is set up."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from pydantic import SecretStr

from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.ports.web import SearchEngine, SearchHit
from onelane.tools.web.search.server import SearchServer, direct_client

if TYPE_CHECKING:
    import httpx2

_Connect: TypeAlias = "Callable[[], httpx2.Client]"

TAVILY_URL = "https://api.tavily.com"
SERPER_URL = "https://google.serper.dev"
BRAVE_URL = "https://api.search.brave.com"

_WAYS = (
    "At a terminal type `onelane keys set tavily` (or serper, brave), or set one of TAVILY_API_KEY, SERPER_API_KEY or "
    "BRAVE_API_KEY, or ONELANE_SEARXNG_URL for a SearXNG server of your own, or ONELANE_SEARCH=tavily-keyless for a "
    "few searches without any key, and start Onelane again."
)


class SearchName(StrEnum):
    """What ONELANE_SEARCH may name, in the order in which engines are preferred when it names none."""

    TAVILY = "tavily"
    SERPER = "serper"
    BRAVE = "brave"
    SEARXNG = "searxng"
    TAVILY_KEYLESS = "tavily-keyless"
    MODEL = "model"
    NONE = "none"


class NoSearchEngine(ToolError):
    """No search engine is set up."""


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """What the environment says about searching.

    Args:
        named: ONELANE_SEARCH
        tavily_key: TAVILY_API_KEY
        serper_key: SERPER_API_KEY
        brave_key: BRAVE_API_KEY
        searxng_url: ONELANE_SEARXNG_URL
        tavily_url: ONELANE_TAVILY_URL
        serper_url: ONELANE_SERPER_URL
        brave_url: ONELANE_BRAVE_URL
    """

    named: SearchName | None = None
    tavily_key: SecretStr | None = None
    serper_key: SecretStr | None = None
    brave_key: SecretStr | None = None
    # An address may hold a name and a password.
    searxng_url: str | None = field(default=None, repr=False)
    tavily_url: str = TAVILY_URL
    serper_url: str = SERPER_URL
    brave_url: str = BRAVE_URL


def search_engine(
    settings: SearchSettings,
    *,
    model: SearchEngine | None = None,
    connect: _Connect = direct_client,
) -> SearchEngine:
    """The engine that is named, or else the first that is set up.

    Keyless Tavily is asked only when it is named: what is searched are names of people, and without any setting nobody
    has chosen who may read them.

    Args:
        settings: what the environment says
        model: the language model's own search, which costs money by the search; it comes last
        connect: makes the client for one search

    Returns:
        An engine; when there is none, or it lacks its key, one that says so when it is asked.
    """
    settings = _without_empty(settings)
    name = _first(settings, model) if settings.named is None else settings.named
    return _engine(name, settings, model, connect) or Missing(name)


class Missing:
    """No search engine: it says what to do when it is asked.

    Args:
        name: what ONELANE_SEARCH names; NONE too when it names nothing and nothing is set up
    """

    name = "none"

    def __init__(self, name: SearchName) -> None:
        self._wanted = name

    def search(self, query: str, *, count: int) -> Sequence[SearchHit]:
        """Nothing, and why."""
        raise NoSearchEngine(_LACKS.get(self._wanted, f"No search engine is set up. {_WAYS}"))


_LACKS = {
    SearchName.TAVILY: "ONELANE_SEARCH names Tavily, which needs TAVILY_API_KEY. Type `onelane keys set tavily`.",
    SearchName.SERPER: "ONELANE_SEARCH names Serper, which needs SERPER_API_KEY. Type `onelane keys set serper`.",
    SearchName.BRAVE: "ONELANE_SEARCH names Brave, which needs BRAVE_API_KEY. Type `onelane keys set brave`.",
    SearchName.SEARXNG: (
        "ONELANE_SEARCH names SearXNG, which needs ONELANE_SEARXNG_URL, such as http://127.0.0.1:8080. Set it and "
        "start Onelane again."
    ),
    SearchName.MODEL: (
        "ONELANE_SEARCH names the language model's own search, which there is only with ANTHROPIC_API_KEY. Set it, or "
        f"set up another search engine. {_WAYS}"
    ),
}


def _without_empty(settings: SearchSettings) -> SearchSettings:
    """Without what is set to nothing: programs that start others often can't leave a variable out."""
    return replace(
        settings,
        tavily_key=_set(settings.tavily_key),
        serper_key=_set(settings.serper_key),
        brave_key=_set(settings.brave_key),
        searxng_url=settings.searxng_url or None,
    )


def _set(key: SecretStr | None) -> SecretStr | None:
    return key if key is not None and key.get_secret_value().strip() else None


def _first(settings: SearchSettings, model: SearchEngine | None) -> SearchName:
    there = {
        SearchName.TAVILY: settings.tavily_key is not None,
        SearchName.SERPER: settings.serper_key is not None,
        SearchName.BRAVE: settings.brave_key is not None,
        SearchName.SEARXNG: settings.searxng_url is not None,
        SearchName.MODEL: model is not None,
    }
    return next((name for name, is_there in there.items() if is_there), SearchName.NONE)


def _engine(
    name: SearchName,
    settings: SearchSettings,
    model: SearchEngine | None,
    connect: _Connect,
) -> SearchEngine | None:
    match name:
        case SearchName.TAVILY if settings.tavily_key is not None:
            return _tavily(settings, connect, _renewal_advice("TAVILY_API_KEY"), settings.tavily_key)
        case SearchName.TAVILY_KEYLESS:
            return _tavily(settings, connect, _NO_KEYLESS, None)
        case SearchName.SERPER if settings.serper_key is not None:
            return _serper(settings, connect, settings.serper_key)
        case SearchName.BRAVE if settings.brave_key is not None:
            return _brave(settings, connect, settings.brave_key)
        case SearchName.SEARXNG if settings.searxng_url is not None:
            return _searxng(settings.searxng_url, connect)
        case SearchName.MODEL:
            return model
        case _:
            return None


_NO_KEYLESS = "It gives no searches without a key here; type `onelane keys set tavily` and start Onelane again."
_NO_JSON = "In its settings.yml, `search.formats` must hold `json`; add it and restart SearXNG."


def _renewal_advice(variable: str) -> str:
    name = variable.removesuffix("_API_KEY").lower()
    return f"Type `onelane keys set {name}` with a valid key ({variable}) and start Onelane again."


# One engine of them is asked, if any, so that each is imported where it is made.


def _tavily(settings: SearchSettings, connect: _Connect, remedy: str, key: SecretStr | None) -> SearchEngine:
    from onelane.tools.web.search.tavily import Tavily

    # 432 and 433: the plan's limit, and the limit of what may be spent beyond it.
    limits = frozenset({432, 433})
    return Tavily(SearchServer("Tavily", settings.tavily_url, remedy, "ONELANE_TAVILY_URL", limits, connect), key)


def _serper(settings: SearchSettings, connect: _Connect, key: SecretStr) -> SearchEngine:
    from onelane.tools.web.search.serper import Serper

    remedy = _renewal_advice("SERPER_API_KEY")
    return Serper(SearchServer("Serper", settings.serper_url, remedy, "ONELANE_SERPER_URL", connect=connect), key)


def _brave(settings: SearchSettings, connect: _Connect, key: SecretStr) -> SearchEngine:
    from onelane.tools.web.search.brave import Brave

    remedy = _renewal_advice("BRAVE_API_KEY")
    return Brave(SearchServer("Brave Search", settings.brave_url, remedy, "ONELANE_BRAVE_URL", connect=connect), key)


def _searxng(url: str, connect: _Connect) -> SearchEngine:
    from onelane.tools.web.search.searxng import Searxng

    return Searxng(SearchServer("SearXNG", url, _NO_JSON, "ONELANE_SEARXNG_URL", connect=connect))
