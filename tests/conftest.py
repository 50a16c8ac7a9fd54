"""What every test may ask for."""

import os
from pathlib import Path
from typing import NoReturn

import pytest

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def project() -> Path:
    """The root of the checkout."""
    return PROJECT


@pytest.fixture(scope="session")
def contracts() -> Path:
    """The folder of sample exports and vendor documents, which stands beside the checkout and not in it.

    `ONELANE_CONTRACTS` names another place.
    """
    folder = Path(os.environ.get("ONELANE_CONTRACTS") or PROJECT.parent / "shared" / "contracts")
    if not folder.is_dir():
        do_without(f"needs the sample exports: {folder} is no folder; set ONELANE_CONTRACTS to where they are")
    return folder


@pytest.fixture(scope="session")
def conformance_command() -> list[str]:
    """The beginning of a command line that runs the protocol's official conformance suite."""
    return node_command("@modelcontextprotocol/conformance/dist/index.js")


@pytest.fixture(scope="session")
def inspector_command() -> list[str]:
    """The beginning of a command line that runs the protocol's official inspector; `--cli` comes next."""
    return node_command("@modelcontextprotocol/inspector/clients/launcher/build/index.js")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The event loop of asynchronous tests, which need no mark: the one the product runs on."""
    return "asyncio"


def node_command(script: str) -> list[str]:
    node, path = PROJECT / ".tools/node/bin/node", PROJECT / ".tools/node_modules" / script
    if not (node.exists() and path.exists()):
        do_without(f"needs {script}, which `make test-setup` installs")
    return [str(node), str(path)]


def do_without(reason: str) -> NoReturn:
    """Step aside on a person's machine; in CI, where all is set up, what is missing is a fault and not a choice."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
