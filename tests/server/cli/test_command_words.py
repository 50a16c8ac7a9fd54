"""What texts for every door say at a terminal: commands that can be typed, instead of tools' names."""

import shlex
from importlib import import_module

import pytest
import typer

from onelane.server.cli.display.command_words import COMMAND_FORMS, in_commands
from onelane.server.cli.menu import MENU

SAID = {
    "Later: get_run(run_id='run_12345678') says how far it is.": (
        "Later: onelane runs show run_12345678 says how far it is."
    ),
    "Next: control_run(run_id='run_1', action='resume').": "Next: onelane runs resume run_1.",
    "finish_task(task_id='tsk_1', outcome='done') closes it.": "onelane tasks done tsk_1 closes it.",
    "list_tasks(task_type='manual'), which names the call": "onelane tasks list --type manual, which names the call",
    "Next: merge_contacts(other_id='con_a', kept_id='con_b')": (
        """Next: onelane call merge_contacts '{"other_id": "con_a", "kept_id": "con_b"}'"""
    ),
    "`search_contacts` finds them; list_runs shows the latest.": (
        "onelane contacts search finds them; onelane runs list shows the latest."
    ),
    "suppress_address adds one.": "onelane suppressions add adds one.",
    "set_schedule, or chg_1 (set_schedule, today)": "onelane schedules set, or chg_1 (set_schedule, today)",
    "control_run cancels it, with enroll_contacts(contact_ids=[...]).": (
        "control_run cancels it, with onelane enroll CONTACT_ID."
    ),
}


@pytest.mark.parametrize("text", SAID)
def test_a_tools_name_is_said_as_the_command_that_does_the_same(text: str) -> None:
    assert in_commands(text) == SAID[text]


def test_each_command_that_is_said_can_be_typed() -> None:
    groups = {entry.name: entry for entry in MENU}
    for typed in COMMAND_FORMS.values():
        group, *name = shlex.split(typed.command)
        assert group in groups
        if name:
            app = typer.Typer()
            import_module(groups[group].module).add_to(app)
            assert name[0] in {command.name for command in app.registered_commands}, typed.command
