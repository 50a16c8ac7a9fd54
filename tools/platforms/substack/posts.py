"""Substack's posts: posts.csv with the pages beside it, or the RSS feed. The same post has the same `url` in both."""

import re
from calendar import timegm
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from html import unescape
from importlib import import_module
from io import BytesIO
from typing import Literal, Protocol, cast
from urllib.parse import urljoin

from onelane.tools.platforms.formats.archive import MOST_LOOKED_INTO, Archive, Member
from onelane.tools.platforms.formats.cells import yes_or_no
from onelane.tools.platforms.formats.contents import Contents
from onelane.tools.platforms.formats.instants import written_instant
from onelane.tools.platforms.formats.markup import plain_text
from onelane.tools.platforms.formats.records import BadLine, Item, Json, Owner, PostRecord, SkippedLine, Unread, excerpt
from onelane.tools.platforms.formats.sub_types import export_format
from onelane.tools.platforms.formats.table import Table, find_table
from onelane.tools.platforms.substack.export import ADVICE, publication_of
from onelane.tools.registry.errors import UnreadableExport

_Cells = dict[str, str]
_MAX_PAGE_BYTES, _MAX_FEED_BYTES = 4 << 20, 32 << 20
# The parser looks through all attributes of an element for each of them.
_CROWDED_TAG = re.compile(rb"""<[\w:.-]+(?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*')){300}""")
# What a feed calls a link may as well be a script.
_WEB_ADDRESS = re.compile("https?://", re.IGNORECASE)
_LINK_TAG = re.compile(rb"<link\b[^>]{1,2000}>", re.IGNORECASE)
_FEED_TYPE = re.compile(rb"""\btype\s*=\s*["']?application/(?:rss|atom)\+xml""", re.IGNORECASE)
_LINK_PLACE = re.compile(rb"""\bhref\s*=\s*["']?([^"'\s>]{1,500})""", re.IGNORECASE)
# It is shown in a command to type.
_PLAIN_ADDRESS = re.compile(r"https://[A-Za-z0-9.-]{1,253}(?:/[A-Za-z0-9._~%/-]{0,300})?")
_KINDS: dict[str, Literal["post", "newsletter"]] = {"thread": "post", "note": "post"}
_DAYS = ("published", "updated")
_UNREAD_DAY = "when a post was published: not one certain instant"
_EXTRA_COLUMNS = ("subtitle", "audience", "type", "podcast_url")


class _Feed(Protocol):
    """What feedparser gives; it ships no types."""

    version: str
    feed: dict[str, object]
    entries: Sequence[dict[str, object]]


@export_format(
    "substack_posts",
    label="Substack posts",
    platform="substack",
    expectation="Substack's posts.csv, the export zip, or the RSS feed of a publication",
    advice=f"{ADVICE} In place of a file, the address of the publication brings in its latest posts.",
)
def look_for_posts(archive: Archive) -> Contents | None:
    """The posts of a publication: from its export, else from its feed."""
    publication = publication_of(archive)
    owner = Owner(handle=publication) if publication else None
    if tables := _find_tables(archive):
        table, *more_tables = tables
        copies = tuple(more.member.name for more in more_tables)
        return Contents("Substack posts", "substack", _read_table, (table.member,), owner, table.count(), copies)
    if feed := _find_feed(archive):
        return Contents("Substack feed", "substack", _read_feed, (feed,), owner)
    return None


def _is_posts_header(header: Sequence[str]) -> bool:
    return {"post_id", "title"} <= set(header) and bool({"post_date", "is_published"} & set(header))


def _find_tables(archive: Archive) -> list[Table]:
    """The table of posts, then further ones, such as copies of it."""
    tables = (
        find_table(member, _is_posts_header) for member in archive.members_named(r"posts.*\.csv")[:MOST_LOOKED_INTO]
    )
    return [table for table in tables if table]


def _find_feed(archive: Archive) -> Member | None:
    return next(
        (
            member
            for member in archive.members_named(r".*\.(xml|rss|atom)|feed")[:MOST_LOOKED_INTO]
            if is_feed(member.head(1 << 16))
        ),
        None,
    )


def _read_table(archive: Archive) -> Iterator[Item]:
    table, publication = next(iter(_find_tables(archive)), None), publication_of(archive)
    if table is None:
        return
    pages = (
        {member.basename.lower(): member for member in archive.members_named(r".*\.html?")}
        if archive.kind != "file"
        else {}
    )
    for entry in table.rows():
        if isinstance(entry, BadLine):
            yield entry
            continue
        line, row = entry
        cells = {column: cell for column, text in zip(table.columns, row, strict=True) if (cell := text.strip())}
        if not cells.get("post_id"):
            yield BadLine(line, f"{table.member.basename}: a post without an id", "a post without an id")
        elif cells.get("type") == "page":
            yield SkippedLine(line, "a page, not a post")
        else:
            yield _post(line, cells, pages.get(f"{cells['post_id'].lower()}.html"), publication)


def _post(line: int, cells: _Cells, page: Member | None, publication: str | None) -> PostRecord:
    number, _, slug = cells["post_id"].partition(".")
    publication_mark, date_text = (
        cells.get("is_published", "true"),
        cells.get("post_date") or cells.get("email_sent_at", ""),
    )
    is_published, created_at = yes_or_no(publication_mark), written_instant(date_text)
    unread_cells: list[Unread] = []
    if is_published is None:
        unread_cells.append(Unread("is_published: neither yes nor no, counted as a draft", excerpt(publication_mark)))
    if date_text and created_at is None:
        unread_cells.append(Unread(_UNREAD_DAY, excerpt(date_text)))
    text = page.head(_MAX_PAGE_BYTES).decode("utf-8-sig", errors="replace") if page else ""
    return PostRecord(
        line=line,
        platform="substack",
        post_id=number,
        text=plain_text(text),
        created_at=created_at,
        url=f"https://{publication}.substack.com/p/{slug}" if publication and slug and is_published else None,
        kind=_KINDS.get(cells.get("type", ""), "newsletter"),
        status="published" if is_published else "draft",
        title=cells.get("title"),
        extra={key: cells[key] for key in _EXTRA_COLUMNS if key in cells},
        unread=tuple(unread_cells),
    )


def _read_feed(archive: Archive) -> Iterator[Item]:
    member = _find_feed(archive)
    if member is not None:
        yield from feed_items(member.basename, member.head(_MAX_FEED_BYTES))


def is_feed(content: bytes) -> bool:
    """Whether something begins like a feed of Substack."""
    head = _narrow(content[: 1 << 16]).lower()
    return head.startswith(b"<") and (b"<rss" in head or b"<feed" in head) and b"substack" in head


def is_whole_feed(content: bytes) -> bool:
    """Whether a feed is there to its end, and not broken off on its way."""
    return _narrow(content[-100:]).rstrip().lower().endswith((b"</rss>", b"</feed>"))


def feed_of_page(address: str, content: bytes) -> str | None:
    """The address of the feed that a page names as its own; None where it is no page, or names none.

    Args:
        address: the page's
        content: the page
    """
    tags = _LINK_TAG.findall(_narrow(content[: 1 << 16]))
    links = (_LINK_PLACE.search(tag) for tag in tags if _FEED_TYPE.search(tag))
    places = (urljoin(address, unescape(link[1].decode(errors="replace"))) for link in links if link)
    return next((place for place in places if _PLAIN_ADDRESS.fullmatch(place)), None)


def _narrow(content: bytes) -> bytes:
    """Markup as it is in UTF-8; that of UTF-16 has a zero beside each sign."""
    return content.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")


def feed_items(name: str, content: bytes) -> Iterator[Item]:
    """The posts of a feed.

    Args:
        name: its address, or what to call it where something is wrong with it
        content: the feed

    Raises:
        UnreadableExport: it can't be read
    """
    feed = _parse(name, content)
    base = name if _WEB_ADDRESS.match(name) else _text(feed.feed.get("link"))
    links_by_id: dict[str, str] = {}
    for number, entry in enumerate(feed.entries, 1):
        link = _absolute(base, _text(entry.get("link")))
        url = link if _WEB_ADDRESS.match(link) else None
        post_id = _absolute(base, _text(entry.get("id"))) or link or None
        if post_id is not None and links_by_id.setdefault(post_id, link) != link:
            # Some feeds give many posts one id.
            post_id = link or post_id
        if post_id is None:
            yield BadLine(number, f"{name}: item {number} has neither a link nor an id", "a post without an id")
            continue
        published_at = _published_at(entry)
        subtitle: dict[str, Json] = {"subtitle": plain_text(_text(entry.get("summary")))}
        yield PostRecord(
            line=number,
            platform="substack",
            post_id=post_id,
            text=plain_text(_body(entry)),
            created_at=published_at,
            url=url,
            kind="newsletter",
            title=plain_text(_text(entry.get("title"))) or None,
            extra=subtitle if subtitle["subtitle"] else {},
            unread=() if published_at else _unread_day(entry),
        )


def _absolute(base: str, address: str) -> str:
    """An address that is written without its site, as it stands on the web; everything else stays as it is."""
    return urljoin(base, address) if address.startswith("/") and base else address


def _parse(name: str, content: bytes) -> _Feed:
    parse_feed = import_module("feedparser").parse
    if _CROWDED_TAG.search(_narrow(content)):
        raise _no_feed(name)
    try:
        # A stream, not the bytes: feedparser takes a bare value for an address or a path if it looks like one.
        return cast("_Feed", parse_feed(BytesIO(content), sanitize_html=False))
    # It reads most broken feeds, but lets out whatever a malformed one brings about inside it.
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError) as error:
        raise _no_feed(name) from error


def _no_feed(name: str) -> UnreadableExport:
    return UnreadableExport(
        f"{name} is no feed that can be read. Open its address in a browser, save it and import that file."
    )


def _body(entry: dict[str, object]) -> str:
    """The whole text of a free post, the preview of a paid one."""
    contents = cast("list[dict[str, object]]", entry.get("content") or [])
    return _text(contents[0].get("value")) if contents else _text(entry.get("summary"))


def _published_at(entry: dict[str, object]) -> datetime | None:
    # Atom need not tell the former. Asked by `get`, feedparser warns of what it will not give any more.
    for name in (name for name in _DAYS if name in entry):
        if instant := entry.get(f"{name}_parsed"):
            return datetime.fromtimestamp(timegm(cast("tuple[int, ...]", instant)), UTC)
        if day := written_instant(_text(entry.get(name))):
            return day
    return None


def _unread_day(entry: dict[str, object]) -> tuple[Unread, ...]:
    days = (_text(entry.get(name)) for name in _DAYS if name in entry)
    return tuple(Unread(_UNREAD_DAY, excerpt(day)) for day in days if day)[:1]


def _text(value: object) -> str:
    return value.replace("\0", "").strip() if isinstance(value, str) else ""
