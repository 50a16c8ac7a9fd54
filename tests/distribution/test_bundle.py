"""The bundle for Claude Desktop is what the official packer takes, and starts the server as that client starts it."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from uv import find_uv_bin

from onelane.server.settings import KEY_VARIABLES
from tests.conftest import node_command
from tests.distribution.bundle import built_wheel, manifest, write_bundle
from tests.distribution.project import locked_versions, read_project

MOST_BYTES = 5_000_000
# The packages of an environment outside the checkout are installed with the wheel's other tests.
pytestmark = pytest.mark.xdist_group("wheel")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the packer packs, in a folder."""
    folder = tmp_path_factory.mktemp("bundle")
    write_bundle(folder, built_wheel(folder))
    return folder


def test_the_official_packer_takes_the_bundle_and_it_stays_small(bundle: Path, tmp_path: Path) -> None:
    packed = tmp_path / "onelane.mcpb"
    packer = node_command("@anthropic-ai/mcpb/dist/cli/cli.js")
    done = subprocess.run([*packer, "pack", bundle, packed], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Manifest schema validation passes" in done.stdout
    assert packed.stat().st_size < MOST_BYTES


async def test_the_bundle_starts_the_server_as_the_client_starts_it(bundle: Path, tmp_path: Path) -> None:
    said: dict[str, Any] = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    config = said["server"]["mcp_config"]
    defaults = {f"${{user_config.{name}}}": field["default"] for name, field in said["user_config"].items()}
    given = {name: defaults[placeholder] for name, placeholder in config["env"].items()}
    inherited = {
        name: value for name, value in os.environ.items() if not re.match("PYTHON|VIRTUAL_ENV|UV_COMPILE", name)
    }
    server = StdioServerParameters(
        command=find_uv_bin() if config["command"] == "uv" else config["command"],
        args=[part.replace("${__dirname}", str(bundle)) for part in config["args"]],
        env={**inherited, **given, "ONELANE_HOME": str(tmp_path / "home")},
        cwd=tmp_path,
    )
    async with Client(server) as client:
        listed = {tool.name for tool in (await client.list_tools()).tools}
    assert {tool["name"] for tool in said["tools"]} <= listed


def test_a_key_that_the_client_asks_for_is_a_setting_and_may_stay_empty() -> None:
    said: dict[str, Any] = manifest()
    assert set(said["server"]["mcp_config"]["env"]) == set(KEY_VARIABLES.values())
    asked: dict[str, dict[str, object]] = said["user_config"]
    assert all(field["sensitive"] and not field["required"] and field["default"] == "" for field in asked.values())


def test_a_bundle_asks_for_the_versions_of_the_lock() -> None:
    pins = locked_versions()
    assert len(pins) > 100
    assert any(pin.startswith("mcp==") for pin in pins)
    assert manifest()["version"] == read_project().version
