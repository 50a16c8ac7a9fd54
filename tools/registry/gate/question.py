"""What a person is asked before a call: its words, and the hash that binds their answer to exactly them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import BaseModel

from onelane.storage.workflows.approvals import Asked
from onelane.tools.registry.context import Caller
from onelane.tools.registry.errors import BadRequest, Forbidden
from onelane.tools.registry.gate.shown_text import shown_text

MOST_SHOWN_CHARS = 50_000
_REASON_CHARS = 500
_CHAT, _CAREFUL_CHAT = "chat:", "careful-chat:"


@dataclass(frozen=True, slots=True)
class Question:
    """A call that needs a person.

    Args:
        caller: who calls
        tool: the tool's name
        call_key: which call of its run or chat it is
        arguments: what it is given, names resolved to ids
        shown: what the person reads, word for word
    """

    caller: Caller
    tool: str
    call_key: str
    arguments: Mapping[str, Any]
    shown: str

    @property
    def run_id(self) -> str | None:
        """The run that asks."""
        return self.caller.run_id

    @property
    def asked(self) -> Asked:
        """The question as a row has it."""
        arguments = arguments_json(self.arguments)
        return Asked(self.run_id, self.call_key, self.tool, arguments, self.shown, self.content_hash)

    @property
    def content_hash(self) -> str:
        """Of what would be done and of what is shown."""
        return _digest(self.tool, arguments_json(self.arguments), self.shown)

    @property
    def short(self) -> str:
        """The beginning, where there is little room."""
        return self.shown if len(self.shown) <= _REASON_CHARS else f"{self.shown[:_REASON_CHARS]}…"


class PersonNeeded(Forbidden):
    """Nothing was done: this needs a person.

    Args:
        question: what they are asked
        message: what to do next
        approval_id: the question's row, where it is open at the person's doors now
    """

    code = "person_needed"

    def __init__(self, question: Question, message: str | None = None, *, approval_id: str | None = None) -> None:
        self.question = question
        details: dict[str, object] | None = None if approval_id is None else {"approvalId": approval_id}
        super().__init__(message or f"Nothing was done: this needs a person. {question.short}", details=details)


def question(
    caller: Caller, tool: str, arguments: Mapping[str, Any], words: str, call_key: str | None = None
) -> Question:
    """A question in these words.

    Raises:
        BadRequest: nobody could read all of it
    """
    text = shown_text(words)
    if len(text) > MOST_SHOWN_CHARS:
        raise BadRequest(
            f"This needs a person, who must read all of it first, and it has more than {MOST_SHOWN_CHARS:,} "
            "characters. Do it in smaller parts."
        )
    key = call_key or f"{_place(caller)}call:{_digest(tool, arguments_json(arguments))[:32]}"
    return Question(caller, tool, key, arguments, text)


def is_of_chat(call_key: str) -> bool:
    """Whether a chat asks that was given no strangers' words, so that a code is enough."""
    return call_key.startswith(_CHAT)


def _place(caller: Caller) -> str:
    if caller.chat is None or caller.run_id is not None:
        return ""
    return f"{_CAREFUL_CHAT if caller.counts_as_run else _CHAT}{caller.chat.id}:"


def plain_question(title: str, tool: str, arguments: Mapping[str, Any]) -> str:
    """The words for a tool that has none of its own: what it is called, and each thing that it is given."""
    values = [f"{name} = {_value(value)}" for name, value in arguments.items() if value is not None]
    lines = "\n".join(f"- {line}" for line in values)
    return f"{title}? It calls {tool} with:\n{lines}" if lines else f"{title}? It calls {tool}."


def arguments_json(arguments: Mapping[str, Any]) -> str:
    """Arguments as JSON, the same for the same ones."""
    return orjson.dumps(dict(arguments), default=_plain, option=orjson.OPT_SORT_KEYS).decode()


def _value(value: object) -> str:
    return json.dumps(orjson.loads(orjson.dumps(value, default=_plain)), ensure_ascii=False)


def _plain(value: object) -> object:
    return value.model_dump() if isinstance(value, BaseModel) else str(value)


def _digest(*parts: str) -> str:
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()
