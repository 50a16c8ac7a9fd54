"""Ready-made templates: one Markdown file each in `templates/`, with what a run or a sequence needs.

See docs/tables.md, "Templates".

A file begins with TOML between two lines of `+++`: name, description, template_type, platform (if it is for one only),
config, goal_metrics, parameters and steps. `text_is` says what the text below is:

- the name of a setting, such as `requirements`: the text becomes that setting of the config;
- `messages`: each section of the text is a message; a step that says `message = "Heading"` gets it as its `text`.

`{{word}}` stands for a parameter of that name, in the config, the steps and the text alike. What is filled in for each
person later looks otherwise and is left alone: `{{ first_name or "there" }}`.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from onelane.prompts.library import BadPrompt

MESSAGES = "messages"

_SECTION = re.compile(r"^## +(.+?)[ \t]*$", re.MULTILINE)
_WORD = re.compile(r"\{\{\s*(\w+)\s*\}\}")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """A template file, not yet parsed.

    Args:
        key: its name, which never changes
        content: what is in it
    """

    key: str
    content: bytes

    @property
    def content_hash(self) -> str:
        """Tells versions apart."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class ReadyTemplate:
    """A template as its file has it; `config` holds its parameters and its text as well."""

    key: str
    name: str
    description: str
    template_type: str
    platform: str | None
    config: Json
    goal_metrics: Json
    steps: tuple[Json, ...]


def sources() -> Iterator[Source]:
    """All files, by their names."""
    for file in sorted(Path(__file__).with_name("templates").glob("*.md")):
        yield Source(file.stem, file.read_bytes())


def parse_template(source: Source) -> ReadyTemplate:
    """A template from its file.

    Raises:
        BadPrompt: it is not written right; the message says where
    """
    try:
        return _template(source.key, *_halves(source))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise BadPrompt(f"The ready-made template {source.key}.md is not right: {error!r}.") from error


def _template(key: str, about: Json, text: str) -> ReadyTemplate:
    parameters: list[Json] = about.get("parameters", [])
    messages = _messages(text) if about["text_is"] == MESSAGES else {}
    config: Json = {**about["config"], "parameters": parameters}
    if about["text_is"] != MESSAGES:
        config[about["text_is"]] = text
    steps = tuple(_step(key, each, messages) for each in about.get("steps", []))
    template = ReadyTemplate(
        key,
        about["name"],
        about["description"],
        about["template_type"],
        about.get("platform"),
        config,
        about.get("goal_metrics", {}),
        steps,
    )
    _check_words(template, {str(each["name"]) for each in parameters})
    return template


def _step(key: str, step: Json, messages: Mapping[str, str]) -> Json:
    config: Json = dict(step.get("config", {}))
    if "message" in step:
        if step["message"] not in messages:
            raise BadPrompt(f"The ready-made template {key}.md has no section {step['message']!r}.")
        config["text"] = messages[step["message"]]
    return {"step_type": step["step_type"], "config": config, "delay_hours": step.get("delay_hours", 0)}


def _messages(text: str) -> dict[str, str]:
    parts = _SECTION.split(text)[1:]
    return {heading: body.strip() for heading, body in zip(parts[::2], parts[1::2], strict=True)}


def _check_words(template: ReadyTemplate, declared: set[str]) -> None:
    used_words = set(_words([{**template.config, "parameters": None}, *template.steps]))
    if odd := used_words ^ declared:
        raise BadPrompt(f"{template.key}.md must both declare and use: {', '.join(sorted(odd))}.")


def _words(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield from _WORD.findall(value)
    elif isinstance(value, dict):
        yield from _words(list(value.values()))  # pyright: ignore[reportUnknownArgumentType] - JSON
    elif isinstance(value, list | tuple):
        for each in value:  # pyright: ignore[reportUnknownVariableType] - JSON
            yield from _words(each)  # pyright: ignore[reportUnknownArgumentType] - JSON


def _halves(source: Source) -> tuple[Json, str]:
    parts = re.split(r"^\+\+\+[ \t]*$", source.content.decode(), maxsplit=2, flags=re.MULTILINE)
    if len(parts) != 3 or parts[0].strip():
        raise BadPrompt(f"The ready-made template {source.key}.md must begin with TOML between two lines of +++.")
    return tomllib.loads(parts[1]), parts[2].strip()
