"""The mark by which a function recognises a kind of export file: a sub-type of sync (docs/sync.md, "Sub-types")."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from onelane.tools.platforms.formats.archive import Archive
from onelane.tools.platforms.formats.contents import Contents
from onelane.tools.platforms.formats.records import PlatformName

SUB_TYPE = "__onelane_sub_type__"

Look = TypeVar("Look", bound=Callable[[Archive], Contents | None])


@dataclass(frozen=True, slots=True)
class SubType:
    """A kind of export: what it is, what file it wants, where people get that, and who looks for it."""

    name: str
    label: str
    platform: PlatformName
    expectation: str
    advice: str
    look: Callable[[Archive], Contents | None]


def export_format(
    name: str, *, label: str, platform: PlatformName, expectation: str, advice: str
) -> Callable[[Look], Look]:
    """Let a function recognise a kind of export; it finds the contents in an archive, or None.

    Args:
        name: the sub-type, a word of `SyncSubType`
        label: its name for people
        platform: whose export it is, a word of `Platform`
        expectation: the file that it wants, in an error's words
        advice: where people get one
    """

    def keep(look: Look) -> Look:
        setattr(look, SUB_TYPE, SubType(name, label, platform, expectation, advice, look))
        return look

    return keep
