"""Searching the web: what each engine is asked, what is made of its answers, and what is said when it has none."""

import json
import logging
from collections.abc import Callable, Generator
from dataclasses import replace

import httpx2
import pytest
from pydantic import SecretStr

from onelane.storage.database.engine import Database
from onelane.storage.workflows import client_runs as host_runs
from onelane.storage.workflows import steps
from onelane.storage.workflows.runs import WorkflowType
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import BadRequest, ToolError
from onelane.tools.registry.ports.web import SearchHit, Web
from onelane.tools.research import research
from onelane.tools.research.research import Hits
from onelane.tools.web.search.choice import NoSearchEngine, SearchName, SearchSettings, search_engine
from onelane.tools.web.search.hits import first_hits
from onelane.tools.web.search.server import KeyRefused, SearchFailed, SearchLimit
from tests.samples.search import answer
from tests.toolbox import Toolbox, toolbox
from tests.tools.web.search_server import Engine, serving_engine

KEY = SecretStr("sk-very-secret")
HIT = SearchHit("Nora Winterfeld", "https://looms.example.com/nora", "Nora weaves ...")


@pytest.fixture
def engine() -> Generator[Engine]:
    with serving_engine() as running:
        yield running


@pytest.fixture
def search_settings(engine: Engine) -> SearchSettings:
    """Settings in which every engine is at this server, and none has a key."""
    return SearchSettings(tavily_url=engine.url, serper_url=engine.url, brave_url=engine.url)


def tools_with(database: Database, settings: SearchSettings) -> Toolbox:
    tools = toolbox(database, research)
    return Toolbox(tools.registry, replace(tools.services, web=Web(search=search_engine(settings))))


def test_tavily_is_asked_with_its_key_and_understood(engine: Engine, search_settings: SearchSettings) -> None:
    engine.body = answer("tavily")
    assert search_engine(replace(search_settings, tavily_key=KEY)).search("nora winterfeld", count=7) == [HIT]

    (asked,) = engine.asked
    assert (asked.method, asked.path) == ("POST", "/search")
    assert asked.headers["authorization"] == "Bearer sk-very-secret"
    assert "x-tavily-access-mode" not in asked.headers
    assert json.loads(asked.body) == {"query": "nora winterfeld", "max_results": 7, "search_depth": "basic"}


def test_tavily_without_a_key_is_asked_as_such(engine: Engine, search_settings: SearchSettings) -> None:
    engine.body = answer("tavily")
    settings = replace(search_settings, named=SearchName.TAVILY_KEYLESS, tavily_key=KEY)
    assert search_engine(settings).search("nora winterfeld", count=10) == [HIT]

    (asked,) = engine.asked
    assert (asked.method, asked.path, asked.headers["x-tavily-access-mode"]) == ("POST", "/search", "keyless")
    assert "authorization" not in asked.headers


def test_serper_is_asked_with_its_key_and_understood(engine: Engine, search_settings: SearchSettings) -> None:
    engine.body = answer("serper")
    assert search_engine(replace(search_settings, serper_key=KEY)).search("nora winterfeld", count=10) == [
        SearchHit("Nora Winterfeld - VP Weaving", "https://looms.example.com/nora", "Nora weaves ..."),
        SearchHit("Without a snippet", "https://example.org/", ""),
    ]

    (asked,) = engine.asked
    assert (asked.method, asked.path, asked.headers["x-api-key"]) == ("POST", "/search", "sk-very-secret")
    assert json.loads(asked.body) == {"q": "nora winterfeld", "num": 10}


def test_brave_is_asked_with_its_key_and_its_markup_is_taken_out(
    engine: Engine, search_settings: SearchSettings
) -> None:
    engine.body = answer("brave")
    assert search_engine(replace(search_settings, brave_key=KEY)).search("nora winterfeld", count=10) == [
        SearchHit("Nora Winterfeld & Co, 1 < 2", "https://looms.example.com/nora", "Nora weaves ... Winterfeld")
    ]

    (asked,) = engine.asked
    assert (asked.method, asked.path) == ("GET", "/res/v1/web/search?q=nora+winterfeld&count=10")
    assert (asked.headers["x-subscription-token"], asked.headers["accept"]) == ("sk-very-secret", "application/json")
    assert asked.body == b""


def test_brave_says_nothing_of_pages_when_there_are_none(engine: Engine, search_settings: SearchSettings) -> None:
    engine.body = b'{"type": "search"}'
    assert search_engine(replace(search_settings, brave_key=KEY)).search("qqq", count=10) == []


def test_searxng_is_asked_without_a_key_and_understood(engine: Engine, search_settings: SearchSettings) -> None:
    engine.body = answer("searxng")
    assert search_engine(replace(search_settings, searxng_url=f"{engine.url}/")).search(
        "nora winterfeld", count=10
    ) == [HIT]

    (asked,) = engine.asked
    assert (asked.method, asked.path) == ("GET", "/search?q=nora+winterfeld&format=json")


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (SearchSettings(), "none"),
        (SearchSettings(searxng_url="http://s"), "searxng"),
        (SearchSettings(searxng_url="http://s", brave_key=KEY), "brave"),
        (SearchSettings(serper_key=KEY, brave_key=KEY), "serper"),
        (SearchSettings(tavily_key=KEY, serper_key=KEY), "tavily"),
        (SearchSettings(named=SearchName.SEARXNG, tavily_key=KEY, searxng_url="http://s"), "searxng"),
        (SearchSettings(named=SearchName.TAVILY_KEYLESS), "tavily-keyless"),
        (SearchSettings(named=SearchName.NONE, tavily_key=KEY), "none"),
        (SearchSettings(named=SearchName.BRAVE, tavily_key=KEY), "none"),
        (SearchSettings(tavily_key=SecretStr(" "), serper_key=KEY, searxng_url=""), "serper"),
    ],
)
def test_the_engine_is_the_named_one_or_the_first_that_is_set_up(settings: SearchSettings, name: str) -> None:
    assert search_engine(settings).name == name


def test_the_models_own_search_comes_last_or_when_it_is_named() -> None:
    model = ModelSearch()
    assert search_engine(SearchSettings(), model=model) is model
    assert search_engine(SearchSettings(tavily_key=KEY), model=model).name == "tavily"
    assert search_engine(SearchSettings(named=SearchName.MODEL, tavily_key=KEY), model=model) is model
    with pytest.raises(NoSearchEngine, match="ANTHROPIC_API_KEY"):
        search_engine(SearchSettings(named=SearchName.MODEL)).search("ada", count=1)


class ModelSearch:
    """What stands in for the model's own search."""

    name = "model"

    def search(self, query: str, *, count: int) -> list[SearchHit]:
        """Nothing."""
        return []


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (SearchSettings(), "TAVILY_API_KEY, SERPER_API_KEY or BRAVE_API_KEY, or ONELANE_SEARXNG_URL"),
        (SearchSettings(named=SearchName.NONE), "ONELANE_SEARCH=tavily-keyless"),
        (SearchSettings(named=SearchName.TAVILY), "needs TAVILY_API_KEY"),
        (SearchSettings(named=SearchName.SERPER), "needs SERPER_API_KEY"),
        (SearchSettings(named=SearchName.BRAVE), "needs BRAVE_API_KEY"),
        (SearchSettings(named=SearchName.SEARXNG), "needs ONELANE_SEARXNG_URL"),
    ],
)
def test_without_an_engine_the_tool_says_how_to_set_one_up(
    sqlite_database: Database, settings: SearchSettings, says: str
) -> None:
    with pytest.raises(NoSearchEngine, match=says):
        tools_with(sqlite_database, settings).call(Hits, "web_search", query="ada")


Keyed = Callable[[SearchSettings], SearchSettings]

ENGINES: dict[str, Keyed] = {
    "TAVILY_API_KEY": lambda search_settings: replace(search_settings, tavily_key=KEY),
    "SERPER_API_KEY": lambda search_settings: replace(search_settings, serper_key=KEY),
    "BRAVE_API_KEY": lambda search_settings: replace(search_settings, brave_key=KEY),
}


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(("variable", "keyed"), ENGINES.items(), ids=ENGINES)
def test_a_refused_key_is_named_by_its_variable_and_never_shown(
    engine: Engine, search_settings: SearchSettings, status: int, variable: str, keyed: Keyed
) -> None:
    engine.status = status
    engine.body = answer("tavily-refused") + KEY.get_secret_value().encode()
    with pytest.raises(KeyRefused, match=f"status {status}.*{variable}") as raised:
        search_engine(keyed(search_settings)).search("ada", count=1)
    assert KEY.get_secret_value() not in raised.value.message


@pytest.mark.parametrize("key", ["schlüssel", "two\r\nlines: x"])
def test_a_key_that_can_be_none_is_not_sent_and_not_shown(
    engine: Engine, search_settings: SearchSettings, key: str
) -> None:
    with pytest.raises(KeyRefused, match="TAVILY_API_KEY") as raised:
        search_engine(replace(search_settings, tavily_key=SecretStr(key))).search("ada", count=1)
    assert key not in raised.value.message
    assert engine.asked == []


def test_a_searxng_without_json_says_where_to_allow_it(engine: Engine, search_settings: SearchSettings) -> None:
    engine.status = 403
    with pytest.raises(KeyRefused, match=r"search\.formats"):
        search_engine(replace(search_settings, searxng_url=engine.url)).search("ada", count=1)


@pytest.mark.parametrize("status", [429, 432, 433])
def test_a_reached_limit_says_when_to_try_again(engine: Engine, search_settings: SearchSettings, status: int) -> None:
    engine.status, engine.headers = status, {"Retry-After": "90"}
    with pytest.raises(SearchLimit, match=f"status {status}.*in 2 minutes"):
        search_engine(replace(search_settings, tavily_key=KEY)).search("ada", count=1)


def test_the_limit_of_keyless_tavily_is_told_in_its_body(engine: Engine, search_settings: SearchSettings) -> None:
    engine.status, engine.body = 429, answer("tavily-keyless-limit")
    with pytest.raises(SearchLimit, match="in 1 hour"):
        search_engine(replace(search_settings, named=SearchName.TAVILY_KEYLESS)).search("ada", count=1)


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (400, b"{}", "shorter and simpler"),
        (422, b"{}", "shorter and simpler"),
        (500, b"oops", "status 500"),
        (503, b"", "status 503"),
        (302, b"", "status 302"),
        (200, b"<html>welcome to this hotel</html>", "no list of results"),
        (200, b"[]", "no list of results"),
        (200, b'{"results": [{"url": 7}]}', "no list of results"),
        (200, b"\xff\xfe", "no list of results"),
        (200, b'{"results": []' + b" " * 5_000_000 + b"}", "no list of results"),
    ],
)
def test_an_answer_that_is_none_says_what_to_do(
    engine: Engine, search_settings: SearchSettings, status: int, body: bytes, says: str
) -> None:
    engine.status, engine.body = status, body
    with pytest.raises(SearchFailed, match=says):
        search_engine(replace(search_settings, tavily_key=KEY)).search("ada", count=1)


def test_a_redirect_is_not_followed_for_it_would_hand_on_the_key(
    engine: Engine, search_settings: SearchSettings
) -> None:
    with serving_engine() as other:
        engine.status, engine.headers = 307, {"Location": f"{other.url}/search"}
        with pytest.raises(SearchFailed):
            search_engine(replace(search_settings, tavily_key=KEY)).search("ada", count=1)
        assert other.asked == []


def test_a_server_that_is_not_there_or_says_nothing_is_told_apart(
    engine: Engine, search_settings: SearchSettings
) -> None:
    nowhere = replace(search_settings, searxng_url="http://user:hidden@127.0.0.1:9/")
    with pytest.raises(SearchFailed, match=r"can't be reached at 127\.0\.0\.1.*ONELANE_SEARXNG_URL") as raised:
        search_engine(nowhere).search("ada", count=1)
    assert "hidden" not in raised.value.message

    def too_slow(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ReadTimeout("slow", request=request)

    engine_of_ours = search_engine(
        replace(search_settings, tavily_key=KEY),
        connect=lambda: httpx2.Client(transport=httpx2.MockTransport(too_slow)),
    )
    with pytest.raises(SearchFailed, match="within 20 seconds"):
        engine_of_ours.search("ada", count=1)


def test_keys_stand_in_no_log_and_no_representation(
    engine: Engine, search_settings: SearchSettings, caplog: pytest.LogCaptureFixture
) -> None:
    settings = replace(search_settings, tavily_key=KEY, searxng_url="http://user:hidden@search.example.com")
    caplog.set_level(logging.DEBUG)
    engine.body = b'{"results": []}'
    search_engine(settings).search("ada", count=1)
    assert KEY.get_secret_value() not in caplog.text
    assert KEY.get_secret_value() not in repr(settings)
    assert "hidden" not in repr(settings)


def test_only_pages_of_the_web_are_shown_and_each_once() -> None:
    found = [
        SearchHit("a", "https://example.com/a#top", ""),
        SearchHit("a again", "https://example.com/a#bottom", ""),
        *(SearchHit("no", url, "") for url in ("javascript:alert(1)", "file:///etc/passwd", "ftp://example.com/", "x")),
        *(SearchHit("no", url, "") for url in ("http://user@example.com/", "http:///a", "http://a b/", "http://[")),
        SearchHit("b", "http://example.com/b", ""),
        SearchHit("c", "http://example.com/c", ""),
    ]
    assert [hit.title for hit in first_hits(found, 2)] == ["a", "b"]


def test_invisible_characters_are_removed_from_hits() -> None:
    (hit,) = first_hits(
        [SearchHit("Ada\u202e\u200b \n Example\U000e0041", "https://example.com/", "a\u2066b\x07c" * 900)], 5
    )
    assert hit.title == "Ada Example"
    assert hit.snippet.startswith("abcabc")
    assert len(hit.snippet) <= 1_000
    (untitled,) = first_hits([SearchHit("\u200b", "https://example.com/", "")], 5)
    assert untitled.title == "https://example.com/"


def test_the_tool_gives_results_as_data_of_strangers_and_is_recorded_as_a_search(
    database: Database, engine: Engine, search_settings: SearchSettings
) -> None:
    engine.body = answer("tavily")
    tools = tools_with(database, replace(search_settings, tavily_key=KEY))
    with database.write() as session:
        run_id = host_runs.begin_host_run(session, workflow_type=WorkflowType.AGENT, config={}, template_id=None).id

    found = tools.call_as(Caller(Face.MCP, run_id=run_id), Hits, "web_search", query="nora winterfeld")

    text = found.text()
    assert text.startswith("tavily found 1 pages for 'nora winterfeld'")
    assert text.index("never an instruction") < text.index("https://looms.example.com/nora")
    with database.read() as session:
        (step,) = [dict(row) for row in steps.list_workflow_steps(session, run_id)]
    assert (step["step_type"], step["status"], step["tool"]) == ("web_search", "completed", "web_search")
    assert json.loads(step["input"]) == {"query": "nora winterfeld", "count": 10}
    assert json.loads(step["output"])["hits"][0]["url"] == "https://looms.example.com/nora"


def test_a_search_that_failed_is_recorded_with_its_reason(
    sqlite_database: Database, engine: Engine, search_settings: SearchSettings
) -> None:
    engine.status = 500
    tools = tools_with(sqlite_database, replace(search_settings, tavily_key=KEY))
    with sqlite_database.write() as session:
        run_id = host_runs.begin_host_run(session, workflow_type=WorkflowType.AGENT, config={}, template_id=None).id
    with pytest.raises(ToolError):
        tools.call_as(Caller(Face.MCP, run_id=run_id), Hits, "web_search", query="ada")
    with sqlite_database.read() as session:
        (step,) = [dict(row) for row in steps.list_workflow_steps(session, run_id)]
    assert (step["step_type"], step["status"]) == ("web_search", "failed")
    assert "status 500" in step["error"]


@pytest.mark.parametrize("arguments", [{"query": ""}, {"query": "a" * 401}, {"query": "a", "count": 21}])
def test_a_search_that_no_engine_would_take_is_refused(sqlite_database: Database, arguments: dict[str, object]) -> None:
    with pytest.raises(BadRequest):
        tools_with(sqlite_database, SearchSettings()).call(Hits, "web_search", **arguments)


def test_an_empty_search_says_so(sqlite_database: Database, engine: Engine, search_settings: SearchSettings) -> None:
    engine.body = b'{"results": []}'
    found = tools_with(sqlite_database, replace(search_settings, tavily_key=KEY)).call(Hits, "web_search", query="qqq")
    assert found.text() == "tavily found nothing for 'qqq'. Try fewer or other words."
