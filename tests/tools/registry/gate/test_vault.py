"""The vault opens with its own key only, and every way in which it stays shut ends in a sentence."""

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onelane.tools.registry.gate.vault import Vault, VaultClosed, key_of_home, key_of_text, written_once

ROW = "acc_0d1e2f"


class Drawer:
    """A keyring in memory, which may be locked."""

    def __init__(self, *, is_locked: bool = False) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.is_locked = is_locked

    def get_password(self, service_name: str, username: str) -> str | None:
        self._open()
        return self.kept.get((service_name, username))

    def set_password(self, service_name: str, username: str, password: str) -> None:
        self._open()
        self.kept[(service_name, username)] = password

    def delete_password(self, service_name: str, username: str) -> None:
        self._open()
        del self.kept[(service_name, username)]

    def _open(self) -> None:
        if self.is_locked:
            raise OSError("locked")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home" / "secret.key"


def vault_of(home: Path, keyring: Drawer | None = None) -> Vault:
    return Vault(lambda: key_of_home(home, keyring))


@pytest.mark.parametrize(
    "spelling",
    [
        "grace@xn--mnchen-3ya.example",
        "Grace@MÜNCHEN.example",
        " grace@XN--MNCHEN-3YA.EXAMPLE",
        '"grace"@münchen.example',
    ],
)
def test_each_spelling_of_an_address_is_known_again_as_the_same(spelling: str) -> None:
    vault = Vault(lambda: b"k" * 32)
    assert vault.address_hash(spelling) == vault.address_hash("grace@münchen.example")


def test_a_domain_that_is_no_name_of_another_script_is_kept_as_it_is() -> None:
    assert written_once("grace@xn--a.example") == "grace@xn--a.example"


@given(st.text(), st.text())
def test_a_secret_opens_with_its_key_for_its_row(secret: str, row: str) -> None:
    vault = Vault.of_nobody()
    encodable = secret.encode(errors="replace").decode(), row.encode(errors="replace").decode()
    sealed = vault.seal(*encodable)
    assert vault.open(sealed, encodable[1]) == encodable[0]
    assert sealed != vault.seal(*encodable)


def test_a_secret_does_not_open_with_another_key() -> None:
    sealed = Vault.of_nobody().seal("app password", ROW)
    with pytest.raises(VaultClosed, match=r"sealed with another key.*ONELANE_SECRET_KEY"):
        Vault.of_nobody().open(sealed, ROW)


def test_a_secret_does_not_open_in_another_row() -> None:
    vault = Vault.of_nobody()
    with pytest.raises(VaultClosed, match="another row"):
        vault.open(vault.seal("app password", ROW), "acc_other")


@pytest.mark.parametrize("place", [0, 3, 10, 20, 40, -1])
def test_a_damaged_secret_ends_in_a_sentence_that_does_not_quote_it(place: int) -> None:
    vault = Vault.of_nobody()
    sealed = list(vault.seal("app password", ROW))
    sealed[place] = "!"
    with pytest.raises(VaultClosed, match=f"The secret of {ROW}") as refused:
        vault.open("".join(sealed), ROW)
    assert "app password" not in str(refused.value)
    for nonsense in ("", "v1", "v1..", f"v1.{vault.key_id}.", f"v1.{vault.key_id}.AAAA"):
        with pytest.raises(VaultClosed):
            vault.open(nonsense, ROW)


def test_the_key_file_is_made_once_and_only_its_owner_reads_it(home: Path) -> None:
    sealed = vault_of(home).seal("app password", ROW)
    assert vault_of(home).open(sealed, ROW) == "app password"
    assert stat.S_IMODE(home.stat().st_mode) == 0o600
    assert [path.name for path in home.parent.iterdir()] == ["secret.key"]


def test_processes_that_start_at_once_share_one_key(home: Path) -> None:
    drawer = Drawer()
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(key_of_home, [home] * 8, [drawer] * 8))
    assert len(keys) == 1
    assert len(drawer.kept) == 1


def test_a_home_with_a_keyring_keeps_its_key_there(home: Path) -> None:
    drawer = Drawer()
    sealed = vault_of(home, drawer).seal("app password", ROW)
    assert [base64.b64decode(kept) for kept in drawer.kept.values()] == [key_of_home(home, drawer)]
    assert next(iter(drawer.kept.values())) not in home.read_text()
    assert vault_of(home, drawer).open(sealed, ROW) == "app password"


def test_a_home_that_began_without_a_keyring_keeps_its_key_when_one_appears(home: Path) -> None:
    sealed = vault_of(home).seal("app password", ROW)
    assert vault_of(home, Drawer()).open(sealed, ROW) == "app password"


def test_a_locked_keyring_is_passed_by_at_first_and_told_of_later(home: Path, tmp_path: Path) -> None:
    drawer = Drawer(is_locked=True)
    sealed = vault_of(home, drawer).seal("app password", ROW)
    assert vault_of(home).open(sealed, ROW) == "app password"

    drawer.is_locked = False
    elsewhere = tmp_path / "elsewhere" / "secret.key"
    key_of_home(elsewhere, drawer)
    drawer.is_locked = True
    with pytest.raises(VaultClosed, match="locked"):
        key_of_home(elsewhere, drawer)


def test_a_home_that_was_moved_without_its_key_says_so(home: Path) -> None:
    key_of_home(home, Drawer())
    for keyring in (None, Drawer()):
        with pytest.raises(VaultClosed, match="not in this machine's keyring"):
            key_of_home(home, keyring)


def test_a_damaged_key_file_says_so(home: Path) -> None:
    key_of_home(home, None)
    home.write_text("abc")
    with pytest.raises(VaultClosed, match=r"secret\.key is damaged"):
        key_of_home(home, None)


@pytest.mark.parametrize("text", ["", "abc", "AAAA", "ä" * 44, base64.b64encode(bytes(31)).decode()])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"base64|bytes"):
        key_of_text(text)


def test_a_key_may_be_written_in_either_alphabet() -> None:
    key = bytes(range(224, 256))
    assert key_of_text(base64.b64encode(key).decode()) == key_of_text(base64.urlsafe_b64encode(key).decode()) == key


def test_an_address_is_known_again_by_its_hash_however_it_is_written() -> None:
    vault = Vault.of_nobody()
    assert vault.address_hash("Ada@Example.COM ") == vault.address_hash("ada@example.com")
    assert vault.address_hash("@Ada") == vault.address_hash("ada")
    assert vault.address_hash("https://x.com/ada/") == vault.address_hash("https://X.com/ada")
    assert vault.address_hash("ada@example.com") != Vault.of_nobody().address_hash("ada@example.com")


def test_a_token_stands_for_one_thing_and_is_the_same_each_time() -> None:
    vault = Vault.of_nobody()
    token = vault.token("out_0d1e2f")
    assert token == vault.token("out_0d1e2f")
    assert "0d1e2f" not in token
    assert vault.text_of_token(token) == vault.text_of_token(token.upper()) == "out_0d1e2f"
    for foreign in ("", "abc", f"{token}a", token[:-1], Vault.of_nobody().token("out_0d1e2f"), "ä" * 40):
        assert vault.text_of_token(foreign) is None
