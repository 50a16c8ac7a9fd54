"""A page with a form that was refused: what was typed stands in it again, and beside it why nothing was done.

Without a script nobody else remembers what was typed; a form that is sent again must not have to be written again.
"""

import re
from collections.abc import Sequence
from html import escape
from html.parser import HTMLParser

from onelane.server.dashboard.visit import Form
from onelane.server.http.person.entrance import PersonSession
from onelane.server.http.person.forms import CSRF

_TELLING = ("act", "id", "kind", "contact", "task", "name")
"""Hidden fields by which one form of a page is told from another."""
_NEVER_SHOWN = ("password", "file", "submit", "button")
_TICKED = ("checkbox", "radio")
_NOTICE = '<p class="notice bad" role="alert" tabindex="-1" autofocus data-theirs><span>{}</span></p>'
_FIRST_WORD = re.compile(r"['\"]?(\w+)")
_SECRET = re.compile("password|secret|token|key", re.IGNORECASE)
"""Fields whose value never comes back in a page: whoever typed it types it again."""
Attributes = list[tuple[str, str | None]]


def refused_page(page_text: str, form: Form, why: str) -> str | None:
    """The page with what was typed and why it was refused; None where the page has no such form any more.

    Args:
        page_text: the page as it stands now
        form: what was sent
        why: a sentence; of the field that it begins with it is said there, else at the end of the form
    """
    reader = _Reader(page_text, form, why)
    reader.feed(page_text)
    return None if reader.edits is None else _edited(page_text, reader.edits)


def kept_fields(form: Form, session: PersonSession | None) -> Sequence[tuple[str, str]]:
    """What was typed, to be sent once more from a page that shows nothing else; nothing of a form with a password.

    Args:
        form: what was sent
        session: whose token goes along; None where the person comes back first, and looks at what they had typed
    """
    if any(_SECRET.search(name) for name in form.fields):
        return ()
    pairs = [(name, value) for name, values in form.fields.items() for value in values]
    return [(name, session.csrf if name == CSRF and session is not None else value) for name, value in pairs]


def _edited(text: str, edits: Sequence[tuple[int, int, str]]) -> str:
    parts, at = list[str](), 0
    for begin, end, instead in sorted(edits):
        parts += [text[at:begin], instead]
        at = end
    return "".join([*parts, text[at:]])


class _Reader(HTMLParser):
    """Finds the form, and what is to be written into the page, as pieces of its text that are replaced."""

    def __init__(self, text: str, form: Form, why: str) -> None:
        super().__init__()
        self.edits: list[tuple[int, int, str]] | None = None
        self._form, self._why = form, why
        word = _FIRST_WORD.match(why)
        self._named_field = word[1].lower() if word else ""
        self._line_starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._folds: list[tuple[int, int, str] | None] = []
        self._own: list[tuple[int, int, str]] | None = None
        """The edits of the form that is read; None outside of one."""
        self._is_other = False
        self._notice_at: int | None = None
        self._is_named = False
        self._text_begins: int | None = None
        self._typed: Sequence[str] | None = None
        """What was typed in the field that is read: a textarea, or a select."""

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        """Read where a form, a field or a fold begins."""
        given, begin = dict(attrs), self._here()
        end = begin + len(self.get_starttag_text() or "")
        if tag == "details":
            self._folds.append(None if "open" in given else (begin, end, _tag(tag, [*attrs, ("open", None)])))
        elif tag == "form":
            self._own, self._is_other, self._notice_at = [], True, None
        elif self._own is not None and tag in ("input", "textarea", "select", "option"):
            self._field(tag, attrs, begin, end)

    def handle_endtag(self, tag: str) -> None:
        """Read where one ends."""
        begin = self._here()
        if tag == "details" and self._folds:
            self._folds.pop()
        elif tag == "textarea" and self._own is not None and self._text_begins is not None and self._typed:
            self._own.append((self._text_begins, begin, "\n" + escape(self._typed[-1])))
            self._text_begins = None
        elif tag == "label" and self._is_named:
            self._notice_at, self._is_named = begin + len("</label>"), False
        elif tag == "fieldset" and self._notice_at is None:
            self._notice_at = begin
        elif tag == "form":
            self._form_ends(begin)

    def _form_ends(self, at: int) -> None:
        if self.edits is None and self._own is not None and not self._is_other:
            notice_at = at if self._notice_at is None else self._notice_at
            notice = (notice_at, notice_at, _NOTICE.format(escape(self._why)))
            self.edits = [*self._own, notice, *(fold for fold in self._folds if fold is not None)]
        self._own = None

    def _field(self, tag: str, attrs: Attributes, begin: int, end: int) -> None:
        given = dict(attrs)
        name, kind = given.get("name") or "", given.get("type") or "text"
        if kind == "hidden":
            self._tell(name, given.get("value") or "")
            return
        if tag != "option":
            self._typed = self._form.fields.get(name)
            self._is_named = self._is_named or name == self._named_field
        if tag == "textarea":
            self._text_begins = end
        elif self._own is not None and (refilled := self._refilled(tag, attrs, name, kind)):
            self._own.append((begin, end, refilled))

    def _refilled(self, tag: str, attrs: Attributes, name: str, kind: str) -> str | None:
        """The tag of a field or a choice as it was sent; None where that changes nothing of it."""
        value = dict(attrs).get("value")
        if tag == "option":
            return _tag(tag, _with_state(attrs, "selected", (value or "") in self._typed)) if self._typed else None
        if tag == "input" and kind in _TICKED:
            return _tag(tag, _with_state(attrs, "checked", (value or "on") in self._form.all(name)))
        if tag == "input" and kind not in _NEVER_SHOWN and self._typed:
            return _tag(tag, [*(each for each in attrs if each[0] != "value"), ("value", self._typed[-1])])
        return None

    def _tell(self, name: str, value: str) -> None:
        """Whether this form is the one that was sent."""
        if name == "act":
            self._is_other = value not in self._form.all(name)
        elif name in _TELLING and value not in self._form.all(name):
            self._own = None

    def _here(self) -> int:
        line, column = self.getpos()
        return self._line_starts[line - 1] + column


def _with_state(attrs: Attributes, state: str, is_set: bool) -> Attributes:
    others = [each for each in attrs if each[0] != state]
    return [*others, (state, None)] if is_set else others


def _tag(name: str, attrs: Attributes) -> str:
    words = [key if value is None else f'{key}="{escape(value)}"' for key, value in attrs]
    return f"<{' '.join([name, *words])}>"
