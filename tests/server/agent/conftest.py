"""Models for tests of the agent: the project's own stand-in, and another one that others wrote."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pydantic import SecretStr

from onelane.server.agent.claude.client import Claude
from onelane.server.agent.claude.retry import RetryPolicy
from tests.conformance.processes import clean_environment, free_port, serving
from tests.conftest import node_command
from tests.databases import Clock
from tests.server.agent.messages_api import KEY, MessagesApi, serving_messages
from tests.server.agent.script import Answering

HURRIED = RetryPolicy(first_s=0.01, most_s=0.02)
"""Tries as often as the product, and does not wait."""

Play = Callable[[Answering], MessagesApi]
Opening = Callable[..., Claude]


@pytest.fixture
def play() -> Iterator[Play]:
    """Serves a script until the test ends."""
    with ExitStack() as served:
        yield lambda script: served.enter_context(serving_messages(script))


@pytest.fixture
def claude_at(clock: Clock) -> Iterator[Opening]:
    """A client of the model that is served at an address."""
    with ExitStack() as stack:

        def open_claude(url: str, *, key: str = KEY, patience: RetryPolicy = HURRIED) -> Claude:
            claude = Claude(SecretStr(key), base_url=url, patience=patience, chance=lambda: 1.0, now=clock)
            stack.callback(claude.close)
            return claude

        yield open_claude


@pytest.fixture(scope="session")
def aimock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of aimock, a double of the Messages API that others wrote; what it answers is ours."""
    home, port = tmp_path_factory.mktemp("aimock"), free_port()
    fixtures = Path(__file__).with_name("aimock.json")
    options = ["-p", str(port), "-f", str(fixtures), "--strict", "--validate-on-load"]
    command = [*node_command("@copilotkit/aimock/dist/cli.js"), *options]
    with serving(command, port=port, log=home / "log", env=clean_environment(home)) as address:
        yield address
