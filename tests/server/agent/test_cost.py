"""What calls cost, checked against two price tables where these agree."""

import json
from pathlib import Path

import pytest

from onelane.server.agent.model import Usage, as_json, cost_of, cost_usd, estimate_usd, usage_of, window_tokens

MILLION = 1_000_000
USED = {
    "input": {"input_tokens": 1000},
    "output": {"output_tokens": 1000},
    "cache_write_5m": {"cache_creation_input_tokens": 1000},
    "cache_write_1h": {
        "cache_creation_input_tokens": 1000,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 1000},
    },
    "cache_read": {"cache_read_input_tokens": 1000},
}


def test_every_price_on_which_two_tables_agree_is_the_one_we_count_with(contracts: Path) -> None:
    table = json.loads((contracts / "anthropic" / "price-crosscheck.json").read_text())["models"]
    agreed = [
        (model, kind, price["litellm"])
        for model, prices in table.items()
        for kind, price in prices.items()
        if price["agree"] and price["litellm"] is not None
    ]
    assert len(agreed) > 50
    for model, kind, per_million in agreed:
        usage = {"input_tokens": 0, "output_tokens": 0} | USED[kind]
        assert cost_usd(model, usage) == pytest.approx(per_million / 1000), (model, kind)


def test_a_price_that_one_table_has_is_that_price_or_unknown_and_never_zero(contracts: Path) -> None:
    table = json.loads((contracts / "anthropic" / "price-crosscheck.json").read_text())["models"]
    for model, prices in table.items():
        known = prices["input"]["genai_prices"]
        cost = cost_usd(model, {"input_tokens": 1000, "output_tokens": 0})
        assert cost == (None if known is None else pytest.approx(known / 1000)), model


@pytest.mark.parametrize("model", ["qwen3:32b", "claude-mythos-5", "", "gpt-5"])
def test_a_model_without_a_known_price_costs_an_unknown_amount(model: str) -> None:
    assert cost_usd(model, {"input_tokens": 10, "output_tokens": 10}) is None
    assert cost_of(model, Usage(input_tokens=10)) is None
    assert estimate_usd(model, 10, 10) is None


def test_a_usage_that_says_nothing_costs_an_unknown_amount() -> None:
    assert cost_usd("claude-sonnet-5-5", {}) is None


def test_a_call_is_the_sum_of_its_parts() -> None:
    usage = {
        "input_tokens": 1000,
        "output_tokens": 100,
        "cache_read_input_tokens": 5000,
        "cache_creation_input_tokens": 3000,
        "cache_creation": {"ephemeral_5m_input_tokens": 1000, "ephemeral_1h_input_tokens": 2000},
        "server_tool_use": {"web_search_requests": 3},
    }
    parts = 1000 * 2 + 100 * 10 + 5000 * 0.1 + 1000 * 2.5 + 2000 * 4
    assert cost_usd("claude-sonnet-5-5", usage) == pytest.approx(parts / MILLION + 3 * 10 / 1000)
    assert cost_of("claude-sonnet-5-5", usage_of(usage)) == cost_usd("claude-sonnet-5-5", usage)


def test_haiku_costs_five_times_as_much_above_a_hundred_thousand_tokens_of_prompt() -> None:
    below = cost_usd("claude-haiku-5-5", {"input_tokens": 100_000, "output_tokens": 1000})
    above = cost_usd("claude-haiku-5-5", {"input_tokens": 1, "cache_read_input_tokens": 100_000, "output_tokens": 1000})
    assert below == pytest.approx(0.1 * 0.1 + 0.5 / 1000)
    assert above == pytest.approx(5 * (0.01 * 0.1 + 0.1 / MILLION + 0.5 / 1000))


def test_a_hold_is_never_less_than_the_cost_of_the_call() -> None:
    for model in ("claude-sonnet-5-5", "claude-haiku-5-5", "claude-opus-5-5"):
        for prompt in (100, 99_000, 150_000):
            held = estimate_usd(model, prompt, 2000)
            assert held is not None
            for usage in (
                Usage(input_tokens=prompt),
                Usage(cache_read_tokens=prompt),
                Usage(cache_write_tokens=prompt),
            ):
                cost = cost_of(model, usage + Usage(output_tokens=2000))
                assert cost is not None
                assert cost <= held


def test_a_usage_is_the_same_after_it_was_put_in_the_providers_words() -> None:
    usage = Usage(1, 2, 3, 4, 5, 6)
    assert usage_of(as_json(usage)) == usage
    assert usage + usage == Usage(2, 4, 6, 8, 10, 12)
    assert usage.prompt_tokens == 1 + 3 + 4 + 5
    assert bool(usage)
    assert not Usage()


def test_counts_that_a_gateway_leaves_out_or_empty_are_none() -> None:
    usage = {"input_tokens": 5, "output_tokens": None, "cache_creation": None, "server_tool_use": None}
    assert usage_of(usage) == Usage(input_tokens=5)


def test_a_model_has_the_window_that_is_known_of_it_or_a_careful_one() -> None:
    assert window_tokens("claude-sonnet-5-5") == 1_000_000
    assert window_tokens("claude-haiku-4-5") == 200_000
    assert window_tokens("qwen3:32b") == 200_000
