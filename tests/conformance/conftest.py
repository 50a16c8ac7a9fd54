"""The judges, and the servers that are judged. Each is started once and serves all tests of this folder."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.processes import clean_environment, free_port, serving
from tests.conformance.protocol_tools import ProtocolTools


@pytest.fixture(scope="session")
def protocol_tools(
    conformance_command: list[str], inspector_command: list[str], tmp_path_factory: pytest.TempPathFactory
) -> ProtocolTools:
    """The conformance suite and the inspector."""
    return ProtocolTools(conformance_command, inspector_command, tmp_path_factory.mktemp("protocol-tools"))


@pytest.fixture(scope="session")
def fixture_server(protocol_tools: ProtocolTools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server like the product, with all that the suite asks for added to it."""
    home, port = tmp_path_factory.mktemp("fixture-server"), free_port()
    command = [sys.executable, "-m", "tests.conformance.fixture_server", str(port)]
    with serving(command, port=port, log=home / "log", env=clean_environment(home)) as address:
        yield address


@pytest.fixture(scope="session")
def product(protocol_tools: ProtocolTools, onelane: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the product as it ships, with an empty home."""
    home, port = tmp_path_factory.mktemp("product"), free_port()
    command = [str(onelane), "serve", "--port", str(port), "--no-worker"]
    with serving(command, port=port, log=home / "log", env=clean_environment(home)) as address:
        yield address


@pytest.fixture(scope="session")
def onelane() -> Path:
    """The command, as this environment has it."""
    return Path(sys.executable).with_name("onelane")
