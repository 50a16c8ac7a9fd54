"""Removes markup without text from HTML in one pass, before it is parsed.

Parsers take seconds for pages of the web that are hostile, or merely large: thousands of attributes in a tag, megabytes
of scripts, a million open elements. What is left here is small, and each parser's time is bounded by it.
"""

import re
from dataclasses import dataclass, field

MOST_CHARACTERS = 600_000
MOST_TAGS = 20_000
MOST_STRUCTURED_CHARACTERS = 300_000
MOST_SCRIPTS = 50
"""Of those with structured data."""

_LONGEST_TAG = 500
_MOST_ATTRIBUTES = 30
_LONGEST_VALUE = 4_000

# A quote counts only behind an equals sign, as in browsers. Nothing is tried twice, so that time stays linear.
_TAG = re.compile(r"</?([a-zA-Z][^\s/>]*+)((?:=\s*+(?:\"[^\"]*+\"|'[^']*+')|[^>=]++|=)*+)>")
_ATTRIBUTE = re.compile(r"([a-zA-Z][\w:.-]*+)(?:\s*+=\s*+(\"[^\"]*+\"|'[^']*+'|[^\s>\"']*+))?")
_ATTRIBUTES = re.compile(
    "alt|charset|class|content|data|datetime|href|http-equiv|id|item(?:id|prop|ref|scope|type)|lang|name|prefix|property"
    "|rel|src|title|type|value"
)
# What stands in these is no markup, up to their end or that of the page.
_RAW = frozenset({"iframe", "noembed", "noframes", "noscript", "script", "style", "textarea", "xmp"})
_PICTURES = frozenset({"audio", "canvas", "math", "svg", "template", "video"})
_END = {name: re.compile(f"</{name}(?=[\\s/>])", re.IGNORECASE) for name in _RAW | _PICTURES}
_TELLS_OF_SCRIPTS = re.compile(r"javascript", re.IGNORECASE)


@dataclass(slots=True)
class Trimmed:
    """What is left of a page.

    Args:
        html: without scripts, styles, comments, pictures and excess
        json_ld: the texts of its scripts of that kind
        scripts: how many others it has
        wants_scripts: it tells readers without scripts that it needs them
    """

    html: str = ""
    json_ld: list[str] = field(default_factory=list[str])
    scripts: int = 0
    wants_scripts: bool = False


def trim(html: str) -> Trimmed:
    """Cut a page down."""
    return _Trimming(html).run()


class _Trimming:
    def __init__(self, html: str) -> None:
        self._html = html
        self._found = Trimmed()
        self._kept: list[str] = []
        self._size = 0
        self._structured_left = MOST_STRUCTURED_CHARACTERS
        self._endless: set[str] = set()
        """Elements that are known to have no end any more, so that nobody looks for it twice."""

    def run(self) -> Trimmed:
        position = tags = 0
        while position >= 0 and tags < MOST_TAGS and self._size < MOST_CHARACTERS:
            start = self._html.find("<", position)
            self._keep(self._html[position : start if start >= 0 else None])
            position = self._behind(start) if start >= 0 else -1
            tags += 1
        self._found.html = "".join(self._kept)[:MOST_CHARACTERS]
        return self._found

    def _keep(self, text: str) -> None:
        self._kept.append(text)
        self._size += len(text)

    def _behind(self, start: int) -> int:
        """Take what begins with this angle bracket; where to go on, or -1 when it never ends, as browsers see it."""
        if self._html.startswith("<!--", start):
            return self._after("-->", start + 4)
        if self._html.startswith(("<!", "<?"), start):
            return self._after(">", start + 2)
        tag = _TAG.match(self._html, start)
        if tag is not None:
            return self._behind_tag(tag)
        if self._html[start + 1 : start + 2].isascii() and self._html[start + 1 : start + 2].isalpha():
            return -1
        self._keep("&lt;")
        return start + 1

    def _after(self, end: str, start: int) -> int:
        position = self._html.find(end, start)
        return position + len(end) if position >= 0 else -1

    def _behind_tag(self, tag: re.Match[str]) -> int:
        name = tag[1].lower()
        if name not in _END:
            self._keep(tag[0] if len(tag[0]) <= _LONGEST_TAG else _shorten(tag, name))
            return tag.end()
        if tag[0].startswith("</") or (name in _PICTURES and tag[2].endswith("/")):
            return tag.end()
        if name in self._endless:
            return tag.end()
        end = _END[name].search(self._html, tag.end())
        if end is not None:
            self._note(name, tag[2], self._html[tag.end() : end.start()])
            return self._after(">", end.end())
        self._endless.add(name)
        return -1 if name in _RAW else tag.end()

    def _note(self, name: str, attributes: str, content: str) -> None:
        if name == "noscript":
            self._found.wants_scripts |= _TELLS_OF_SCRIPTS.search(content[:5000]) is not None
        if name != "script":
            return
        if "ld+json" not in attributes.lower():
            self._found.scripts += 1
        elif len(content) <= self._structured_left and len(self._found.json_ld) < MOST_SCRIPTS:
            self._structured_left -= len(content)
            self._found.json_ld.append(content)


def _shorten(tag: re.Match[str], name: str) -> str:
    """A long tag with the attributes that can matter, unless they are endless themselves."""
    if tag[0].startswith("</"):
        return f"</{name}>"
    attributes: list[str] = []
    for attribute in _ATTRIBUTE.finditer(tag[2]):
        value = attribute[2] or '""'
        if (
            _ATTRIBUTES.fullmatch(attribute[1].lower())
            and len(value) <= _LONGEST_VALUE
            and len(attributes) < _MOST_ATTRIBUTES
        ):
            attributes.append(f" {attribute[1]}={value}")
    return f"<{name}{''.join(attributes)}>"
