"""The protocol's official suite passes both the product and the stack that it stands on."""

from pathlib import Path

import pytest

from tests.conformance.protocol_tools import ProtocolTools, Revision

BASELINES = Path(__file__).with_name("baselines")

# In one process, so that each server is started once.
pytestmark = pytest.mark.xdist_group("conformance")


def test_fixture_server_passes_the_2026_requirements(protocol_tools: ProtocolTools, fixture_server: str) -> None:
    verdict = protocol_tools.judge(fixture_server, "2026-07-28")
    assert verdict.conforms, verdict.summary


def test_fixture_server_passes_the_2025_requirements(protocol_tools: ProtocolTools, fixture_server: str) -> None:
    verdict = protocol_tools.judge(fixture_server, "2025-11-25")
    assert verdict.conforms, verdict.summary


def test_the_product_passes_the_2026_set_with_its_baseline(protocol_tools: ProtocolTools, product: str) -> None:
    verdict = protocol_tools.judge(product, "2026-07-28", expected_failures=baseline("2026-07-28"))
    assert verdict.conforms, verdict.summary


def test_the_product_passes_the_2025_set_with_its_baseline(protocol_tools: ProtocolTools, product: str) -> None:
    verdict = protocol_tools.judge(product, "2025-11-25", expected_failures=baseline("2025-11-25"))
    assert verdict.conforms, verdict.summary


def baseline(revision: Revision) -> Path:
    """What is expected to fail on a server without the suite's fixtures."""
    return BASELINES / f"baseline-{revision}.yml"
