"""Changing one place in a file that belongs to somebody else."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onelane.server.cli.clients.jsonc import NotJson, parsed, with_member, without_member

ENTRY = {"command": "/bin/onelane", "args": ["mcp"]}
COMMENTED = """\
// My servers
{
\t"inputs": [], /* none */
\t"servers": {
\t\t// the one I use most
\t\t"files": {"command": "npx", "args": ["-y", "files"]}, // keep
\t},
}
"""

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def test_comments_order_and_indentation_stay() -> None:
    changed = with_member(COMMENTED, "servers", "onelane", ENTRY)
    assert [line for line in COMMENTED.splitlines() if line not in changed.splitlines()] == []
    assert parsed(changed)["servers"]["onelane"] == ENTRY
    assert '\n\t\t"onelane": {\n\t\t\t"command"' in changed


def test_an_entry_that_is_there_is_replaced_where_it_stands() -> None:
    text = '{"mcpServers": {"onelane": {"command": "old"}, "other": {"command": "x"}}, "theme": "dark"}'
    changed = with_member(text, "mcpServers", "onelane", ENTRY)
    assert json.loads(changed) == {"mcpServers": {"onelane": ENTRY, "other": {"command": "x"}}, "theme": "dark"}
    assert changed.endswith('"other": {"command": "x"}}, "theme": "dark"}')


@pytest.mark.parametrize("text", ["", "  \n", "{}", '{"mcpServers": {}}', '{"mcpServers": null}', '{"theme": "dark"}'])
def test_a_file_without_servers_gets_them(text: str) -> None:
    expected: dict[str, Any] = {**(json.loads(text) if text.strip() else {}), "mcpServers": {"onelane": ENTRY}}
    assert json.loads(with_member(text, "mcpServers", "onelane", ENTRY)) == expected


def test_line_ends_of_windows_stay() -> None:
    changed = with_member('{\r\n  "a": 1\r\n}\r\n', "mcpServers", "onelane", ENTRY)
    assert changed.replace("\r\n", "").count("\n") == 0
    assert json.loads(changed)["a"] == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[]", "should be an object"),
        ('{"mcpServers": []}', "'mcpServers' should be an object"),
        ('{"a": 1', "a comma is missing|name in quotes|Expecting"),
        ('{"a" 1}', "a colon is missing"),
        ('{"a": 1 "b": 2}', "line 1: a comma is missing"),
        ('{"a": 1, "a": 2}', "'a' stands there twice"),
        ('{"a": NaN}', "NaN is no JSON"),
        ("{} {}", "something follows its end"),
        ("{/* never closed ", "name in quotes|Expecting"),
    ],
)
def test_an_unreadable_configuration_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(NotJson, match=reason):
        with_member(text, "mcpServers", "onelane", ENTRY)


@given(st.dictionaries(st.text(max_size=5), values, max_size=4), st.sampled_from([None, 2, "\t"]))
def test_any_json_keeps_all_else(data: dict[str, Any], indent: int | str | None) -> None:
    servers: dict[str, Any] = {"kept": {"command": "x"}}
    data["mcpServers"] = servers
    changed = with_member(json.dumps(data, indent=indent), "mcpServers", "onelane", ENTRY)
    assert json.loads(changed) == {**data, "mcpServers": {**servers, "onelane": ENTRY}}


@given(
    members=st.dictionaries(st.text(max_size=5), values, min_size=1, max_size=4),
    rest=st.dictionaries(st.text(max_size=5).filter(lambda name: name != "servers"), values, max_size=3),
    indent=st.sampled_from([None, 2, "\t"]),
    data=st.data(),
)
def test_a_member_that_is_taken_out_is_gone_and_all_else_stays(
    members: dict[str, Any], rest: dict[str, Any], indent: int | str | None, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(members)))
    text = json.dumps({"servers": members, **rest}, indent=indent)
    left = {each: value for each, value in members.items() if each != name}
    assert json.loads(without_member(text, "servers", name)) == {"servers": left, **rest}


def test_comments_around_a_member_that_is_taken_out_stay() -> None:
    with_entry = with_member(COMMENTED, "servers", "onelane", ENTRY)
    without = without_member(with_entry, "servers", "onelane")
    assert [comment for comment in ("// My servers", "/* none */", "// keep") if comment not in without] == []
    assert parsed(without) == parsed(COMMENTED)
