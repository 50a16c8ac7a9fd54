"""Slash commands: the texts of `onelane.prompts`, filled in with what was typed behind their names."""

import re
from difflib import get_close_matches

from onelane.prompts.library import COMMANDS, PromptText, load
from onelane.tools.registry.errors import BadRequest

CHAT_COMMANDS = {
    "help": "what can be typed",
    "cost": "what the chat has used so far",
    "run": "the run that it leaves, and its latest steps",
    "quit": "end the chat",
}
"""What the chat answers itself."""

_COMMAND = re.compile(r"/([\w-]+)(?:\s+(.*))?$", re.DOTALL)
_ARGUMENT = re.compile(r"(?:^|\s)([a-z_]+)=")


def command_in(text: str) -> str | None:
    """The name of the command that a message is; None when it is just a message, such as one about /tmp/file."""
    match = _COMMAND.match(text)
    return None if match is None else match[1]


def message_of(text: str) -> str:
    """What the person says with this: the command's text, or what they typed.

    `/prospect who=heads of data in Berlin count=5` and `/prospect heads of data in Berlin` both work.

    Raises:
        BadRequest: there is no such command or argument, or one is missing
    """
    match = _COMMAND.match(text)
    if match is None:
        return text
    if match[1] not in COMMANDS:
        raise BadRequest(_no_command(match[1]))
    prompt = load(match[1])
    arguments = _arguments(prompt, (match[2] or "").strip())
    for argument in prompt.arguments:
        if argument.required and argument.name not in arguments:
            raise BadRequest(f"/{prompt.name} needs {argument.name}: {argument.description}. {usage(prompt)}")
    return prompt.filled(**arguments)


def help_text() -> str:
    """All that can be typed, a line each."""
    commands = [f"/{name:<22} {purpose}" for name, purpose in CHAT_COMMANDS.items()]
    prompts = [line for name in COMMANDS for line in _prompt_lines(load(name))]
    return "\n".join(("Type what you want, or:", *commands, *prompts, "Ctrl-C stops an answer, Ctrl-D ends the chat."))


def usage(prompt: PromptText) -> str:
    """How a command is typed."""
    takes = [f"{each.name}=…" if each.required else f"[{each.name}=…]" for each in prompt.arguments]
    return f"Type: {' '.join((f'/{prompt.name}', *takes))}"


def _prompt_lines(prompt: PromptText) -> list[str]:
    takes = " ".join(f"{each.name}=…" if each.required else f"[{each.name}=…]" for each in prompt.arguments)
    return [f"/{prompt.name:<22} {prompt.description}", *([f"{'':<24}{takes}"] if takes else [])]


def _arguments(prompt: PromptText, text: str) -> dict[str, str]:
    """What was typed behind the name; what has no name of its own is the first argument."""
    names = [each.name for each in prompt.arguments]
    marks = list(_ARGUMENT.finditer(text))
    values: dict[str, str] = {}
    if free := text[: marks[0].start() if marks else None].strip():
        if not names:
            raise BadRequest(f"/{prompt.name} takes nothing, so what should {free!r} be?")
        values[names[0]] = _unquote(free)
    ends = [*(mark.start() for mark in marks), len(text)][1:]
    for mark, end in zip(marks, ends, strict=True):
        if mark[1] not in names:
            raise BadRequest(f"/{prompt.name} has no {mark[1]!r}. {usage(prompt)}")
        if value := _unquote(text[mark.end() : end].strip()):
            values[mark[1]] = value
    return values


def _unquote(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def _no_command(name: str) -> str:
    near = get_close_matches(name, [*CHAT_COMMANDS, *COMMANDS], n=1)
    hint = f"Did you mean /{near[0]}?" if near else "/help shows what there is."
    return f"There is no command /{name}. {hint}"
