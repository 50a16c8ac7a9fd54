"""What the web server says of itself: the OpenAPI document, the page for people, whether it is there."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from onelane.tools.catalogue import all_tools
from tests.server.http.web_servers import Web, serving_copy

pytestmark = pytest.mark.xdist_group("documents")


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[Web]:
    with serving_copy(migrated_sqlite, tmp_path_factory.mktemp("documents")) as running:
        yield running


@pytest.fixture(scope="module")
def document(web: Web) -> dict[str, Any]:
    found: dict[str, Any] = web.get("/openapi.json")
    return found


def test_every_tool_that_has_a_route_is_in_the_document(document: dict[str, Any]) -> None:
    places = [tool.spec.route for tool in all_tools() if tool.spec.route is not None]
    missing = [place for place in places if place.method.lower() not in document["paths"].get(place.path, {})]
    assert missing == []


def test_the_routes_of_the_specification_are_in_the_document(document: dict[str, Any]) -> None:
    specified = {
        "/api/workflows": {"get"},
        "/api/workflows/{run_id}": {"get"},
        "/api/workflows/templates": {"get", "post"},
        "/api/workflows/templates/{template_id}": {"get", "patch", "delete"},
        "/api/platforms/x/sync": {"post"},
        "/api/platforms/x/enrich": {"post"},
        "/api/platforms/gmail/sync": {"post"},
        "/api/platforms/linkedin/sync": {"post"},
    }
    assert {path: methods - set(document["paths"].get(path, {})) for path, methods in specified.items()} == {
        path: set[str]() for path in specified
    }


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does(document: dict[str, Any]) -> None:
    operations = [operation for methods in document["paths"].values() for operation in methods.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert all(operation["summary"] and operation["description"] for operation in operations)
    arguments = [parameter for operation in operations for parameter in operation.get("parameters", [])]
    assert [argument["name"] for argument in arguments if not argument["description"]] == []


def test_the_document_speaks_camel_case_unix_seconds_and_json_strings(document: dict[str, Any]) -> None:
    template = document["components"]["schemas"]["TemplateWithSteps"]["properties"]
    assert template["createdAt"]["type"] == "integer"
    assert template["config"]["type"] == "string"
    created = document["paths"]["/api/workflows/templates"]["post"]["requestBody"]["content"]["application/json"][
        "schema"
    ]
    assert [option["type"] for option in created["properties"]["config"]["anyOf"]] == ["object", "string"]
    assert created["additionalProperties"] is False
    assert created["required"] == ["name", "templateType"]
    queries = {each["name"] for each in document["paths"]["/api/workflows"]["get"]["parameters"]}
    assert {"status", "workflowType", "templateId", "page", "pageSize"} <= queries


def test_every_reference_in_the_document_leads_somewhere(web: Web, document: dict[str, Any]) -> None:
    names = set(re.findall(r'"#/components/schemas/(\w+)"', web.client.get("/openapi.json").text))
    assert names - set(document["components"]["schemas"]) == set()


def test_the_page_for_people_tells_of_every_operation_and_asks_nobody_else(web: Web, document: dict[str, Any]) -> None:
    answer = web.client.get("/docs")
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    text = unescape(answer.text)
    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["summary"] in text
    assert re.findall(r"<script|(?:src|href|url)\s*[=(]\s*[\"']?(?:https?:)?//", answer.text) == []


def test_the_root_leads_to_the_page(web: Web) -> None:
    answer = web.client.get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/docs")


def test_the_server_says_that_it_is_there(web: Web) -> None:
    execution = {"state": "off", "since": None, "reason": None}
    assert web.get("/healthz") == {"status": "ok", "execution": execution}
