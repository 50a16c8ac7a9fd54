"""The files of an X archive: JavaScript that assigns one long JSON list, read entry by entry.

Every generation says in the first line what a file holds: `window.YTD.tweets.part0 = [` (in 2019 still `tweet`, with
the files at the top of the zip; before that `Grailbird.data.tweets_2016_01 =`; the file of a later part is
`tweets-part1.js`). Format: docs/formats.md, "X archive".
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TextIO

from onelane.tools.platforms.formats.archive import Archive, Member
from onelane.tools.platforms.formats.decoding import Encoding, encoding_of, open_text
from onelane.tools.platforms.formats.json_list import DamagedList, JsonList
from onelane.tools.platforms.formats.json_values import JsonObject, object_of, objects_of, text_of
from onelane.tools.platforms.formats.records import BadLine, Json
from onelane.tools.registry.json_depth import check_depth

Entry = tuple[int, JsonObject]
"""An entry's 1-based place in its file, and what it says."""

_DOT, _END = r"""\s*(?:\.|\[\s*["'`])\s*""", r"""\s*(?:["'`]\s*\])?"""
"""How a script names a thing inside of another one: `.tweets`, or `['tweets']` once a program has written it anew."""
_ASSIGNMENT = re.compile(
    r"\ufeff?\s*(?:(?:var|let|const)\s+)?"
    rf"(?:(?:window|globalThis|self){_DOT})?YTD{_END}{_DOT}(?P<kind>\w+){_END}{_DOT}part(?P<part>\d+){_END}\s*=\s*"
)
_BARE_LIST = re.compile(
    r'\ufeff?[^\[\]{}]{0,200}\[\s*\{\s*"(?P<kind>tweet|follower|following|account|noteTweet)"\s*:\s*\{'
)
"""A list that lost its assignment, or has another in front, as programs that read archives write it."""
_PART_IN_NAME = re.compile(r"part-?(\d{1,4})")
_OLD_ASSIGNMENT = re.compile(r"\ufeff?\s*Grailbird\.data\.(?P<kind>tweets)_(?P<part>\d{4}_\d\d)\s*=\s*")
_OLD_OWNER = re.compile(r"\ufeff?\s*(?:var\s+)?user_details\s*=\s*")
_KINDS = {
    "tweet": "tweets",
    "tweets": "tweets",
    "community_tweet": "tweets",
    "community_tweets": "tweets",
    "twitter_circle_tweet": "tweets",
    "deleted_tweet": "deleted",
    "deleted_tweets": "deleted",
    "deleted_tweet_headers": "deleted",
    "note_tweet": "notes",
    "notetweet": "notes",
    "follower": "followers",
    "following": "following",
    "account": "account",
    "profile": "profile",
    "direct_messages": "messages",
    "direct_message": "messages",
    "direct_messages_group": "group_messages",
    "direct_message_group": "group_messages",
    "account_creation_ip": "owner",
    "account_timezone": "owner",
    "email_address_change": "owner",
    "ip_audit": "owner",
    "screen_name_change": "owner",
    "tweet_headers": "owner",
    "verified": "owner",
}
_FIRST_WORDS = frozenset({"tweet", "tweets"})
"""The posts of these files come before those of circles and communities."""
_MANIFEST_NAMES = {
    "tweet": "tweets",
    "tweets": "tweets",
    "communityTweet": "tweets",
    "twitterCircleTweet": "tweets",
    "follower": "followers",
    "following": "following",
}
_HEAD_BYTES = 1 << 10
_MAX_FILES = 5000
_MAX_MANIFEST_BYTES = 16 << 20
_MAX_OWNER_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class XFiles:
    """The files that matter, by what they hold and in the order of their parts, and what the manifest says of them."""

    parts: Mapping[str, tuple[Member, ...]]
    counts: Mapping[str, int]
    """How many entries the manifest promises."""
    missing: Mapping[str, tuple[str, ...]]
    """Names of files that the manifest lists and the archive does not hold."""
    manifest_owner: JsonObject
    old_owner: JsonObject
    """What `user_details.js` of the oldest archives says of the owner."""
    copies: Mapping[str, tuple[str, ...]]
    """Names of files that hold a part which another one holds as well, such as a copy of it."""

    def entries(self, kind: str, wrapper: str) -> Iterator[Entry | BadLine]:
        """All entries of one kind, without the object that wraps each (`{"tweet": {...}}`), whatever that is called."""
        for member in self.parts.get(kind, ()):
            yield from _entries(member, wrapper)


def find_files(archive: Archive) -> XFiles:
    """The files of an archive, told by what stands in their first line, wherever they lie."""
    places: dict[str, list[tuple[bool, str, str, Member]]] = {}
    copies: dict[str, tuple[str, ...]] = {}
    known_parts: set[tuple[str, str]] = set()
    for member in archive.members_named(r".*\.js(?:on|\.txt)?")[:_MAX_FILES]:
        if start := _start(member):
            word, part = start
            kind = _KINDS.get(word, "")
            if kind and (word, part) in known_parts:
                copies[kind] = (*copies.get(kind, ()), member.name)
                continue
            known_parts.add((word, part))
            places.setdefault(kind, []).append((word not in _FIRST_WORDS, part, member.name, member))
    parts = {kind: tuple(member for *_, member in sorted(each, key=_place)) for kind, each in places.items()}
    manifest = _manifest(archive)
    return XFiles(
        parts,
        _counts(manifest),
        _missing(manifest, archive),
        object_of(manifest, "userInfo"),
        _old_owner(archive),
        copies,
    )


def _place(part: tuple[bool, str, str, Member]) -> tuple[bool, str, str]:
    return part[:3]


def _start(member: Member) -> tuple[str, str] | None:
    """What the file holds and which part of it, by its first line; of a bare list its name says the rest."""
    text = _beginning(member, _HEAD_BYTES)
    if start := _ASSIGNMENT.match(text) or _OLD_ASSIGNMENT.match(text):
        return start["kind"].lower(), start["part"].zfill(8)
    if bare_list := _BARE_LIST.match(text):
        name = member.basename.lower()
        part = _PART_IN_NAME.search(name)
        return ("deleted_tweet" if "deleted" in name else bare_list["kind"].lower()), (part[1] if part else "").zfill(8)
    return None


def _beginning(member: Member, size: int) -> str:
    head = member.head(size)
    encoding = encoding_of(head)
    return head.decode(encoding.name, errors="replace") if encoding else ""


def _entries(member: Member, wrapper: str) -> Iterator[Entry | BadLine]:
    encoding = encoding_of(member.head()) or Encoding("utf-8-sig", errors="replace")
    count = 0
    with open_text(member.open(), encoding) as text:
        try:
            for value in _list_in(text):
                count += 1
                if isinstance(value, Mapping):
                    yield count, _inner_object(value, wrapper)
                else:
                    yield BadLine(
                        count, f"{member.basename}: entry {count} is not an object", "an entry that is no object"
                    )
        except DamagedList as error:
            yield BadLine(
                count + 1,
                f"{member.basename}: damaged after {count:,} entries ({error}); the rest of this file can't be read",
                "damaged from here on",
            )


def _inner_object(value: JsonObject, wrapper: str) -> JsonObject:
    inner = value.get(wrapper)
    if inner is None and len(value) == 1:
        inner = next(iter(value.values()))
    return inner if isinstance(inner, Mapping) else value


def _list_in(text: TextIO) -> JsonList:
    """A file's list: without the assignment in front of it and the semicolon that some tools put behind it."""
    first = text.read(_HEAD_BYTES)
    if match := _ASSIGNMENT.match(first) or _OLD_ASSIGNMENT.match(first):
        return JsonList(text, first[match.end() :], may_follow=";")
    return JsonList(text, first[max(first.find("["), 0) :], may_follow=";")


def _manifest(archive: Archive) -> JsonObject:
    for member in archive.members_named(r"manifest\.js") if archive.kind != "file" else []:
        text = member.head(_MAX_MANIFEST_BYTES) if member.size <= _MAX_MANIFEST_BYTES else b""
        if manifest := _object_in(text.decode("utf-8-sig", errors="replace")):
            return manifest
    return {}


def _old_owner(archive: Archive) -> JsonObject:
    for member in archive.members_named(r"user_details\.js"):
        text = _beginning(member, _MAX_OWNER_BYTES)
        if _OLD_OWNER.match(text) and (owner := _object_in(text)):
            return owner
    return {}


def _object_in(text: str) -> JsonObject:
    """The object that a file assigns; empty where there is none, for it only helps: the files tell what they are."""
    value_text = text.partition("=")[2].strip().rstrip(";")
    try:
        check_depth(value_text)
        value: Json = json.loads(value_text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, Mapping) else {}


def _manifest_files(manifest: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    types = object_of(manifest, "dataTypes")
    for name, kind in _MANIFEST_NAMES.items():
        for file in objects_of(types, name, "files"):
            yield kind, file


def _counts(manifest: JsonObject) -> dict[str, int]:
    counts: dict[str, int] = {}
    for kind, file in _manifest_files(manifest):
        count = text_of(file, "count")
        if count.isdecimal() and len(count) < 16:
            counts[kind] = counts.get(kind, 0) + int(count)
    return counts


def _missing(manifest: JsonObject, archive: Archive) -> dict[str, tuple[str, ...]]:
    file_names = {member.basename.lower() for member in archive.members}
    missing: dict[str, tuple[str, ...]] = {}
    for kind, file in _manifest_files(manifest):
        name = text_of(file, "fileName").rpartition("/")[2]
        if name and name.lower() not in file_names:
            missing[kind] = (*missing.get(kind, ()), name)
    return missing
