"""What texts for every door say, in the words of a terminal: a tool's name as the command that does the same."""

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TypedAs:
    """How a tool is called at a terminal.

    Args:
        command: what is typed
        first: the arguments that are typed without their name, in order
        renamed: what an argument is called there
    """

    command: str
    first: Sequence[str] = ()
    renamed: Mapping[str, str] = field(default_factory=dict[str, str])


TYPED: Mapping[str, TypedAs] = {
    "activate_template": TypedAs("templates activate", ["template_id"]),
    "archive_contacts": TypedAs("contacts archive", ["contact_ids"]),
    "create_template": TypedAs("templates create", ["name"]),
    "enroll_contacts": TypedAs("enroll", ["template_id", "contact_ids"]),
    "explain": TypedAs("explain", ["id"]),
    "get_contact": TypedAs("contacts show", ["contact_id"]),
    "get_draft": TypedAs("content show", ["draft_id"]),
    "get_outbound": TypedAs("outbound show", ["action_id"]),
    "get_run": TypedAs("runs show", ["run_id"]),
    "get_template": TypedAs("templates show", ["template_id"]),
    "lint_template": TypedAs("templates lint", ["template_id"]),
    "list_accounts": TypedAs("accounts list"),
    "list_drafts": TypedAs("content list", renamed={"contact_id": "contact"}),
    "list_outbound": TypedAs("outbound list", renamed={"template_id": "template", "contact_id": "contact"}),
    "list_runs": TypedAs("runs list", renamed={"workflow_type": "type"}),
    "list_schedules": TypedAs("schedules list"),
    "list_suppressions": TypedAs("suppressions list"),
    "list_tasks": TypedAs("tasks list", renamed={"task_type": "type", "contact_id": "contact"}),
    "list_templates": TypedAs("templates list"),
    "preview_sequence": TypedAs("templates preview", ["template_id"], {"contact_ids": "contact"}),
    "restore_contacts": TypedAs("contacts restore", ["contact_ids"], {"run_id": "run-id"}),
    "save_contact": TypedAs("contacts save"),
    "search_contacts": TypedAs("contacts search", ["query"]),
    "set_schedule": TypedAs("schedules set"),
    "start_sync": TypedAs("sync", ["sub_type", "file"]),
    "update_template": TypedAs("templates update", ["template_id"]),
}
"""The tools of which texts speak and that have a command of their own."""

_BY_CALL = ("merge_contacts", "keep_contacts_apart", "update_enrollment", "list_run_steps", "list_enrollments")
"""Those that are called by their name."""
_STEERS = {"control_run": "action", "finish_task": "outcome"}
"""Those of which each deed has a command of its own, and the argument that says which."""
_STEERING: Mapping[str, TypedAs] = {
    **{deed: TypedAs(f"runs {deed}", ["run_id"]) for deed in ("pause", "resume", "cancel", "retry")},
    **{deed: TypedAs(f"tasks {deed}", ["task_id"]) for deed in ("done", "skip", "snooze")},
    "undo": TypedAs("undo", ["run_id"]),
}
_ARGUMENTS = r"(?:\w+=(?:'[^']*'|\d+|\[\.\.\.\])(?:, )?)*"
_NAMED = re.compile(rf"(?<![\w.'(])`?({'|'.join([*TYPED, *_BY_CALL, *_STEERS])})(?:\(({_ARGUMENTS})\))?(?![\w(])`?")
_ARGUMENT = re.compile(r"(\w+)=(?:'([^']*)'|(\d+)|\[\.\.\.\])")


def in_commands(text: str) -> str:
    """A text in which tools are called as a terminal calls them; what can't be typed there stays as it is."""
    return _NAMED.sub(lambda found: _typed(found[1], found[2], found[0]), text)


def _typed(tool: str, written: str | None, whole: str) -> str:
    # A list of which a text leaves open what stands in it is typed as the name of one of its things.
    given = {
        name: text or number or name.removesuffix("s").upper()
        for name, text, number in _ARGUMENT.findall(written or "")
    }
    if tool in _BY_CALL:
        return _called(tool, given)
    how = _STEERING.get(given.pop(_STEERS[tool], "")) if tool in _STEERS else TYPED[tool]
    if how is None:
        return whole
    first = [given.pop(name) for name in how.first if name in given]
    options = (part for name, value in given.items() for part in (_option(how, name), value))
    return shlex.join(["onelane", *how.command.split(), *first, *options])


def _option(how: TypedAs, argument: str) -> str:
    return f"--{how.renamed.get(argument, argument).replace('_', '-')}"


def _called(tool: str, given: Mapping[str, str]) -> str:
    return shlex.join(["onelane", "call", tool, *([json.dumps(given)] if given else [])])
