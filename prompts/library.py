"""Prompts are texts: one Markdown file each, with a title, a description and arguments before the text.

See docs/house.md, "Prompts".

A file begins with TOML between two lines of `+++`:

    +++
    title = "Import"
    description = "Bring in an export file"
    [[arguments]]
    name = "file"
    description = "the file's name"
    default = "the newest export"
    +++
    Import {{file}}.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

COMMANDS = ("sync", "prospect", "enrich", "prune", "write-sequence", "review-outbound", "weekly-review")
"""The prompts that people call by name, in the order in which clients list them."""

_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


class BadPrompt(Exception):
    """A prompt can't be used: there is no such file, it is not written right, or a variable is missing."""


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a prompt.

    Args:
        name: its variable in the text
        description: what to give, without a full stop
        default: what stands in the text when nothing is given; without one the argument is required
    """

    name: str
    description: str
    default: str | None = None

    @property
    def required(self) -> bool:
        """Whether the prompt can't do without it."""
        return self.default is None


@dataclass(frozen=True, slots=True)
class PromptText:
    """A prompt as its file has it."""

    name: str
    title: str
    description: str
    arguments: tuple[Argument, ...]
    text: str

    def filled(self, **inputs: str) -> str:
        """The text with its variables filled in.

        What is given is put in as it is: braces in it are not variables.

        Raises:
            BadPrompt: a variable has neither a value nor a default, or a value has no variable
        """
        defaults = {each.name: each.default for each in self.arguments if each.default is not None}
        values = {**defaults, **inputs}
        variables = self.variables
        if missing_names := sorted(variables - values.keys()):
            raise BadPrompt(f"{self.name}.md has no value for {', '.join(missing_names)}.")
        if unknown_names := sorted(inputs.keys() - variables):
            raise BadPrompt(f"{self.name}.md has no variable {', '.join(unknown_names)}.")
        return _VARIABLE.sub(lambda variable: values[variable[1]], self.text)

    @property
    def variables(self) -> frozenset[str]:
        """The names in double braces."""
        return frozenset(_VARIABLE.findall(self.text))


def load(name: str) -> PromptText:
    """The prompt of the file `name.md` in this folder.

    Raises:
        BadPrompt: there is no such file, or it is not written right
    """
    try:
        source = Path(__file__).with_name(f"{name}.md").read_text(encoding="utf-8")
    except OSError as error:
        raise BadPrompt(f"There is no prompt {name}.md.") from error
    return parse_prompt(name, source)


def parse_prompt(name: str, source: str) -> PromptText:
    """A prompt from its source.

    Raises:
        BadPrompt: it is not written right; the message says where
    """
    opening, head, text = _parts(name, source)
    if opening.strip():
        raise BadPrompt(f"{name}.md must begin with +++.")
    prompt = _prompt(name, head, text.strip())
    if odd := prompt.variables ^ {each.name for each in prompt.arguments}:
        raise BadPrompt(f"{name}.md must both declare and use: {', '.join(sorted(odd))}.")
    return prompt


def _prompt(name: str, head: str, text: str) -> PromptText:
    try:
        about = tomllib.loads(head)
        arguments = tuple(Argument(**each) for each in about.get("arguments", ()))
        return PromptText(name, about["title"], about["description"], arguments, text)
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise BadPrompt(f"The beginning of {name}.md is not right: {error}.") from error


def _parts(name: str, source: str) -> tuple[str, str, str]:
    parts = re.split(r"^\+\+\+[ \t]*$", source, maxsplit=2, flags=re.MULTILINE)
    if len(parts) != 3:
        raise BadPrompt(f"{name}.md must begin with its title, description and arguments between two lines of +++.")
    return parts[0], parts[1], parts[2]
