"""How deep JSON nests is known from its text."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onelane.tools.registry.json_depth import DEEPEST_READ, TooDeep, check_depth


def nested(levels: int, inside: str = "") -> str:
    return "[" * levels + inside + "]" * levels


def test_a_hundred_levels_are_read_and_one_more_is_not() -> None:
    check_depth(nested(DEEPEST_READ))
    with pytest.raises(TooDeep, match="deeper than 100 levels"):
        check_depth(nested(DEEPEST_READ + 1))
    with pytest.raises(TooDeep):
        check_depth('{"a":' * (DEEPEST_READ + 1))


def test_what_stands_side_by_side_is_not_deep() -> None:
    check_depth("[" + ",".join(['{"a":[1]}'] * 5_000) + "]")


@pytest.mark.parametrize("text", ["[" * 500, '"' + "{" * 500, "\\" + "[" * 500, "\\" * 7 + '"' + "[" * 500])
def test_brackets_in_a_text_are_no_levels(text: str) -> None:
    written = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    check_depth(f'{{"a":{written}}}')
    with pytest.raises(TooDeep):
        check_depth(nested(DEEPEST_READ + 1, written))


@given(st.text(alphabet='\\"[]{}a', max_size=40), st.integers(95, 105))
def test_the_depth_does_not_depend_on_what_a_text_says(text: str, levels: int) -> None:
    written = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if levels > DEEPEST_READ:
        with pytest.raises(TooDeep):
            check_depth(nested(levels, written).encode())
    else:
        check_depth(nested(levels, written).encode())


def test_twice_the_text_costs_twice_as_much() -> None:
    def cost(size: int) -> float:
        began = process_time()
        check_depth("[" + '[{"a":"\\\\"}],' * size)
        return process_time() - began

    assert min(cost(200_000) for _ in range(3)) < 3 * min(cost(100_000) for _ in range(3)) + 0.1
