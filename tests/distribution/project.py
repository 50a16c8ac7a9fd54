"""What packages say of the project, read from `pyproject.toml`, where it stands once."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DIST = ROOT / "dist"


@dataclass(frozen=True)
class Project:
    """The project's own words."""

    version: str
    description: str
    requires_python: str
    licence: str
    author: str
    keywords: list[str]
    extras: list[str]


@cache
def read_project() -> Project:
    """What `pyproject.toml` says."""
    said = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return Project(
        version=said["version"],
        description=said["description"],
        requires_python=said["requires-python"],
        licence=said["license"],
        author=said["authors"][0]["name"],
        keywords=said["keywords"],
        extras=list(said["optional-dependencies"]),
    )


def locked_versions() -> list[str]:
    """Each pin of the lock with its marker, such as `idna==3.10`."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    return [pin.strip() for pin in re.findall(r"^([\w.\[\]-]+==[^\\\n]+)\\$", lock, re.MULTILINE)]
