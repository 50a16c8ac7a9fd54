"""Slash commands: the texts of `onelane.prompts`, filled in with what was typed behind their names."""

import re
from difflib import get_close_matches

from onelane.prompts.library import COMMANDS, PromptText, load
from onelane.tools.registry.errors import BadRequest

OWN = {
    "help": "what can be typed",
    "cost": "what the chat has used so far",
    "run": "the run that it leaves, and its latest steps",
    "quit": "end the chat",
}
"""What the chat answers itself."""

_COMMAND = re.compile(r"/([\w-]+)(?:\s+(.*))?$", re.DOTALL)
_NAMED = re.compile(r"(?:^|\s)([a-z_]+)=")


def command_in(text: str) -> str | None:
    """The name of the command that a message is; None when it is just a message, such as one about /tmp/file."""
    found = _COMMAND.match(text)
    return None if found is None else found[1]


def filled(text: str) -> str:
    """What the person says with this: the command's text, or what they typed.

    `/prospect who=heads of data in Berlin count=5` and `/prospect heads of data in Berlin` both work.

    Raises:
        BadRequest: there is no such command or argument, or one is missing
    """
    found = _COMMAND.match(text)
    if found is None:
        return text
    if found[1] not in COMMANDS:
        raise BadRequest(_unknown(found[1]))
    prompt = load(found[1])
    given = _arguments(prompt, (found[2] or "").strip())
    for each in prompt.arguments:
        if each.required and each.name not in given:
            raise BadRequest(f"/{prompt.name} needs {each.name}: {each.description}. {usage(prompt)}")
    return prompt.filled(**given)


def help_text() -> str:
    """All that can be typed, a line each."""
    own = [f"/{name:<22} {what}" for name, what in OWN.items()]
    prompts = [line for name in COMMANDS for line in _described(load(name))]
    return "\n".join(("Type what you want, or:", *own, *prompts, "Ctrl-C stops an answer, Ctrl-D ends the chat."))


def usage(prompt: PromptText) -> str:
    """How a command is typed."""
    takes = [f"{each.name}=…" if each.required else f"[{each.name}=…]" for each in prompt.arguments]
    return f"Type: {' '.join((f'/{prompt.name}', *takes))}"


def _described(prompt: PromptText) -> list[str]:
    takes = " ".join(f"{each.name}=…" if each.required else f"[{each.name}=…]" for each in prompt.arguments)
    return [f"/{prompt.name:<22} {prompt.description}", *([f"{'':<24}{takes}"] if takes else [])]


def _arguments(prompt: PromptText, typed: str) -> dict[str, str]:
    """What was typed behind the name; what has no name of its own is the first argument."""
    known = [each.name for each in prompt.arguments]
    marks = list(_NAMED.finditer(typed))
    given: dict[str, str] = {}
    if free := typed[: marks[0].start() if marks else None].strip():
        if not known:
            raise BadRequest(f"/{prompt.name} takes nothing, so what should {free!r} be?")
        given[known[0]] = _unquoted(free)
    ends = [*(mark.start() for mark in marks), len(typed)][1:]
    for mark, end in zip(marks, ends, strict=True):
        if mark[1] not in known:
            raise BadRequest(f"/{prompt.name} has no {mark[1]!r}. {usage(prompt)}")
        if value := _unquoted(typed[mark.end() : end].strip()):
            given[mark[1]] = value
    return given


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def _unknown(name: str) -> str:
    near = get_close_matches(name, [*OWN, *COMMANDS], n=1)
    hint = f"Did you mean /{near[0]}?" if near else "/help shows what there is."
    return f"There is no command /{name}. {hint}"
