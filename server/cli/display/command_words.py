"""What texts for every door say, in the words of a terminal: a tool's name as the command that does the same."""

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CommandForm:
    """How a tool is called at a terminal.

    Args:
        command: what is typed
        first: the arguments that are typed without their name, in order
        renamed: what an argument is called there
    """

    command: str
    first: Sequence[str] = ()
    renamed: Mapping[str, str] = field(default_factory=dict[str, str])


COMMAND_FORMS: Mapping[str, CommandForm] = {
    "activate_template": CommandForm("templates activate", ["template_id"]),
    "archive_contacts": CommandForm("contacts archive", ["contact_ids"]),
    "create_template": CommandForm("templates create", ["name"]),
    "enroll_contacts": CommandForm("enroll", ["template_id", "contact_ids"]),
    "explain": CommandForm("explain", ["id"]),
    "get_contact": CommandForm("contacts show", ["contact_id"]),
    "get_draft": CommandForm("content show", ["draft_id"]),
    "get_outbound": CommandForm("outbound show", ["action_id"]),
    "get_run": CommandForm("runs show", ["run_id"]),
    "get_template": CommandForm("templates show", ["template_id"]),
    "lint_template": CommandForm("templates lint", ["template_id"]),
    "list_accounts": CommandForm("accounts list"),
    "list_drafts": CommandForm("content list", renamed={"contact_id": "contact"}),
    "list_outbound": CommandForm("outbound list", renamed={"template_id": "template", "contact_id": "contact"}),
    "list_runs": CommandForm("runs list", renamed={"workflow_type": "type"}),
    "list_schedules": CommandForm("schedules list"),
    "list_suppressions": CommandForm("suppressions list"),
    "list_tasks": CommandForm("tasks list", renamed={"task_type": "type", "contact_id": "contact"}),
    "list_templates": CommandForm("templates list"),
    "preview_sequence": CommandForm("templates preview", ["template_id"], {"contact_ids": "contact"}),
    "restore_contacts": CommandForm("contacts restore", ["contact_ids"], {"run_id": "run-id"}),
    "save_contact": CommandForm("contacts save"),
    "search_contacts": CommandForm("contacts search", ["query"]),
    "set_schedule": CommandForm("schedules set"),
    "start_run": CommandForm("runs start", ["workflow_type"]),
    "start_sync": CommandForm("sync", ["sub_type", "file"]),
    "suppress_address": CommandForm("suppressions add", ["address"]),
    "update_template": CommandForm("templates update", ["template_id"]),
}
"""The tools of which texts speak and that have a command of their own."""

_BY_CALL = (
    "merge_contacts", "keep_contacts_apart", "update_enrollment", "list_run_steps", "list_enrollments", "save_draft",
    "begin_agent_run", "read_page", "url_fetch", "browser_scrape",
)  # fmt: skip
"""Those that are called by their name."""
_STEERS = {"control_run": "action", "finish_task": "outcome"}
"""Those of which each deed has a command of its own, and the argument that says which."""
_STEERING: Mapping[str, CommandForm] = {
    **{deed: CommandForm(f"runs {deed}", ["run_id"]) for deed in ("pause", "resume", "cancel", "retry")},
    **{deed: CommandForm(f"tasks {deed}", ["task_id"]) for deed in ("done", "skip", "snooze")},
    "undo": CommandForm("undo", ["run_id"]),
}
_ARGUMENTS = r"(?:\w+=(?:'[^']*'|\d+|\[\.\.\.\])(?:, )?)*"
_TOOL_CALL = re.compile(
    rf"(?<![\w.'(])`?({'|'.join([*COMMAND_FORMS, *_BY_CALL, *_STEERS])})(?:\(({_ARGUMENTS})\))?(?![\w(])`?"
)
_ARGUMENT = re.compile(r"(\w+)=(?:'([^']*)'|(\d+)|\[\.\.\.\])")


def in_commands(text: str) -> str:
    """A text in which tools are called as a terminal calls them; what can't be typed there stays as it is."""
    return _TOOL_CALL.sub(lambda found: _command_line(found[1], found[2], found[0]), text)


def _command_line(tool: str, arguments_text: str | None, whole: str) -> str:
    # A list of which a text leaves open what stands in it is typed as the name of one of its things.
    arguments = {
        name: text or number or name.removesuffix("s").upper()
        for name, text, number in _ARGUMENT.findall(arguments_text or "")
    }
    if tool in _BY_CALL:
        return _call_command(tool, arguments)
    form = _STEERING.get(arguments.pop(_STEERS[tool], "")) if tool in _STEERS else COMMAND_FORMS[tool]
    if form is None:
        return whole
    first = [arguments.pop(name) for name in form.first if name in arguments]
    options = (part for name, value in arguments.items() for part in (_option(form, name), value))
    return shlex.join(["onelane", *form.command.split(), *first, *options])


def _option(form: CommandForm, argument: str) -> str:
    return f"--{form.renamed.get(argument, argument).replace('_', '-')}"


def _call_command(tool: str, arguments: Mapping[str, str]) -> str:
    return shlex.join(["onelane", "call", tool, *([json.dumps(arguments)] if arguments else [])])
