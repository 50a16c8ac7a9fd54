"""What directories of MCP servers read of the project is true."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from onelane.server.settings import Settings, unknown_settings
from tests.distribution.project import read_project


@pytest.fixture(scope="module")
def listing(project: Path) -> dict[str, Any]:
    """The entry of the MCP registry."""
    return json.loads((project / "server.json").read_text(encoding="utf-8"))


def test_the_registry_entry_names_the_projects_version(listing: dict[str, Any]) -> None:
    (package,) = listing["packages"]
    assert (listing["version"], package["version"]) == (read_project().version, read_project().version)
    assert (package["registryType"], package["identifier"]) == ("pypi", "onelane")
    assert [argument["value"] for argument in package["packageArguments"]] == ["mcp"]


def test_the_registry_finds_its_name_of_the_server_in_the_readme(listing: dict[str, Any], project: Path) -> None:
    # Published with the package, this is how the registry knows that both belong together.
    assert f"mcp-name: {listing['name']}" in (project / "README.md").read_text(encoding="utf-8")


def test_the_registry_entry_names_settings_that_there_are_and_marks_the_secret_ones(listing: dict[str, Any]) -> None:
    (package,) = listing["packages"]
    fields = {
        str(each.validation_alias or f"ONELANE_{name.upper()}"): each for name, each in Settings.model_fields.items()
    }
    variables: list[dict[str, Any]] = package["environmentVariables"]
    for variable in variables:
        assert variable["name"] in fields
        assert variable.get("isSecret", False) == ("SecretStr" in str(fields[variable["name"]].annotation))


def test_the_registry_entry_fits_the_registrys_schema(listing: dict[str, Any], contracts: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    file = contracts / "mcp-registry" / "server.schema.json"
    if not file.is_file():
        pytest.skip(f"needs {listing['$schema']}, which does not ship: put it at {file}")
    jsonschema.validate(listing, json.loads(file.read_text(encoding="utf-8")))


def test_the_registry_entry_keeps_to_the_registrys_limits(listing: dict[str, Any]) -> None:
    assert len(listing["description"]) <= 100
    assert re.fullmatch(r"[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+", listing["name"])
    assert not unknown_settings(name["name"] for name in listing["packages"][0]["environmentVariables"])


def test_glama_is_told_who_maintains_the_server(project: Path) -> None:
    assert json.loads((project / "glama.json").read_text(encoding="utf-8"))["maintainers"]
