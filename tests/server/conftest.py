"""What tests of the faces may ask for."""

import pytest

ERAS = ("auto", "legacy")


@pytest.fixture(params=ERAS)
def era(request: pytest.FixtureRequest) -> str:
    """How a client begins: as 2026-07-28 has it, or with the handshake of 2025-11-25."""
    mode: str = request.param
    return mode
