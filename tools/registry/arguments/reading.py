"""Reads arguments as models, and the clients around them, really fill them; what they mean is validated afterwards.

Many fill in every argument that they know of, and send null, an empty text, `[]` or `{}` where they have nothing to
say. On chat that is nothing said: what is to be emptied is named. A program and a person mean what they write, so that
only what can't be a value counts as nothing there (docs/protocol.md, "Arguments").
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from pydantic.alias_generators import to_snake

from onelane.tools.registry.arguments.blanks import is_empty, is_no_choice, is_no_value, word_or_none
from onelane.tools.registry.arguments.slots import Slot, comparable
from onelane.tools.registry.arguments.values import read_value
from onelane.tools.registry.context import Face
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.json_depth import value_in

CONTRACT_FACES = frozenset({Face.REST, Face.DASHBOARD})
"""Where programs call, which are held to the contract to the letter."""

_KEYS = frozenset({"idempotency_key", "idempotencyKey"})
_ADDED_BY_CLIENTS = frozenset({
    "toolCallId", "sessionId", "chatInput", "random_string", "dummy", "noop", "placeholder", "no_params", "no_args",
})  # fmt: skip
"""What some clients add to each call for themselves."""
_ADDED_BESIDE_THEM = "action"
_WRAPPERS = frozenset({"arguments", "args", "kwargs", "input", "params", "parameters"})
"""Into what some models put all that they say."""
_ENVELOPE = frozenset({"name", "tool", "tool_name", "toolName", "id", "type", "function"})
"""What stands beside the arguments where a model sends the whole call as one."""
_MOST_WRAPPERS = 4
_FENCE = re.compile(r"\s*```\w*\s(.*?)```\s*", re.DOTALL)
_NOTHING = object()


@dataclass(frozen=True, slots=True)
class CallArguments:
    """What a caller says.

    Args:
        values: of the arguments, by their names as they were spelled
        emptied: those that a program set to null, so that a field shall be empty
        passed_over: those that a chat filled with an empty value, which empties nothing
    """

    values: dict[str, Any]
    emptied: frozenset[str] = frozenset()
    passed_over: frozenset[str] = frozenset()


def read_arguments(slots: Mapping[str, Slot], arguments: object, face: Face) -> CallArguments:
    """What a caller says with its arguments; each is looked at once.

    Args:
        slots: where the tool's arguments go
        arguments: as they came
        face: the door; only what can't be a value is read away everywhere

    Raises:
        BadRequest: they are no object
    """
    if not isinstance(arguments, Mapping):
        raise BadRequest("The arguments must be one JSON object, such as {}.")
    inputs = cast("Mapping[str, Any]", arguments)
    if face in CONTRACT_FACES:
        return _program_arguments(inputs)
    if face.is_chat:
        inputs = _with_own_names(slots, _without_wrapper(slots, inputs))
    additions = _client_additions(inputs, slots) if face.is_chat else frozenset[str]()
    values: dict[str, Any] = {}
    blanks: list[str] = []
    for name, content in inputs.items():
        slot = slots.get(name)
        value = _NOTHING if name in additions else _value_of(slot, content, is_chat=face.is_chat)
        if value is not _NOTHING:
            values[name] = value
        elif slot is not None and content is not None:
            blanks.append(to_snake(name))
    return CallArguments(values, passed_over=frozenset(blanks))


def _program_arguments(inputs: Mapping[str, Any]) -> CallArguments:
    """What a program says: null empties a field, and an empty key is none."""
    emptied = frozenset(to_snake(name) for name, value in inputs.items() if value is None)
    values = {name: value for name, value in inputs.items() if name not in _KEYS or word_or_none(value) is not None}
    return CallArguments(values, emptied)


def _without_wrapper(slots: Mapping[str, Slot], inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The arguments, where all of them came as the only one, or beside the name of the tool."""
    for _ in range(_MOST_WRAPPERS):
        names = [name for name in inputs if name not in slots]
        wrappers = [name for name in names if name in _WRAPPERS] or [name for name in names if name not in _ENVELOPE]
        if len(wrappers) != 1 or inputs.keys() - {*wrappers} - (_ENVELOPE - slots.keys()):
            break
        content = _content(inputs[wrappers[0]])
        if content is None or not (wrappers[0] in _WRAPPERS or _all_known(slots, content)):
            break
        inputs = content
    return inputs


def _content(value: object) -> Mapping[str, Any] | None:
    """The object that a wrapper holds: as it is, as text, or as the only one of a list."""
    if isinstance(value, str):
        fence = _FENCE.fullmatch(value)
        value = value_in(fence[1] if fence else value)
    if isinstance(value, list) and len(values := cast("list[object]", value)) == 1:
        value = values[0]
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else None


def _all_known(slots: Mapping[str, Slot], content: Mapping[str, Any]) -> bool:
    """Whether an object that came under an unknown name holds nothing but arguments."""
    return bool(content) and all(name in slots or name in _WRAPPERS for name in content)


def _with_own_names(slots: Mapping[str, Slot], inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The arguments under their own names, where one came as `page-size` or `Query`."""
    if inputs.keys() <= slots.keys():
        return inputs
    by_letters = {comparable(name).replace("_", ""): to_snake(name) for name in slots}
    names = {name: name if name in slots else _own_name(slots, by_letters, name) for name in inputs}
    return {name if names[name] in inputs else names[name]: value for name, value in inputs.items()}


def _own_name(slots: Mapping[str, Slot], by_letters: Mapping[str, str], name: str) -> str:
    """What an argument is called here that came as `subtype`; an id that is needed also as `id`, or as one of many."""
    letters = comparable(name).replace("_", "")
    spellings = (letters, f"{letters}s", letters.removesuffix("s"))
    own_name = next((by_letters[each] for each in spellings if each in by_letters), "")
    if letters in by_letters or own_name.endswith(("_id", "_ids")):
        return own_name
    required_ids = [each for each, slot in slots.items() if each.endswith(("_id", "_ids")) and not slot.may_be_missing]
    alike = required_ids if letters == "id" else [each for each in required_ids if each == f"{letters}_id"]
    return alike[0] if len(alike) == 1 else name


def _client_additions(inputs: Mapping[str, Any], slots: Mapping[str, Slot]) -> frozenset[str]:
    """The arguments that a client added for itself and that this tool does not have."""
    added = _ADDED_BY_CLIENTS & inputs.keys()
    if added:
        added |= {_ADDED_BESIDE_THEM} & inputs.keys()
    return added - slots.keys()


def _value_of(slot: Slot | None, value: Any, *, is_chat: bool) -> Any:
    """What an argument means; `_NOTHING` where nothing is said with it."""
    if slot is None:
        # With an unknown name nothing is lost only where it comes with nothing.
        return _NOTHING if is_chat and (value is None or is_empty(value)) else value
    content = read_value(slot, value) if is_chat else value
    if slot.may_be_missing and (
        is_no_value(slot, content) or (is_chat and (is_empty(content) or is_no_choice(slot, content)))
    ):
        return _NOTHING
    return _NOTHING if is_chat and content is None else content
