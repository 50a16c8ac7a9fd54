"""The files that pages bring along: one style sheet, one script, the icons; named by what is in them, so that browsers
keep them for ever.
"""

import gzip
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from onelane.server import words
from onelane.server.components import bundles, icons
from onelane.server.components.environment import FOLDER as COMPONENTS

FOLDER = Path(__file__).parent
SCRIPTS = (FOLDER / "scripts", COMPONENTS)
TEMPLATES = FOLDER / "templates"
PLACE = "/dashboard/assets/"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file for browsers.

    Args:
        address: where it is
        kind: its media type
        body: what is in it
        zipped: the same, compressed
    """

    address: str
    kind: str
    body: bytes
    zipped: bytes


@cache
def all_assets() -> dict[str, Asset]:
    """By the name that templates use."""
    styles = [COMPONENTS / "tokens.css", FOLDER / "pages.css", COMPONENTS / "components.css"]
    return {
        "style": _asset("style.css", "text/css", "".join(map(_text, styles))),
        "script": _asset("script.js", "text/javascript", bundles.bundle("onelane", SCRIPTS)),
        "theme": _asset("theme.js", "text/javascript", bundles.bundle("theme-first", SCRIPTS)),
        "icons": _asset("icons.svg", "image/svg+xml", icons.sprite(map(_text, _quoting()), words.icons())),
    }


def _quoting() -> Iterable[Path]:
    """Files that name icons."""
    templates = (*COMPONENTS.glob("*.html"), *TEMPLATES.glob("*.html"))
    return (*templates, *(FOLDER / "scripts").glob("*.js"), *FOLDER.rglob("*.py"))


def _asset(name: str, kind: str, text: str) -> Asset:
    body = text.encode()
    stem, _, ending = name.rpartition(".")
    address = f"{PLACE}{stem}-{hashlib.sha256(body).hexdigest()[:12]}.{ending}"
    return Asset(address, kind, body, gzip.compress(body, mtime=0))


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")
