"""The pages in `docs/` describe what is there: no citation or link leads nowhere, no table or setting is left out."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from onelane.server.settings import Settings
from tests.house.conftest import ProjectFile

CITED = re.compile(r"docs/(?P<page>[\w-]+\.md)(?P<headings>(?:, \"[^\"\n]+\")*)")
LINKED = re.compile(r"\]\((?P<target>[^)#:\s]*)(?:#(?P<anchor>[\w-]+))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
TEST_NAMED = re.compile(r"`(?P<file>tests/[\w/]+\.py)::(?P<test>\w+)`")
NOT_TABLES_OF_OURS = ("alembic_version", "sqlite_", "contact_words_")


@pytest.fixture(scope="session")
def pages(project: Path) -> dict[str, str]:
    """The pages by their file's name."""
    return {path.name: path.read_text(encoding="utf-8") for path in (project / "docs").glob("*.md")}


def test_a_citation_names_a_page_and_a_heading_that_are_there(
    project_files: list[ProjectFile], pages: dict[str, str]
) -> None:
    code = [file for file in project_files if file.name.endswith((".py", ".toml", ".md")) and file.folder != "docs"]
    cited = {(file.name, found["page"], found["headings"]) for file in code for found in CITED.finditer(file.text)}
    assert {each for each in cited if not _are_there(pages, each[1], each[2])} == set()


def test_a_link_between_pages_leads_to_a_page_and_a_heading(project: Path, pages: dict[str, str]) -> None:
    lost = [
        f"{name}: {found[0]}"
        for name, text in pages.items()
        for found in LINKED.finditer(text)
        if not _leads_somewhere(project / "docs", pages, found["target"] or name, found["anchor"])
    ]
    assert lost == []


def test_every_page_stands_in_the_table_of_contents(pages: dict[str, str]) -> None:
    listed = {found["target"] for found in LINKED.finditer(pages["README.md"])}
    assert pages.keys() - {"README.md"} <= listed


def test_every_column_of_a_table_with_a_section_is_described(migrated_sqlite: Path, pages: dict[str, str]) -> None:
    text = pages["tables.md"]
    described = re.split(r"^## ", text, flags=re.MULTILINE)
    with closing(sqlite3.connect(migrated_sqlite)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        tables = {name: [row[1] for row in connection.execute(f"PRAGMA table_info({name})")] for name in names}
    ours = {name: columns for name, columns in tables.items() if not name.startswith(NOT_TABLES_OF_OURS)}
    assert [name for name in ours if f"`{name}`" not in text] == []
    sections = {name: part for name in ours for part in described if re.search(rf"^`{name}`:", part, re.MULTILINE)}
    assert len(sections) == 22
    columns = [(part, name, column) for name, part in sections.items() for column in ours[name]]
    assert [f"{name}.{column}" for part, name, column in columns if not re.search(rf"`{column}(?:`| ->)", part)] == []


def test_every_setting_is_described(pages: dict[str, str]) -> None:
    names = [str(field.validation_alias or f"ONELANE_{name.upper()}") for name, field in Settings.model_fields.items()]
    assert [name for name in names if f"`{name}`" not in pages["settings.md"]] == []


def test_a_promise_names_a_test_that_is_there(project: Path, pages: dict[str, str]) -> None:
    named = [found for text in pages.values() for found in TEST_NAMED.finditer(text)]
    files = {name: (project / name).read_text(encoding="utf-8") for name in {found["file"] for found in named}}
    assert len(named) > 10
    assert [found[0] for found in named if f"def {found['test']}(" not in files[found["file"]]] == []


def _are_there(pages: dict[str, str], page: str, headings: str) -> bool:
    return page in pages and set(re.findall(r'"(.+?)"', headings)) <= set(HEADING.findall(pages[page]))


def _leads_somewhere(folder: Path, pages: dict[str, str], target: str, anchor: str | None) -> bool:
    if anchor is None:
        return (folder / target).exists()
    return anchor in {_anchor(heading) for heading in HEADING.findall(pages.get(target, ""))}


def _anchor(heading: str) -> str:
    """The name that a heading has in a link, as forges make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
