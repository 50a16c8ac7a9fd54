"""The inspector, a client that we did not write, lists and calls the product's tools over both transports."""

from pathlib import Path

import pytest

from tests.conformance.protocol_tools import ProtocolTools
from tests.proof import FULL

MODERN = ("--protocol-era", "modern")
TOOLS = ("overview", "list_templates")
BOTH = [(tool, era) for tool in TOOLS for era in ("modern", "legacy")]
"""The first and the last are one of each."""

# In one process, so that each server is started once.
pytestmark = pytest.mark.xdist_group("conformance")


def test_every_client_can_read_the_tools_listed_over_http(protocol_tools: ProtocolTools, product: str) -> None:
    over_http = (f"{product}/mcp", "--transport", "http", *MODERN)
    listed = protocol_tools.inspect(*over_http, "--method", "tools/list", "--strict", env={}).result
    assert {tool["name"] for tool in listed["tools"]} >= set(TOOLS)


def test_every_client_can_read_the_tools_listed_over_stdio(
    protocol_tools: ProtocolTools, onelane: Path, tmp_path: Path
) -> None:
    over_stdio = (str(onelane), "mcp", *MODERN)
    env = {"ONELANE_HOME": str(tmp_path)}
    listed = protocol_tools.inspect(*over_stdio, "--method", "tools/list", "--strict", env=env).result
    assert {tool["name"] for tool in listed["tools"]} >= set(TOOLS)


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_answers_over_http(protocol_tools: ProtocolTools, product: str, tool: str) -> None:
    over_http = (f"{product}/mcp", "--transport", "http", *MODERN)
    answer = protocol_tools.inspect(*over_http, "--method", "tools/call", "--tool-name", tool, env={}).result
    assert answer["content"][0]["text"]


@pytest.mark.parametrize(("tool", "era"), BOTH if FULL else BOTH[::3])
def test_a_tool_answers_over_stdio_in_both_eras(
    protocol_tools: ProtocolTools, onelane: Path, tmp_path: Path, tool: str, era: str
) -> None:
    over_stdio = (str(onelane), "mcp", "--protocol-era", era)
    env = {"ONELANE_HOME": str(tmp_path)}
    answer = protocol_tools.inspect(*over_stdio, "--method", "tools/call", "--tool-name", tool, env=env).result
    assert answer["content"][0]["text"]
