"""Which tests with a `database` of either kind run on PostgreSQL as well: where it is asked otherwise than SQLite."""

from collections.abc import Callable

import pytest

from tests.proof import FULL


def leave_out(
    config: pytest.Config,
    items: list[pytest.Item],
    is_here: Callable[[pytest.Item], bool],
    kind_of: Callable[[pytest.Item], str],
) -> None:
    """Let PostgreSQL be asked by the first test of each kind, SQLite by all of them; with the full proof both are.

    Args:
        is_here: whether the rule is for this test
        kind_of: tests of one kind ask the same
    """
    if FULL:
        return
    first: dict[str, pytest.Item] = {}
    more = [
        item
        for item in items
        if is_here(item) and _is_on_postgresql(item) and first.setdefault(kind_of(item), item) is not item
    ]
    config.hook.pytest_deselected(items=more)
    kept = {*items} - {*more}
    items[:] = [item for item in items if item in kept]


def name_of(item: pytest.Item) -> str:
    """The test, whichever its case."""
    return item.nodeid.partition("[")[0]


def file_of(item: pytest.Item) -> str:
    """Where the test stands."""
    return str(item.path)


def _is_on_postgresql(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and "[postgresql" in item.name
