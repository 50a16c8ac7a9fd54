"""JSON as people edit it, with comments and trailing commas: read, and changed in one place only.

A file that belongs to somebody else keeps its comments, its order and its spaces; only our member is written.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

_BLANK = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_TWO_SPACES = "  "


class NotJson(ValueError):
    """The text is not JSON, not even with comments and trailing commas; the message says where it stops being it."""


@dataclass(slots=True)
class _Node:
    """A value and where it stands in the text."""

    start: int
    end: int
    value: Any
    members: dict[str, "_Node"] = field(default_factory=dict[str, "_Node"])
    ends_with_comma: bool = False
    key_start: int = 0
    """Where the name of this member begins."""

    @property
    def is_object(self) -> bool:
        return isinstance(self.value, dict)


def parsed(text: str) -> Any:
    """The data in a text.

    Raises:
        NotJson: it is no JSON
    """
    return _root(text).value


def with_member(text: str, outer: str, name: str, value: Mapping[str, Any]) -> str:
    """The text with `outer.name` set to `value`, and all else as it was.

    Args:
        text: an object, or nothing at all
        outer: the member of the text's object that holds `name`; it is added when it is not there
        name: the member to set
        value: what it is set to

    Raises:
        NotJson: the text is no object, its `outer` is none, or the change would have touched something else
    """
    text = text if text.strip() else "{}\n"
    root = _object(_root(text), "The file")
    if root.value.get(outer) is not None:
        target = _object(root.members[outer], f"{outer!r}")
        new_text = _set(text, target, name, value, depth=2)
        new_data = {**root.value, outer: {**target.value, name: value}}
    else:
        new_text = _set(text, root, outer, {name: value}, depth=1)
        new_data = {**root.value, outer: {name: value}}
    if parsed(new_text) != new_data:
        raise NotJson("its layout is too unusual to be changed safely")
    return new_text


def without_member(text: str, outer: str, name: str) -> str:
    """The text without `outer.name`, and all else as it was.

    Args:
        text: an object
        outer: the member of the text's object that holds `name`
        name: the member to take out

    Raises:
        NotJson: the text is no object, there is no such member, or the change would have touched something else
    """
    root = _object(_root(text), "The file")
    if outer not in root.members or name not in _object(root.members[outer], f"{outer!r}").members:
        raise NotJson(f"{outer!r} holds no {name!r}")
    target = root.members[outer]
    new_text = _cut(text, target, name)
    rest = {key: value for key, value in target.value.items() if key != name}
    if parsed(new_text) != {**root.value, outer: rest}:
        raise NotJson("its layout is too unusual to be changed safely")
    return new_text


def _cut(text: str, target: _Node, name: str) -> str:
    names = list(target.members)
    node, at = target.members[name], names.index(name)
    head, end = text[: node.key_start], _behind_comma(text, node.end)
    if end is None and at > 0:
        # The last one has no comma behind it, and the one before must not have one then.
        before = target.members[names[at - 1]].end
        comma = _behind_comma(text, before)
        head = head if comma is None else text[: comma - 1] + text[comma : node.key_start]
    tail = text[node.end if end is None else end :]
    bare = head.rstrip(" \t")
    stands_alone = bare.endswith("\n") and tail.lstrip(" \t").startswith(("\n", "\r\n"))
    return bare[:-1].removesuffix("\r") + tail.lstrip(" \t") if stands_alone else head + tail


def _behind_comma(text: str, at: int) -> int | None:
    """The place behind the comma that follows; None where none does."""
    match = _BLANK.match(text, at)
    at = match.end() if match else at
    return at + 1 if text.startswith(",", at) else None


def _object(node: _Node, part: str) -> _Node:
    if not node.is_object:
        raise NotJson(f"{part} should be an object in braces, and is not")
    return node


def _set(text: str, target: _Node, name: str, value: Mapping[str, Any], *, depth: int) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    unit = _unit(text)
    value_text = json.dumps(value, indent=unit, ensure_ascii=False).replace("\n", newline + unit * depth)
    if name in target.members:
        old = target.members[name]
        return text[: old.start] + value_text + text[old.end :]
    member = f"{newline}{unit * depth}{json.dumps(name)}: {value_text}{newline}{unit * (depth - 1)}"
    return _with_last_member(text, target, member)


def _with_last_member(text: str, target: _Node, member: str) -> str:
    """The member at the end, behind the comments that may follow the last one."""
    close = target.end - 1
    if not target.members:
        return text[:close].rstrip() + member + text[close:]
    last = max(node.end for node in target.members.values())
    comma = "" if target.ends_with_comma else ","
    return text[:last] + comma + text[last:close].rstrip() + member + text[close:]


def _unit(text: str) -> str:
    """What the text is indented by."""
    match = re.search(r"^([ \t]+)\S", text, re.MULTILINE)
    return match[1] if match else _TWO_SPACES


def _root(text: str) -> _Node:
    reader = _Reader(text)
    node = reader.node()
    reader.skip_blank()
    if reader.at != len(text):
        reader.refuse("something follows its end")
    return node


class _Reader:
    """Reads values from a place in a text on."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._scalars = json.JSONDecoder(parse_constant=self._refuse_constant)

    def node(self) -> _Node:
        """The next value."""
        self.skip_blank()
        if self._takes("{"):
            return self._object_node(self.at - 1)
        if self._takes("["):
            return self._array_node(self.at - 1)
        return self._scalar_node()

    def skip_blank(self) -> None:
        """Go past spaces and comments."""
        match = _BLANK.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def refuse(self, reason: str) -> NoReturn:
        """Say where it goes wrong."""
        line = self.text.count("\n", 0, self.at) + 1
        raise NotJson(f"line {line}: {reason}")

    def _object_node(self, start: int) -> _Node:
        members: dict[str, _Node] = {}
        comma = True
        while not self._closes("}"):
            if not comma:
                self.refuse("a comma is missing")
            self.skip_blank()
            key_start = self.at
            key = self._key()
            if key in members:
                self.refuse(f"{key!r} stands there twice")
            members[key] = self.node()
            members[key].key_start = key_start
            comma = self._has_comma()
        value = {key: node.value for key, node in members.items()}
        return _Node(start, self.at, value, members, ends_with_comma=comma)

    def _array_node(self, start: int) -> _Node:
        values: list[Any] = []
        comma = True
        while not self._closes("]"):
            if not comma:
                self.refuse("a comma is missing")
            values.append(self.node().value)
            comma = self._has_comma()
        return _Node(start, self.at, values)

    def _scalar_node(self) -> _Node:
        start = self.at
        try:
            value, self.at = self._scalars.raw_decode(self.text, start)
        except json.JSONDecodeError as error:
            self.refuse(error.msg)
        return _Node(start, self.at, value)

    def _key(self) -> str:
        self.skip_blank()
        key = self._scalar_node().value
        if not isinstance(key, str):
            self.refuse("a name in quotes is missing")
        self.skip_blank()
        if not self._takes(":"):
            self.refuse("a colon is missing")
        return key

    def _closes(self, bracket: str) -> bool:
        self.skip_blank()
        return self._takes(bracket)

    def _has_comma(self) -> bool:
        self.skip_blank()
        return self._takes(",")

    def _takes(self, character: str) -> bool:
        is_next = self.text.startswith(character, self.at)
        self.at += is_next
        return is_next

    def _refuse_constant(self, constant: str) -> NoReturn:
        self.refuse(f"{constant} is no JSON")
