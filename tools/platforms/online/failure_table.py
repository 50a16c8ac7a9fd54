"""Tells which failure a platform's answer is, by the table in failures.toml (docs/platforms.md, "Failures")."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from onelane.tools.platforms.formats.records import Json
from onelane.tools.platforms.online.failures import (
    AgainNow,
    CursorExpired,
    NothingThere,
    OurFault,
    PersonMustAct,
    PlatformFailure,
    SignInAgain,
    UnknownParameter,
    VersionRetired,
    WordsRefused,
)

PlatformKey = Literal["x", "google", "linkedin"]
"""Whose table counts."""

Kind = Literal[
    "again_now",
    "again_at",
    "sign_in_again",
    "person_must_act",
    "our_fault",
    "unknown_parameter",
    "nothing_there",
    "cursor_expired",
    "words_refused",
    "version_retired",
]
_CLASSES: Mapping[Kind, type[PlatformFailure]] = {
    "again_now": AgainNow,
    "sign_in_again": SignInAgain,
    "person_must_act": PersonMustAct,
    "our_fault": OurFault,
    "unknown_parameter": UnknownParameter,
    "nothing_there": NothingThere,
    "cursor_expired": CursorExpired,
    "words_refused": WordsRefused,
    "version_retired": VersionRetired,
}
_WORD_KEYS = frozenset({"code", "reason", "title", "status", "serviceErrorCode", "error", "type", "@type"})
_SENTENCE_KEYS = ("detail", "message", "error_description", "title")
_FILE = Path(__file__).with_name("failures.toml")
_MOST_QUOTE_CHARS = 200
_PLAIN_FEATURE = "contacts"
"""What accounts are connected for where nothing else is said."""


@dataclass(frozen=True, slots=True)
class FailureRule:
    """One entry of the table.

    Args:
        kind: which class of failure it is
        sentence: what it means and what to do, for the person
        status: numbers, or `4xx` for a hundred of them
        words: any of those that the body names, in lower case; every body where empty
        endpoints: any of these; every endpoint where empty
        says: a pattern that one of the body's sentences contains; None where that does not matter
        again_after_seconds: so long to wait where the answer names no instant; None: as long as the platform usually
    """

    kind: Kind
    sentence: str
    status: Sequence[int | str]
    words: frozenset[str] = frozenset()
    endpoints: frozenset[str] = frozenset()
    says: str | None = None
    again_after_seconds: int | None = None

    def matches(self, status: int, endpoint: str, failure_text: "FailureText") -> bool:
        """Whether an answer is this failure."""
        return (
            (not self.status or status in self.status or f"{status // 100}xx" in self.status)
            and (not self.endpoints or endpoint in self.endpoints)
            and (not self.words or not self.words.isdisjoint(failure_text.words))
            and (self.says is None or any(re.search(self.says, each, re.IGNORECASE) for each in failure_text.sentences))
        )

    def failure(self, message: str) -> PlatformFailure:
        """The failure with its message; for a limit see `again_at`."""
        return _CLASSES[self.kind](message)


@dataclass(frozen=True, slots=True)
class PlatformRules:
    """What is special about one platform's answers.

    Args:
        name: the platform's, for people
        word: what the person types for it
        rules: its failures and those of all platforms, in the order in which they are tried
        again_after_seconds: so long it is left alone after a limit that names no instant
        windows: the beginnings of the names of the headers that tell its limits; empty where it tells none
        features: by endpoint, what an account must be connected for to ask there
    """

    name: str
    word: str
    rules: Sequence[FailureRule]
    again_after_seconds: int
    windows: Sequence[str] = ()
    features: Mapping[str, str] = field(default_factory=dict[str, str])

    def message(self, rule: FailureRule, endpoint: str, failure_text: "FailureText") -> str:
        """The sentence of an entry, and what the platform says."""
        quote = failure_text.quoted
        feature = self.features.get(endpoint, _PLAIN_FEATURE)
        sentence = rule.sentence.format(platform=self.name, word=self.word, feature=feature)
        return sentence + (f' ({self.name} says: "{quote}")' if quote else "")

    def rule_for(self, status: int, endpoint: str, failure_text: "FailureText") -> FailureRule:
        """The entry that fits an answer that is no success."""
        return next(rule for rule in self.rules if rule.matches(status, endpoint, failure_text))


@dataclass(frozen=True, slots=True)
class FailureText:
    """What the body of a failure says: the words that name it, in lower case, and its sentences."""

    words: frozenset[str]
    sentences: tuple[str, ...]

    @classmethod
    def by(cls, body: Json) -> "FailureText":
        """Read a body; one that is no JSON says nothing."""
        return cls(
            frozenset(_words(body)), tuple(each for entry in _objects(body) if (each := _sentence(entry)) is not None)
        )

    @property
    def quoted(self) -> str:
        """The first sentence on one line, for people; empty where there is none."""
        flat = " ".join("".join(char if char.isprintable() else " " for char in " ".join(self.sentences[:1])).split())
        return flat if len(flat) <= _MOST_QUOTE_CHARS else flat[: _MOST_QUOTE_CHARS - 1] + "…"


@cache
def platform_rules(platform: PlatformKey) -> PlatformRules:
    """What failures.toml says of a platform."""
    table: dict[str, Any] = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    platform_table = table[platform]
    return PlatformRules(
        platform_table["name"],
        platform_table["word"],
        tuple(_rule(entry) for entry in (*platform_table["failures"], *table["any"])),
        platform_table["again_after_seconds"],
        tuple(platform_table.get("windows", ())),
        {endpoint: feature for feature, endpoints in platform_table["features"].items() for endpoint in endpoints},
    )


def _rule(entry: Mapping[str, Any]) -> FailureRule:
    return FailureRule(
        entry["kind"],
        entry["sentence"],
        entry["status"],
        frozenset(entry.get("words", ())),
        frozenset(entry.get("endpoints", ())),
        entry.get("says"),
        entry.get("again_after_seconds"),
    )


def _objects(body: Json) -> Iterator[Mapping[str, Json]]:
    """The body and the objects in it that are about the failure, from the inside out: those are more exact."""
    if isinstance(body, Mapping):
        for value in body.values():
            yield from _objects(value)
        yield body
    elif isinstance(body, list):
        for value in body:
            yield from _objects(value)


def _words(body: Json) -> Iterator[str]:
    for entry in _objects(body):
        for key, value in entry.items():
            if key in _WORD_KEYS and isinstance(value, str | int):
                yield str(value).rpartition("/")[2].lower()


def _sentence(entry: Mapping[str, Json]) -> str | None:
    values = (entry.get(key) for key in _SENTENCE_KEYS)
    return next((value for value in values if isinstance(value, str) and value.strip()), None)
