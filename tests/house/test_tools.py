"""Every tool says of itself all that its faces need."""

import re
from collections import Counter
from typing import Any

from onelane.tools.catalogue import all_tools
from onelane.tools.people.contact_views import ContactPage
from onelane.tools.registry.result import PageResult


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


def test_an_empty_list_says_what_leads_to_its_first_item() -> None:
    tools = all_tools()
    # A search tells an empty address book from one in which nobody fits; that is said beside the list.
    kinds = {kind for tool in tools for kind in tool.answers} - {ContactPage}
    pages: list[type[PageResult[Any]]] = [kind for kind in kinds if issubclass(kind, PageResult)]
    texts = [kind.model_construct(data=[], total=0, next_cursor=None).text() for kind in pages]
    assert len(texts) > 10
    assert [text for text in texts if not re.fullmatch(r"No [a-z]+\. [A-Z`a-z].+\.", text)] == []
    calls = {word for text in texts for word in re.findall(r"[a-z]+_[a-z_]+", text)}
    assert calls <= {tool.name for tool in tools}
