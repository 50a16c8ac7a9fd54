"""A file that its owner alone may read, written whole or not at all."""

import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


def replace_private_file(path: Path, text: str) -> None:
    """Write a file, in the place of one that is there.

    Raises:
        OSError: there is no room for it, or it can't be written there; what was there stays
    """
    with _draft(path, text) as draft:
        draft.replace(path)


def create_private_file(path: Path, text: str) -> bool:
    """Write a file that is not there yet.

    Returns:
        False when another process was quicker, whose file counts

    Raises:
        OSError: there is no room for it, or it can't be written there
    """
    with _draft(path, text) as draft:
        try:
            os.link(draft, path)
        except FileExistsError:
            return False
    return True


@contextmanager
def _draft(path: Path, text: str) -> Generator[Path]:
    """The text in a file beside, on the disk; it is gone afterwards."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        yield draft
    finally:
        draft.unlink(missing_ok=True)
