"""The documents that chat clients show: each is whole in itself, for nothing else can be loaded where it is shown."""

from functools import cache
from pathlib import Path

from onelane.server import words
from onelane.server.components import bundles, icons
from onelane.server.components.environment import FOLDER as COMPONENTS

FOLDER = Path(__file__).parent
TEMPLATES = FOLDER / "templates"
SCRIPTS = (FOLDER, COMPONENTS)
STYLES = (COMPONENTS / "tokens.css", COMPONENTS / "components.css", FOLDER / "view.css")
MARKUP = (COMPONENTS / "macros.html", COMPONENTS / "home_parts.html", *sorted(TEMPLATES.glob("*.html")))
"""The templates from which fragments are made; they name the icons that a document must have."""

_DOCUMENT = """<!doctype html>
<html lang="en" data-view="{name}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Onelane: {title}</title>
<style>
{style}</style></head>
<body>
{sprite}
<main class="view" id="view" aria-busy="true"><p class="faint">Waiting for {title}…</p></main>
<ol-toasts></ol-toasts>
<script>
{script}</script>
</body></html>
"""


@cache
def document(name: str, title: str) -> str:
    """A document with its style, its icons and its script, into which the host puts what a tool answers.

    Args:
        name: its name in its address
        title: what it shows, in words
    """
    return _DOCUMENT.format(
        name=name,
        title=title,
        style="".join(map(_text, STYLES)),
        sprite=_sprite(),
        script=bundles.bundle("view", SCRIPTS),
    )


def _sprite() -> str:
    svg = icons.sprite(map(_text, MARKUP), words.icons(_USED_WORDS))
    return svg.replace("<svg ", '<svg class="sr" width="0" height="0" aria-hidden="true" ', 1)


_USED_WORDS = ("runTypes", "runStatus", "stepTypes", "attention")
"""The vocabularies whose icons a fragment shows."""


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")
