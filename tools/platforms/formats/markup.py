"""The text of an HTML page or fragment.

html-text, which reads strangers' pages, is not for what people wrote: it puts a space at each change of markup, so that
`un<em>did</em>` becomes two words and a Japanese word three.
"""

from contextlib import suppress
from html.parser import HTMLParser

_BLOCKS = {
    "p",
    "div",
    "br",
    "li",
    "ul",
    "ol",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "pre",
    "tr",
    "hr",
    "figure",
}
_SILENT = {"script", "style", "template"}
_MAX_CHARS = 2 << 20
_MAX_UNENDED_CHARS = 1_000


def plain_text(html: str) -> str:
    """What a reader sees, a line per block; text beyond two million characters is left out."""
    reader = _Reader(convert_charrefs=True)
    # On a malformed declaration the standard parser stops with an AssertionError; what came before it is good.
    with suppress(AssertionError):
        reader.feed(html[:_MAX_CHARS])
        reader.end()
    lines = (" ".join(line.split()) for line in "".join(reader.pieces).replace("\0", "").split("\n"))
    return "\n".join(line for line in lines if line)


class _Reader(HTMLParser):
    def __init__(self, *, convert_charrefs: bool) -> None:
        super().__init__(convert_charrefs=convert_charrefs)
        self.pieces: list[str] = []
        self._silent_depth = 0

    def end(self) -> None:
        """Take what is left as text, unless it is markup that never ends.

        The standard parser begins such markup anew at each of its characters: a page of 40 kB took it half a minute.
        """
        if len(self.rawdata) <= _MAX_UNENDED_CHARS or not self.rawdata.startswith("<"):
            self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent_depth += tag in _SILENT
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent_depth = max(self._silent_depth - (tag in _SILENT), 0)
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent_depth:
            self.pieces.append(data.replace("\n", " "))
