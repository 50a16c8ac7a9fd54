"""Cleans search results: each address once, without invisible characters."""

import html
import re
from collections.abc import Iterable, Sequence
from urllib.parse import urldefrag, urlsplit

from onelane.tools.registry.ports.text_cleanup import seen_line
from onelane.tools.registry.ports.web import SearchHit

MOST_TITLE_CHARACTERS = 200
MOST_SNIPPET_CHARACTERS = 1_000
MOST_URL_CHARACTERS = 2_000

_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,500}>")


def first_hits(hits: Iterable[SearchHit], count: int) -> Sequence[SearchHit]:
    """The first `count` hits that lead to web pages, without repetitions."""
    hits_by_url: dict[str, SearchHit] = {}
    for hit in hits:
        if _is_web_address(hit.url):
            hits_by_url.setdefault(urldefrag(hit.url).url, _plain(hit))
    return list(hits_by_url.values())[:count]


def without_markup(text: str) -> str:
    """A text without its HTML tags, its entities decoded."""
    return html.unescape(_TAG.sub("", text))


def _is_web_address(url: str) -> bool:
    if len(url) > MOST_URL_CHARACTERS or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
    except ValueError:
        return False


def _plain(hit: SearchHit) -> SearchHit:
    title = seen_line(hit.title, MOST_TITLE_CHARACTERS) or hit.url
    return SearchHit(title, hit.url, seen_line(hit.snippet, MOST_SNIPPET_CHARACTERS))
