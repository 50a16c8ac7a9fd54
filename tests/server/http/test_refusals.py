"""What REST refuses: each with a 4xx and the one error shape, and nothing is changed by it.

See docs/routes.md, "Errors".
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.workflows import runs, templates
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.storage.workflows.templates import TemplateStatus, TemplateType
from tests.server import broken_tools
from tests.server.houses import house
from tests.server.http.web_servers import Web, serving, serving_copy

pytestmark = pytest.mark.xdist_group("refusals")

JSON = {"Content-Type": "application/json"}
TEMPLATE = {"name": "Spring", "templateType": "outreach"}
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Refusal:
    """A request that is refused."""

    what: str
    method: str
    path: str
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=lambda: dict(JSON))
    status: int = 400
    code: str = "bad_request"


def get(what: str, path: str) -> Refusal:
    return Refusal(what, "GET", path)


def post(what: str, body: Any, path: str = "/api/workflows/templates") -> Refusal:
    return Refusal(what, "POST", path, body if isinstance(body, bytes) else json.dumps(body).encode())


def template(what: str, **fields: Any) -> Refusal:
    return post(what, TEMPLATE | fields)


REFUSALS = [
    get("a status that there is not", "/api/workflows?status=done"),
    get("an empty status", "/api/workflows?status="),
    get("a type that there is not", "/api/workflows?workflowType=campaign"),
    get("page 0", "/api/workflows?page=0"),
    get("page -1", "/api/workflows?page=-1"),
    get("a page too far for any database", "/api/workflows?page=99999999999999999999"),
    get("pageSize 0", "/api/workflows?pageSize=0"),
    get("pageSize -1", "/api/workflows?pageSize=-1"),
    get("pageSize 100000", "/api/workflows?pageSize=100000"),
    get("a page in words", "/api/workflows?page=one"),
    get("half a page", "/api/workflows?page=1.5"),
    get("a page with a point", "/api/workflows?page=1.0"),
    get("a page with a space", "/api/workflows?page=+1"),
    get("a page with a sign", "/api/workflows?page=%2B1"),
    get("a page with an underscore", "/api/workflows?page=1_0"),
    get("a page in other digits", "/api/workflows?page=%EF%BC%95"),
    get("no page", "/api/workflows?page="),
    get("two different pages", "/api/workflows?page=1&page=2"),
    get("two spellings that disagree", "/api/workflows?pageSize=1&page_size=2"),
    get("a parameter that there is not", "/api/workflows?pagesize=5"),
    get("a flag that is neither true nor false", "/api/contacts?archived=maybe"),
    get("a flag in another word", "/api/contacts?archived=yes"),
    get("a flag in capitals", "/api/contacts?archived=True"),
    get("a flag as a number", "/api/contacts?archived=1"),
    get("a cursor of another list", "/api/workflows?cursor=tpl_1"),
    get("a NUL in a query", "/api/workflows?templateId=%00"),
    get("a query that is no UTF-8", "/api/workflows?templateId=%FF"),
    get("too many parameters", "/api/contacts?" + "&".join(["tags=a"] * 300)),
    post("an empty body", b""),
    post("a body of white space", b"  "),
    post("a malformed body", b'{"name": "Spring"'),
    post("a body of two objects", b"{}{}"),
    post("NaN", b'{"name": "Spring", "templateType": "outreach", "startsAt": NaN}'),
    post("a list", []),
    post("a string", "Spring"),
    post("null", None),
    post("JSON nested a thousand deep", b'{"name":' + b"[" * 1000 + b"]" * 1000 + b"}"),
    post("JSON nested deeper than any parser goes", b"[" * 100_000 + b"]" * 100_000),
    post("half a surrogate pair", b'{"name": "\\ud800", "templateType": "outreach"}'),
    post("bytes that are no UTF-8", b'{"name": "\xff", "templateType": "outreach"}'),
    post("no name", {"templateType": "outreach"}),
    post("no type", {"name": "Spring"}),
    post("a sub-type of two minds", {"type": "tweets", "subType": "x_mentions"}, "/api/platforms/x/sync"),
    post("a sync without a file", {}, "/api/workflows/sync"),
    template("a type that there is not", templateType="campaign"),
    template("a status that there is not", status="running"),
    template("a platform that there is not", platform="myspace"),
    template("a blank name", name="   "),
    template("a name of a mebibyte", name="x" * MEBIBYTE),
    template("a name that is a number", name=5),
    template("a NUL in a name", name="Spring\0"),
    template("a NUL deep inside", config={"a": [{"b": "\0"}]}),
    template("a config that is no JSON", config="dailyLimit=20"),
    template("an empty config", config=""),
    template("a config that is a list", config="[]"),
    template("a config that is a number", config=5),
    template("a config with NaN", config='{"a": NaN}'),
    template("a config with half a surrogate pair", config='{"a": "\\ud800"}'),
    template("a config nested a thousand deep", config='{"a":' + "[" * 1000 + "]" * 1000 + "}"),
    template("goal metrics that are no JSON", goalMetrics="{"),
    template("an end before the beginning", startsAt=1_800_000_000, endsAt=1_700_000_000),
    template("an end at the beginning", startsAt=1_800_000_000, endsAt=1_800_000_000),
    template("the year 10000", startsAt=253_402_300_800),
    template("milliseconds", startsAt=1_800_000_000_000),
    template("a time before time", startsAt=-(10**18)),
    template("a time before 1970", startsAt=-1),
    template("a time past all integers", startsAt=10**30),
    template("the year 1, west of UTC", endsAt="0001-01-01T00:00:00+14:00"),
    template("a time without a zone", startsAt="2026-11-02T09:00:00"),
    template("a time that is true", startsAt=True),
    template("a field that there is not", dailyLimit=20),
    template("a field twice", template_type="nurture"),
    template("steps that are none", steps="connect"),
    template("a step of a type that there is not", steps=[{"stepType": "phone"}]),
    template("a step with a field that there is not", steps=[{"stepType": "like", "delayDays": 1}]),
    template("a delay that is true", steps=[{"stepType": "like", "delayHours": True}]),
    template("more steps than anybody needs", steps=[{"stepType": "like"}] * 101),
    post("an action that there is not", {}, "/api/workflows/{running}/explode"),
    post("a fork of more steps than there are", {"steps": 1}, "/api/workflows/{running}/fork"),
    Refusal("a query beside a body", "POST", "/api/workflows/templates?name=x", json.dumps(TEMPLATE).encode()),
    Refusal(
        "a body that is text",
        "POST",
        "/api/workflows/templates",
        b"{}",
        {"Content-Type": "text/plain"},
        415,
        "unsupported_media_type",
    ),
    Refusal(
        "a body that is a form",
        "POST",
        "/api/workflows/templates",
        b"name=x",
        {"Content-Type": "application/x-www-form-urlencoded"},
        415,
        "unsupported_media_type",
    ),
    *(
        Refusal(
            f"a packed body for {path}",
            "POST",
            path,
            b"\x1f\x8b",
            {**JSON, "Content-Encoding": "gzip"},
            415,
            "unsupported_media_type",
        )
        for path in ("/api/workflows/templates", "/mcp")
    ),
    Refusal("a body of no type", "POST", "/api/workflows/templates", b"{}", {}, 415, "unsupported_media_type"),
    Refusal(
        "a body in UTF-16",
        "POST",
        "/api/workflows/templates",
        b"{}",
        {"Content-Type": "application/json; charset=utf-16"},
        415,
        "unsupported_media_type",
    ),
    Refusal(
        "a body of more than 4 MiB",
        "POST",
        "/api/workflows/templates",
        b" " * (4 * MEBIBYTE + 1),
        status=413,
        code="too_large",
    ),
    Refusal("an empty patch", "PATCH", "/api/workflows/templates/{completed}", b""),
    Refusal(
        "an id that the path gives already", "PATCH", "/api/workflows/templates/{completed}", b'{"templateId": "x"}'
    ),
    Refusal(
        "a completed template as a draft",
        "PATCH",
        "/api/workflows/templates/{completed}",
        b'{"status": "draft"}',
        status=409,
        code="conflict",
    ),
    Refusal("resuming what runs", "POST", "/api/workflows/{running}/resume", status=409, code="conflict"),
    Refusal("pausing what is over", "POST", "/api/workflows/{over}/pause", status=409, code="conflict"),
    Refusal("a template that is not there", "GET", "/api/workflows/templates/tpl_0", status=404, code="not_found"),
    Refusal(
        "changing a template that is not there",
        "PATCH",
        "/api/workflows/templates/tpl_0",
        b"{}",
        status=404,
        code="not_found",
    ),
    Refusal(
        "deleting a template that is not there",
        "DELETE",
        "/api/workflows/templates/tpl_0",
        status=404,
        code="not_found",
    ),
    Refusal("a run that is not there", "GET", "/api/workflows/run_0", status=404, code="not_found"),
    Refusal("steering a run that is not there", "POST", "/api/workflows/run_0/pause", status=404, code="not_found"),
    Refusal(
        "a run of a template that is not there",
        "POST",
        "/api/workflows",
        b'{"workflowType": "search", "templateId": "tpl_0"}',
        status=404,
        code="not_found",
    ),
    Refusal("a path that there is not", "GET", "/api/campaigns", status=404, code="not_found"),
    Refusal("a slash too many", "GET", "/api/workflows/", status=404, code="not_found"),
    Refusal(
        "a method that there is not", "PUT", "/api/workflows/templates", b"{}", status=405, code="method_not_allowed"
    ),
    Refusal(
        "a method of another path",
        "POST",
        "/api/workflows/templates/tpl_0",
        b"{}",
        status=405,
        code="method_not_allowed",
    ),
    Refusal("writing to the stream", "POST", "/api/events", b"{}", status=405, code="method_not_allowed"),
]


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[Web]:
    with serving_copy(migrated_sqlite, tmp_path_factory.mktemp("refusals")) as running:
        yield running


@pytest.fixture(scope="module")
def ids(web: Web) -> dict[str, str]:
    """What there is to be refused on."""
    with web.database.write() as session:
        search = WorkflowType.SEARCH
        completed, nurture = TemplateStatus.COMPLETED, TemplateType.NURTURE
        return {
            "running": runs.create_workflow_run(session, workflow_type=search, status=RunStatus.RUNNING).id,
            "over": runs.create_workflow_run(session, workflow_type=search, status=RunStatus.COMPLETED).id,
            "completed": templates.create_template(session, name="Old", template_type=nurture, status=completed).id,
        }


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.what)
def test_the_server_refuses_a_bad_request(web: Web, ids: dict[str, str], refusal: Refusal) -> None:
    before = web.everything()
    answer = web.client.request(
        refusal.method, refusal.path.format_map(ids), content=refusal.body, headers=refusal.headers
    )
    assert (answer.status_code, problem(answer.text)["code"]) == (refusal.status, refusal.code)
    assert web.everything() == before


def test_a_misspelt_parameter_is_answered_with_the_nearest_name(web: Web) -> None:
    assert "'pageSize'" in problem(web.client.get("/api/workflows?pagesize=5").text)["error"]
    assert (
        "'templateType'"
        in problem(web.client.post("/api/workflows/templates", json={"templateTyp": "x"}).text)["error"]
    )


def test_a_wrong_method_is_told_which_ones_there_are(web: Web) -> None:
    answer = web.client.put("/api/workflows/templates/tpl_0", json={})
    assert answer.headers["allow"] == "GET, PATCH, DELETE"


def test_a_body_that_is_sent_in_pieces_is_refused_when_it_grows_too_large(web: Web) -> None:
    pieces = (b" " * MEBIBYTE for _ in range(5))
    answer = web.client.post("/api/workflows/templates", content=pieces, headers=JSON)
    assert (answer.status_code, problem(answer.text)["code"]) == (413, "too_large")


def test_a_fault_is_answered_with_its_number_and_nothing_else_and_logged_under_it(
    sqlite_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(house(sqlite_database, broken_tools)) as web:
        answer = web.client.get("/api/broken")
    said = problem(answer.text)
    assert (answer.status_code, said["code"]) == (500, "internal")
    assert "hunter2" not in answer.text
    (logged,) = [record for record in caplog.records if record.name == "onelane.server.http.problems"]
    assert logged.getMessage().split()[1] in said["error"]
    assert logged.exc_info is not None


@pytest.mark.parametrize("path", ["/api/locked", "/api/full"])
def test_a_database_that_cannot_be_used_or_a_full_disk_is_answered_with_503_and_why(
    sqlite_database: Database, path: str
) -> None:
    with serving(house(sqlite_database, broken_tools)) as web:
        answer = web.client.get(path)
    assert (answer.status_code, problem(answer.text)["code"]) == (503, "unavailable")
    assert problem(answer.text)["error"].startswith("The disk is full.")


def test_a_database_that_breaks_is_answered_with_503_and_without_its_secrets(
    sqlite_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(house(sqlite_database, broken_tools)) as web:
        answer = web.client.get("/api/gone")
    assert (answer.status_code, problem(answer.text)["code"]) == (503, "unavailable")
    assert "no_such_table" not in answer.text
    assert [record for record in caplog.records if record.name == "onelane.server.http.problems"]


def test_in_read_only_mode_reading_goes_on_and_writing_is_forbidden(sqlite_database: Database) -> None:
    with serving(house(sqlite_database, read_only=True)) as web:
        before = web.everything()
        answer = web.client.post("/api/workflows/templates", json=TEMPLATE)
        assert (answer.status_code, problem(answer.text)["code"]) == (403, "forbidden")
        assert web.everything() == before
        assert web.get("/api/workflows/templates")["total"] == 0


def problem(text: str) -> dict[str, Any]:
    """What an answer says went wrong, which must be of the one shape."""
    said = json.loads(text)
    assert set(said) <= {"error", "code", "details"}
    assert isinstance(said["error"], str)
    assert said["error"].endswith((".", "?"))
    return said
