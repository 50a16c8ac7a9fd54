"""A form of a page as a browser would send it: what stands in its fields."""

from collections.abc import Sequence
from html.parser import HTMLParser


class TypedForm(HTMLParser):
    """The fields of the form with this id, wherever they stand in the page.

    Args:
        page: the page
        form_id: the form's id
    """

    def __init__(self, page: str, form_id: str) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self._form_id = form_id
        self._inside = False
        self._text: tuple[str, list[str]] | None = None
        self._select = ""
        self.feed(page)

    def __getitem__(self, name: str) -> str:
        return self.fields[name][-1]

    def with_changes(self, **changes: str | Sequence[str]) -> dict[str, list[str]]:
        """The fields with other values; two underscores stand for the point in a field's name."""
        given = {name.replace("__", "."): value for name, value in changes.items()}
        return {**self.fields, **{name: [v] if isinstance(v, str) else list(v) for name, v in given.items()}}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a field, or its first option."""
        of = dict(attrs)
        if tag == "form":
            self._inside = of.get("id") == self._form_id
        if tag == "option" and self._select and ("selected" in of or self._select not in self.fields):
            self.fields[self._select] = [of.get("value") or ""]
        name = of.get("name") or ""
        if not name or not (of.get("form") == self._form_id or self._inside) or "disabled" in of:
            return
        if tag == "textarea":
            self._text = (name, [])
        elif tag == "select":
            self._select = name
        elif tag == "input" and (of.get("type") != "checkbox" or "checked" in of):
            self.fields.setdefault(name, []).append(of.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        """End a field."""
        if tag == "form":
            self._inside = False
        elif tag == "select":
            self._select = ""
        elif tag == "textarea" and self._text is not None:
            name, parts = self._text
            self.fields[name] = ["".join(parts).removeprefix("\n")]
            self._text = None

    def handle_data(self, data: str) -> None:
        """Take a text."""
        if self._text is not None:
            self._text[1].append(data)
