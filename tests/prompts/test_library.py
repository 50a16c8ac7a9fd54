"""Prompts are texts with a title, a description and variables; what is not right about one is found when it is read."""

import re
from pathlib import Path

import pytest

from onelane.prompts.library import COMMANDS, Argument, BadPrompt, load, parse_prompt

HEAD = """+++
title = "Greet"
description = "Say hello"
[[arguments]]
name = "who"
description = "whom to greet"
[[arguments]]
name = "how"
description = "in which way"
default = "warmly"
+++
"""


def test_a_prompt_knows_its_title_its_description_and_its_arguments() -> None:
    prompt = parse_prompt("greet", HEAD + "\nGreet {{who}} {{ how }}.\n")
    assert (prompt.title, prompt.description, prompt.text) == ("Greet", "Say hello", "Greet {{who}} {{ how }}.")
    assert prompt.arguments == (Argument("who", "whom to greet"), Argument("how", "in which way", "warmly"))
    assert [each.required for each in prompt.arguments] == [True, False]


def test_variables_are_filled_in_once_and_as_they_are() -> None:
    prompt = parse_prompt("greet", HEAD + "Greet {{who}} {{how}}, {{who}}!")
    assert prompt.filled(who="{{how}}") == "Greet {{how}} warmly, {{how}}!"


def test_a_missing_variable_is_an_error() -> None:
    with pytest.raises(BadPrompt, match=r"greet\.md has no value for who\."):
        parse_prompt("greet", HEAD + "Greet {{who}} {{how}}.").filled()


def test_a_value_without_a_variable_is_an_error() -> None:
    with pytest.raises(BadPrompt, match=r"greet\.md has no variable whom\."):
        parse_prompt("greet", HEAD + "Greet {{who}} {{how}}.").filled(who="Ada", whom="Ada")


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("Hello", "between two lines of"),
        ("Hello\n" + HEAD, r"must begin with \+\+\+"),
        ("+++\ntitle = \n+++\nHello", "is not right"),
        ('+++\ntitle = "A"\n+++\nHello', "is not right: 'description'"),
        (HEAD.replace("default", "fallback") + "{{who}} {{how}}", "is not right"),
        (HEAD + "Greet {{who}}.", "must both declare and use: how"),
        (HEAD + "Greet {{who}} {{how}} {{often}}.", "must both declare and use: often"),
    ],
)
def test_a_file_that_is_not_right_is_refused(source: str, complaint: str) -> None:
    with pytest.raises(BadPrompt, match=complaint):
        parse_prompt("greet", source)


def test_a_prompt_that_there_is_not_is_refused() -> None:
    with pytest.raises(BadPrompt, match=r"There is no prompt nothing\.md\."):
        load("nothing")


def test_every_file_can_be_loaded_and_every_command_has_a_file(project: Path) -> None:
    files = {file.stem for file in (project / "prompts").glob("*.md")}
    assert set(COMMANDS) <= files
    assert all(load(name).text for name in files)


def test_every_command_says_that_what_others_wrote_is_data(project: Path) -> None:
    for name in COMMANDS:
        assert re.search(r"\bdata\b", load(name).text), name
