"""Writes `docs/settings.md` from the classes of the settings: each with its name, default and meaning.

make docs
"""

import ast
import inspect
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from onelane.server.cli.output import put
from onelane.server.online_values import OnlineValues
from onelane.server.settings import Settings
from onelane.tools.registry.workspace_settings import WorkspaceValues

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "settings.md"
_INTRODUCTION = """# Settings

Each is a variable of the environment, read when a process starts ([how](commands.md#environment)). This page is made
from the classes that read them, by `make docs`; a test compares.
"""
GROUPS: tuple[tuple[str, type[BaseModel], str], ...] = (
    ("Home and server", Settings, "home"),
    ("Sending", Settings, "outbound"),
    ("Models", Settings, "model"),
    ("Web and search engines", Settings, "chromium"),
    ("Telemetry", Settings, "otel"),
    ("Workspace", WorkspaceValues, "time_zone"),
    ("X", OnlineValues, "x_client_id"),
    ("Google", OnlineValues, "google_client_id"),
    ("LinkedIn", OnlineValues, "linkedin_client_id"),
    ("Microsoft", OnlineValues, "microsoft_client_id"),
    ("Signing in", OnlineValues, "oauth_redirect_url"),
)
"""The parts of the page: a title, the class, and the field of it with which the part begins."""
_NOTES = {
    "Workspace": "These may be changed on the dashboard as well ([how](commands.md#settings-that-can-be-changed)).",
    "X": "As which application the [platforms](platforms.md) are asked. Only tests need other addresses.",
}
_CITED = re.compile(r'docs/(?P<page>[\w-]+\.md), "(?P<heading>[^"]+)"')


class NoMeaning(Exception):
    """A setting says nothing of what it means: write a docstring below its field."""


def main() -> None:
    """Write the page anew."""
    PAGE.write_text(settings_page(), encoding="utf-8")
    put(f"docs/{PAGE.name}")


def settings_page() -> str:
    """The page as it must be.

    Raises:
        NoMeaning: a setting has no docstring
    """
    return _INTRODUCTION + "".join(_part(title, kind, first) for title, kind, first in GROUPS)


def listed_settings() -> list[str]:
    """The fields that the page has, in its order."""
    return [name for _, kind, first in GROUPS for name in _fields(kind, first)]


def _part(title: str, kind: type[BaseModel], first: str) -> str:
    meanings = dict(_meanings(kind))
    rows = [_row(name, Settings.model_fields[name], meanings.get(name)) for name in _fields(kind, first)]
    note = f"{_NOTES[title]}\n\n" if title in _NOTES else ""
    return f"\n## {title}\n\n{note}| variable | means | default |\n|---|---|---|\n" + "".join(rows)


def _fields(kind: type[BaseModel], first: str) -> Iterator[str]:
    """The fields of a part: from its first one to that with which the next part of the class begins."""
    begins = {name for _, other, name in GROUPS if other is kind} - {first}
    own = list(inspect.get_annotations(kind))
    for name in own[own.index(first) :]:
        if name in begins:
            return
        if name in kind.model_fields:
            yield name


def _meanings(kind: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """What stands below each field of a class."""
    tree = ast.parse(Path(inspect.getfile(kind)).read_text(encoding="utf-8"))
    (body,) = (each.body for each in tree.body if isinstance(each, ast.ClassDef) and each.name == kind.__name__)
    for field, below in pairwise(body):
        is_text = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and is_text:
            yield field.target.id, str(ast.literal_eval(ast.unparse(below)))


def _row(name: str, field: FieldInfo, meaning: str | None) -> str:
    if meaning is None:
        raise NoMeaning(f"{name} has no docstring below it.")
    variable = field.validation_alias if isinstance(field.validation_alias, str) else f"ONELANE_{name.upper()}"
    cell = _CITED.sub(lambda cited: f"[{cited['heading']}]({cited['page']}#{_anchor(cited['heading'])})", meaning)
    return f"| `{variable}` | {' '.join(cell.split()).replace('|', chr(92) + '|')} | {_default(field, meaning)} |\n"


def _default(field: FieldInfo, meaning: str) -> str:
    """What holds where nothing is said; empty where the meaning says it."""
    if field.default in (None, PydanticUndefined, []):
        return "" if "default" in meaning else "none"
    value = field.default
    return (
        f"`{value:g}`" if isinstance(value, float) else f"`{str(value).lower() if isinstance(value, bool) else value}`"
    )


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


if __name__ == "__main__":
    main()
