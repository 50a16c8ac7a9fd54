"""Zips whose bytes are the same each time, for every file in them is of the same moment."""

import io
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def new_zip(path: Path) -> Generator[zipfile.ZipFile]:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as container:
        yield container


@contextmanager
def new_member(container: zipfile.ZipFile, name: str) -> Generator[TextIO]:
    """A file in the zip, written as it comes; always of the same time, so that the zip's bytes are the same as well."""
    info = zipfile.ZipInfo(name, date_time=(2026, 11, 1, 12, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    with container.open(info, "w", force_zip64=True) as stream, io.TextIOWrapper(stream, "utf-8", newline="") as file:
        yield file
