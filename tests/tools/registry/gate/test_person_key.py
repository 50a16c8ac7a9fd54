"""The person's key is one that nobody else has."""

import os
from pathlib import Path

import pytest

from onelane.tools.registry.gate.person_key import PersonKey, WeakPersonKey, key_in_file
from onelane.tools.registry.gate.private_file import ForeignFile, read_private_file


@pytest.mark.parametrize("text", ["", "\n", " " * 40, "secret", "x" * 31])
def test_a_key_that_anybody_could_send_speaks_for_nobody(tmp_path: Path, text: str) -> None:
    file = tmp_path / "person.key"
    file.write_text(text)
    key = PersonKey(lambda: key_in_file(file))

    for use in (lambda: key.matches(text), lambda: key.matches(""), key.make_sure, lambda: key.seal("yes")):
        with pytest.raises(WeakPersonKey, match=r"Remove the file person\.key"):
            use()


def test_a_key_that_is_made_is_long_enough_and_the_same_for_all(tmp_path: Path) -> None:
    file = tmp_path / "home" / "person.key"
    key = PersonKey(lambda: key_in_file(file))

    key.make_sure()
    assert key.matches(file.read_text())
    assert not key.matches("")


def test_a_key_that_another_user_of_the_machine_wrote_is_not_used(tmp_path: Path) -> None:
    file = tmp_path / "person.key"
    file.write_text("k" * 40)
    if os.geteuid() == 0:
        os.chown(file, 1234, -1)
    owner_id = file.stat().st_uid

    assert read_private_file(file, user_id=owner_id) == b"k" * 40
    with pytest.raises(ForeignFile, match="belongs to another user"):
        read_private_file(file, user_id=owner_id + 1)
