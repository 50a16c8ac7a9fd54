"""What is asked of which database in tests of tools."""

from pathlib import Path

import pytest

from tests.proof import FULL

TOOLS = Path(__file__).parent
ROOMS = [TOOLS / name for name in ("people", "registry", "sync", "workflows")]
"""Where the cases of a test differ in what is asked. In the intake they differ in what is kept."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """PostgreSQL is asked the first case of each test, SQLite all of them; with the full proof both are."""
    if FULL:
        return
    first: dict[str, pytest.Item] = {}
    left_out = [
        item
        for item in items
        if item.path.parent in ROOMS and is_on_postgresql(item) and first.setdefault(name_of(item), item) is not item
    ]
    config.hook.pytest_deselected(items=left_out)
    kept = {*items} - {*left_out}
    items[:] = [item for item in items if item in kept]


def is_on_postgresql(item: pytest.Item) -> bool:
    """Whether a test with a `database` of either kind has this one here."""
    return isinstance(item, pytest.Function) and "[postgresql" in item.name


def name_of(item: pytest.Item) -> str:
    """The test, whichever its case."""
    return item.nodeid.partition("[")[0]
