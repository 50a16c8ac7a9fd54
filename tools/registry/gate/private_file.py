"""A file that its owner alone may read, written whole or not at all."""

import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from onelane.tools.registry.errors import Forbidden

_ADMINISTRATOR = 0


class ForeignFile(Forbidden):
    """A file of the home belongs to another user of this machine. Set ONELANE_HOME to a folder of yours, then start again."""  # noqa: E501 - it is the message


def read_private_file(path: Path, *, user_id: int | None = None) -> bytes:
    """Read a file that nobody but its owner should have written.

    Args:
        path: the file
        user_id: who reads; by default whose process this is

    Raises:
        ForeignFile: another user wrote it, who knows what stands in it
        OSError: it can't be read
    """
    with path.open("rb") as stream:
        owner_id, reader_id = os.fstat(stream.fileno()).st_uid, _own_id() if user_id is None else user_id
        # What the system's administrator wrote is as good as one's own; and they, as in a container, read everybody's.
        if owner_id not in (_ADMINISTRATOR, reader_id) and reader_id != _ADMINISTRATOR:
            raise ForeignFile(
                f"{path} belongs to another user of this machine, who knows what stands in it. Remove it, or set "
                "ONELANE_HOME to a folder of yours; then start again."
            )
        return stream.read()


def _own_id() -> int:
    return os.geteuid() if hasattr(os, "geteuid") else _ADMINISTRATOR


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
