"""The demo's home: a temporary folder; the person's own home is not touched."""

import base64
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

from onelane.server.settings import DEMO_PREFIX, Settings
from onelane.tools.registry.gate.vault import KEY_BYTES
from onelane.tools.registry.ports.online import OnlineSettings


@contextmanager
def demo_home(*, keep: bool) -> Generator[Path]:
    """A new folder for the demo, removed at the end unless it is to be kept."""
    if keep:
        yield Path(mkdtemp(prefix=DEMO_PREFIX))
        return
    with TemporaryDirectory(prefix=DEMO_PREFIX, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def demo_settings(home: Path, **online: Any) -> Settings:
    """Settings that know nothing of the person's own database, keys, folders and applications.

    Args:
        home: the demo's folder
        online: where the platforms are, and as which application they are asked
    """
    _write_key(home)
    usual: dict[str, Any] = {each.name: each.default for each in fields(OnlineSettings)}
    return Settings(
        home=home,
        database_url=None,
        api_token=None,
        read_only=False,
        import_dirs=[home / "imports"],
        secret_key=None,
        person_key=None,
        public_url=None,
        outbound="on",
        **{**usual, **online},
    )


def _write_key(home: Path) -> None:
    """The vault's key, as a file: a key in the system's keyring would stay there when the demo's folder goes."""
    key = base64.b64encode(secrets.token_bytes(KEY_BYTES))
    with os.fdopen(os.open(home / "secret.key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key)
