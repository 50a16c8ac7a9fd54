"""What is asked of which database in tests of tools."""

from pathlib import Path

import pytest

from tests.postgresql_cases import leave_out, name_of

TOOLS = Path(__file__).parent
ROOMS = [TOOLS / name for name in ("people", "registry", "sync", "workflows")]
"""Where the cases of a test differ in what is asked. In the intake they differ in what is kept."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """PostgreSQL is asked the first case of each test."""
    leave_out(config, items, lambda item: item.path.parent in ROOMS, name_of)
