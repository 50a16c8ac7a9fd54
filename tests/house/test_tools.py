"""Every tool says of itself all that its faces need."""

from collections import Counter

from onelane.tools.catalogue import all_tools


def test_every_tool_says_what_it_does_and_what_each_argument_is() -> None:
    silent = [
        f"{tool.name}.{argument}"
        for tool in all_tools()
        for argument in ("", *tool.signature.parameters)
        if not (tool.argument_help.get(argument) if argument else tool.description)
    ]
    assert silent == []


def test_no_tool_explains_an_argument_that_it_does_not_take() -> None:
    stale = [
        f"{tool.name}.{argument}"
        for tool in all_tools()
        for argument in tool.argument_help
        if argument not in tool.signature.parameters and argument != "idempotency_key"
    ]
    assert stale == []


def test_no_two_tools_stand_at_the_same_place() -> None:
    places = Counter(
        (tool.spec.route.method, tool.spec.route.path) for tool in all_tools() if tool.spec.route is not None
    )
    assert {place for place, count in places.items() if count > 1} == set()
