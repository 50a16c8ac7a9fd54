"""Reads a page: what it says to people and what it says to programs, however it is written (docs/web.md, "Reading")."""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urljoin

from onelane.tools.registry.ports.page import Link, Page
from onelane.tools.registry.ports.text_cleanup import cut, seen_line, visible_text
from onelane.tools.registry.ports.web import Fetched

if TYPE_CHECKING:
    from onelane.tools.web.reading.elements import Element
    from onelane.tools.web.reading.trimming import Trimmed

MOST_BODY_CHARACTERS = 20_000
MOST_LINKS = 200

_LONGEST_TITLE = 300
_LONGEST_DESCRIPTION = 1_000
_LONGEST_LABEL = 100
_LONGEST_LINK = 500
_LITTLE_TEXT = 250
_HARDLY_ANY_TEXT = 50

_HTML = ("text/html", "application/xhtml+xml")
_LOOKS_LIKE_HTML = re.compile(r"\s*<(?:!doctype html|html|head|body|title|meta|div|p|h1)\b", re.IGNORECASE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")
_SCHEMES = ("http://", "https://", "mailto:", "tel:")
_SHELLS = frozenset({"root", "app", "__next", "__nuxt", "___gatsby", "svelte", "react-root", "ember-app", "q-app"})


def read_page(document: Fetched) -> Page:
    """Read a page. It takes what can be read of it; nothing in a page is an error."""
    if not _is_html(document):
        return _page(document, body=_text_body(document.body))
    # lxml and trafilatura take a second to load: they are, when the first page is read.
    from onelane.tools.web.reading.elements import parse_document
    from onelane.tools.web.reading.trimming import trim

    trimmed_page = trim(document.body)
    return _read(document, trimmed_page, parse_document(trimmed_page.html))


def _read(document: Fetched, trimmed_page: "Trimmed", tree: "Element") -> Page:
    from onelane.tools.web.reading import documents, structured

    card = structured.opengraph(tree)
    every_word = visible_text(documents.all_text(trimmed_page.html))
    title = documents.title(tree) or card.get("og:title", "")
    description = documents.meta(tree, "description") or card.get("og:description", "")
    return _page(
        document,
        language=_language(tree.get("lang") or documents.meta(tree, "og:locale")),
        title=seen_line(title, _LONGEST_TITLE) or None,
        description=seen_line(description, _LONGEST_DESCRIPTION) or None,
        body=cut(_main_text(trimmed_page.html, every_word), MOST_BODY_CHARACTERS),
        links=_links(tree, document.url),
        json_ld=structured.json_ld(trimmed_page.json_ld),
        microformats=structured.microformats(tree, document.url),
        opengraph=card,
        needs_browser=_needs_browser(trimmed_page, tree, every_word),
        # It comes last, for it changes the tree.
        microdata=structured.microdata(tree, document.url),
    )


def _page(document: Fetched, **content: object) -> Page:
    values = {
        "requested_url": document.requested_url,
        "url": document.url,
        "status": document.status,
        "content_type": seen_line(document.content_type, 100),
        "redirects": tuple(document.redirects),
    }
    return Page.model_validate({**values, **content})


def _is_html(document: Fetched) -> bool:
    kind = document.content_type
    return kind in _HTML or (kind in ("", "text/plain") and _LOOKS_LIKE_HTML.match(document.body[:2000]) is not None)


def _text_body(text: str) -> str:
    return cut(visible_text(text[: 2 * MOST_BODY_CHARACTERS]), MOST_BODY_CHARACTERS)


def _main_text(html: str, every_word: str) -> str:
    """The article where there is one; on pages of another shape everything that is written on them."""
    from onelane.tools.web.reading.documents import article_text

    article = visible_text(article_text(html))
    return article if len(article) >= min(_LITTLE_TEXT, len(every_word) // 2) else every_word


def _language(tag: str) -> str | None:
    match = _LANGUAGE.match(tag.strip())
    return match[0].replace("_", "-") if match else None


def _links(tree: "Element", url: str) -> Sequence[Link]:
    base = tree.find(".//base[@href]")
    start = url if base is None else _join(url, base.get("href") or "")
    links: dict[str, Link] = {}
    for element in _link_elements(tree):
        target = urldefrag(_join(start, element.get("href") or "")).url
        if not target.lower().startswith(_SCHEMES) or len(target) > _LONGEST_LINK or target == url:
            continue
        label = seen_line(element.text_content() or element.get("title") or "", _LONGEST_LABEL)
        rel = tuple(seen_line(word, 30) for word in (element.get("rel") or "").lower().split()[:5])
        earlier = links.get(target)
        if earlier is None or (label and not earlier.label):
            links[target] = Link(url=target, label=label, rel=rel or (earlier.rel if earlier else ()))
        if len(links) >= MOST_LINKS:
            break
    return list(links.values())


def _link_elements(tree: "Element") -> Iterable["Element"]:
    for element in tree.iterfind(".//link[@href]"):
        if {"me", "author"} & set((element.get("rel") or "").lower().split()):
            yield element
    yield from tree.iterfind(".//a[@href]")


def _join(base: str, reference: str) -> str:
    try:
        url = urljoin(base, reference.strip())
    except ValueError:
        return ""
    return url if url.isprintable() and " " not in url else ""


def _needs_browser(trimmed_page: "Trimmed", tree: "Element", every_word: str) -> bool:
    if trimmed_page.scripts == 0 or len(every_word) >= _LITTLE_TEXT:
        return False
    return trimmed_page.wants_scripts or len(every_word) < _HARDLY_ANY_TEXT or _has_shell(tree)


def _has_shell(tree: "Element") -> bool:
    """Whether there is an empty place where scripts would put the page."""
    return any(
        (element.get("id") or "").lower() in _SHELLS and not element.text_content().strip()
        for element in tree.iterfind(".//div[@id]")
    )
