"""A tool's refusal as a page says it: what a model would call next is nothing that a person can do there."""

import re
from collections.abc import Iterable

from pydantic.alias_generators import to_snake

from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.toolbox import Registry

_SENTENCES = re.compile(r"(?<=[.!?])\s+|\n+")
_CLAUSES = re.compile(r";\s+")
_ID = re.compile(r"[a-z]{3}_\w+")
_ARGUMENT = re.compile(r"[a-z]+_ids?")
_QUOTED_NAME = re.compile(r"'([a-z]+(?:_[a-z]+)+)'")
_NAME = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")


def for_person(error: ToolError, registry: Registry) -> str:
    """What a refusal says, without the sentences and clauses that name a tool; all of it where each of them does.

    Args:
        error: the refusal
        registry: knows the tools' names
    """
    names = {tool.name for tool in registry}
    if not _names_one(names, error.message):
        return error.message
    sentences = (_without(names, sentence) for sentence in _SENTENCES.split(error.message))
    return " ".join(filter(None, sentences)) or error.message


def of_this_page(path: str, message: str) -> str:
    """A refusal that speaks of what the page is about, and of its fields, as whoever looks at it does."""
    message = _QUOTED_NAME.sub(lambda found: f"'{found[1].replace('_', ' ')}'", message)
    for each in filter(_ID.fullmatch, path.split("/")):
        message = re.sub(
            rf"(?:\b(The|the) )?\b([Mm]essage|[Rr]un|[Tt]emplate) '?{each}\b'?(?= (?:is|was|says|has) )", _this, message
        )
    return message


def _this(found: re.Match[str]) -> str:
    noun = found[2].lower()
    return f"This {noun}" if found[1] == "The" or found[2] != noun else f"this {noun}"


def in_words_of(address_names: Iterable[str], message: str) -> str:
    """A refusal that names what the page's address asks for as the address does: a tool may call it otherwise.

    Args:
        address_names: the names of the address's query
        message: the refusal
    """
    for name in address_names:
        message = message.replace(f"'{to_snake(name)}'", f"'{name}'")
    return message


def _without(names: set[str], sentence: str) -> str:
    if not _names_one(names, sentence):
        return sentence
    rest = "; ".join(clause for clause in _CLAUSES.split(sentence) if not _names_one(names, clause))
    return rest if not rest or rest[-1] in ".!?" else f"{rest}."


def _names_one(names: set[str], text: str) -> bool:
    """Whether it names a tool, or asks for an id as an argument of one."""
    return any(each in names or _ARGUMENT.fullmatch(each) for each in _NAME.findall(text))
