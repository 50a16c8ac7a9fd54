"""A contact field is said once: a line on the row class and a migration are all that a new one takes."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from onelane.storage.schema import HEAD

PRODUCT = ("server", "tools", "storage", "prompts", ".ci")
ROW, SCHEMA, MIGRATIONS = "storage/people/contacts.py", "storage/schema.py", "storage/migrations/versions"
NEXT = f"{int(HEAD) + 1:04}"
LINE = """\
    pronouns: str | None = contact_field(
        FieldKind.LINE, "how to speak of them", fills_gap=True, found_on_pages=True, points=2, weight="C", judged=True
    )
"""
MIGRATION = f'''\
"""Add how to speak of a contact."""

import sqlalchemy as sa
from alembic import op

revision = "{NEXT}"
down_revision = "{HEAD}"


def upgrade() -> None:
    op.add_column("contacts", sa.Column("pronouns", sa.Text(), nullable=True))
'''


@pytest.fixture
def tree(project: Path, tmp_path: Path) -> Path:
    """A copy of the product, without what it is tested with."""
    folder = tmp_path / "tree"
    for name in PRODUCT:
        shutil.copytree(project / name, folder / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_a_new_contact_field_is_one_line_and_one_migration(project: Path, tree: Path, tmp_path: Path) -> None:
    insert(tree / ROW, before="    tags: str = Field(", text=LINE)
    (tree / MIGRATIONS / f"{NEXT}_add_pronouns.py").write_text(MIGRATION)
    replace(tree / SCHEMA, f'HEAD = "{HEAD}"', f'HEAD = "{NEXT}"')
    assert touched(project, tree) == {ROW, SCHEMA, f"{MIGRATIONS}/{NEXT}_add_pronouns.py"}
    assert used(project, tree, tmp_path, "pronouns") == {
        "asked by": ["save_contact", "contact_create"],
        "help": "how to speak of them",
        "kept": "sheher both",
        "in the text": True,
        "points": 2,
        "found": ["Ada Example", "Grace Example"],
        "filled by a page": [["name", "confirmed"], ["pronouns", "filled"]],
        "read by a model": "how to speak of them; null when the text does not say",
        "after a merge": ["sheher both", 2],
        "pruning looks at it": True,
    }


def insert(path: Path, *, before: str, text: str) -> None:
    replace(path, before, text + before)


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new), encoding="utf-8")


def touched(project: Path, tree: Path) -> set[str]:
    """The files of the copy that are new or not as they were."""
    copied = {path.relative_to(tree) for path in tree.rglob("*.py") if path.is_file()}
    return {name.as_posix() for name in copied if not _is_as_in(project / name, tree / name)}


def _is_as_in(original: Path, copy: Path) -> bool:
    return original.exists() and original.read_bytes() == copy.read_bytes()


def used(project: Path, tree: Path, folder: Path, field: str) -> dict[str, Any]:
    """What became of a field everywhere, in a process that has the copy's product and our tests."""
    path = os.pathsep.join([str(tree / ".ci" / "imports"), str(project)])
    done = subprocess.run(
        [sys.executable, "-m", "tests.house.new_contact_field", str(folder), field],
        env=os.environ | {"PYTHONPATH": path},
        cwd=project,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
