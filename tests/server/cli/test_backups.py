"""Backups: one file that can be brought back elsewhere, made while others write, and never half."""

import io
import re
import sqlite3
import sys
import zipfile
from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest

from onelane.server.cli.backups.backup import write_backup
from onelane.server.cli.backups.restoring import Restoration, restore_backup
from onelane.server.cli.backups.sealed_keys import seal_keys
from onelane.server.kept_keys import KeptKeys
from onelane.server.last_backup import last_backup
from onelane.server.settings import Settings
from onelane.storage.database.engine import Database, DatabaseUnavailable
from onelane.storage.database.file_lock import FileLock
from onelane.storage.people.contacts import Contact
from onelane.tools.registry.errors import BadRequest
from tests.commands import Terminal
from tests.samples.linkedin import linkedin_connections


@pytest.fixture
def filled(terminal: Terminal) -> Terminal:
    terminal.json("sync", "linkedin_contacts", linkedin_connections(terminal.folder / "Connections.csv", 30))
    return terminal


def test_a_backup_brings_everybody_back_in_another_home(filled: Terminal) -> None:
    people = filled.json("contacts", "search")["total"]
    made = filled.json("backup", filled.folder / "kept.zip")
    assert (made["contacts"], made["has_keys"]) == (people, False)
    assert (filled.folder / "kept.zip").stat().st_mode & 0o077 == 0
    noted = last_backup(filled.home)
    assert noted is not None
    assert (noted.name, noted.made_at.isoformat()) == ("kept.zip", made["made_at"])

    filled.set(ONELANE_HOME=str(filled.folder / "other"))
    back = filled.json("restore", filled.folder / "kept.zip", "--yes")

    assert back["before"] is None
    assert filled.json("contacts", "search")["total"] == people
    assert switch(filled.folder / "other") == ("stopped", "restored_copy")


def test_what_is_replaced_by_a_restore_is_kept_beside_it_and_who_is_suppressed_stays_so(filled: Terminal) -> None:
    before = filled.json("suppressions", "add", "ada@example.com")
    filled.json("backup", filled.folder / "kept.zip")
    filled.json("contacts", "save", "--name", "Xanthippe Nachher")
    since = filled.json("suppressions", "add", "gone@example.com", "--channel", "email")

    back = filled.json("restore", filled.folder / "kept.zip", "--yes")

    assert back["suppressions"] == 1
    suppressed = filled.json("suppressions", "list")["data"]
    assert [each["address"] for each in suppressed] == [before["address"], since["address"]]
    assert filled.json("contacts", "search", "Xanthippe")["total"] == 0
    with closing(sqlite3.connect(back["before"])) as before:
        assert before.execute("SELECT COUNT(*) FROM contacts WHERE name = 'Xanthippe Nachher'").fetchone() == (1,)


def test_whoever_refused_since_a_backup_refuses_after_it_too(filled: Terminal) -> None:
    ada, grace = (each["id"] for each in filled.json("contacts", "search")["data"][:2])
    filled.json("suppressions", "add", "early@example.com")
    filled.json("backup", filled.folder / "kept.zip")
    filled.json("suppressions", "add", "late@example.com")
    with closing(sqlite3.connect(filled.home / "onelane.db")) as database, database:
        database.execute("UPDATE contacts SET consent_basis = 'refused' WHERE id = ?", (ada,))
        database.execute("UPDATE suppressions SET contact_id = ? WHERE address LIKE 'late%'", (ada,))
        database.execute("INSERT INTO contacts (id, name) VALUES ('con_later', 'Later')")
        rows = "SELECT 'sup_' || ?1, 'email', ?1, ?1, 'unsubscribed'"
        database.execute(
            f"INSERT INTO suppressions (id, channel, address_hash, contact_id, reason) {rows}", ("con_later",)
        )

    filled.json("restore", filled.folder / "kept.zip", "--yes")

    assert [each["address"] for each in filled.json("suppressions", "list")["data"]] == [
        "early@example.com", "late@example.com", None,
    ]  # fmt: skip
    with closing(sqlite3.connect(filled.home / "onelane.db")) as database:
        bases = dict(database.execute("SELECT id, consent_basis FROM contacts WHERE id IN (?, ?)", (ada, grace)))
        owners = database.execute("SELECT contact_id FROM suppressions ORDER BY id").fetchall()
    assert bases == {ada: "refused", grace: None}
    assert owners == [(None,), (ada,), (None,)]


def test_a_restore_that_is_killed_at_any_change_of_files_leaves_a_home_with_its_people(filled: Terminal) -> None:
    filled.json("backup", filled.folder / "kept.zip")
    home, names = filled.home, ("os.rename", "os.link")
    left, kills = [0], 0

    def kill(event: str, arguments: tuple[object, ...]) -> None:
        if left[0] and event in names and "onelane.db" in str(arguments[1]):
            left[0] -= 1
            if not left[0]:
                raise Killed

    # Nobody takes a hook out again: with nothing left to count it does nothing.
    sys.addaudithook(kill)
    for at in range(1, 9):
        left[0] = at
        try:
            restore_backup(
                Settings(home=home),
                filled.folder / "kept.zip",
                now=datetime(2027, 1, at, tzinfo=UTC),
                agree=lambda facts, contents: None,
                passphrase=None,
            )
        except Killed:
            kills += 1
            with closing(sqlite3.connect(f"file:{home}/onelane.db?mode=ro", uri=True)) as connection:
                assert connection.execute("SELECT COUNT(*) > 0 FROM contacts").fetchone() == (1,)
        else:
            break
    left[0] = 0
    assert 1 < kills < 8


class Killed(BaseException):
    """The process ends."""


def test_a_restore_without_a_yes_changes_nothing(filled: Terminal) -> None:
    filled.json("backup", filled.folder / "kept.zip")
    filled.json("contacts", "save", "--name", "Xanthippe Nachher")

    refused = filled.type("restore", filled.folder / "kept.zip")

    assert refused.code == 1
    assert "Say so with --yes" in refused.err
    assert re.search(r" of \d{4}-\d\d-\d\d \d\d:\d\dZ\? Say so", refused.err)
    assert filled.json("contacts", "search", "Xanthippe")["total"] == 1


def test_what_had_the_file_open_before_a_restore_neither_reads_nor_writes_the_old_one(filled: Terminal) -> None:
    filled.json("backup", filled.folder / "kept.zip")
    with closing(Database(f"sqlite:///{filled.home / 'onelane.db'}")) as opened_before:
        with opened_before.read() as session:
            assert session.get(Contact, "con_nobody") is None

        filled.json("restore", filled.folder / "kept.zip", "--yes")

        with pytest.raises(DatabaseUnavailable, match="replaced"), opened_before.read() as session:
            session.get(Contact, "con_nobody")
        with pytest.raises(DatabaseUnavailable, match="replaced"), opened_before.write() as session:
            session.get(Contact, "con_nobody")


def test_nothing_is_restored_where_onelane_runs(filled: Terminal) -> None:
    filled.json("backup", filled.folder / "kept.zip")
    lock = FileLock(filled.home / "onelane.lock")
    assert lock.acquire()

    refused = filled.type("restore", filled.folder / "kept.zip", "--yes")

    lock.release()
    assert refused.code == 1
    assert "Onelane runs here" in refused.err


@pytest.mark.parametrize(("option", "said"), [("--query=zzyzx", "Exported 0 contacts to"), ("--due", "0 contacts")])
def test_an_export_says_how_many_it_holds(filled: Terminal, option: str, said: str) -> None:
    assert said in filled.type("export", filled.folder / "few.csv", option).err
    total = filled.json("contacts", "search")["total"]
    assert re.search(
        rf"Exported {total} contacts to .*\.csv \([\d.]+ kB\)", filled.type("export", filled.folder / "all.csv").err
    )


def test_a_backup_replaces_no_file(filled: Terminal) -> None:
    kept = filled.folder / "kept.zip"
    kept.write_text("mine")

    refused = filled.type("backup", kept)

    assert (refused.code, kept.read_text()) == (1, "mine")
    assert "There is a file" in refused.err
    assert "is a folder. Name a file in it" in filled.type("backup", filled.folder).err


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("text", "is no backup of Onelane's"),
        ("empty", "is empty"),
        ("another zip", "is a zip, but no backup"),
        ("in a folder", "Unpack it, and restore 'kept/onelane.db', which is in it"),
        ("an export", "is brought in with onelane sync FILE"),
        ("cut off", "is cut off"),
        ("bytes changed", "is damaged"),
        ("another database", "is no database of Onelane's"),
        ("newer", "A newer version of Onelane"),
        ("no facts", "is damaged"),
        ("a trigger", "holds a trigger ('helpful')"),
        ("a changed trigger", "holds a trigger ('trg_run_counts_insert')"),
        ("a view", "holds a view ('everybody')"),
        ("a bomb", "for which there is no room"),
        ("large facts", "for which there is no room"),
    ],
)
def test_a_file_that_is_no_whole_backup_leaves_the_home_as_it_is(filled: Terminal, kind: str, said: str) -> None:
    filled.json("backup", filled.folder / "kept.zip")
    people = filled.json("contacts", "search")["total"]
    wrong = filled.folder / "wrong.zip"
    wrong.write_bytes(spoilt(filled.folder / "kept.zip", kind))

    refused = filled.type("restore", wrong, "--yes")

    assert refused.code == 1, kind
    assert refused.err.count("\n") == 1, refused.err
    assert said in refused.err
    assert "has a fault" not in refused.err
    assert ".onelane-restore-" not in refused.err, "the person knows no folder of ours"
    assert filled.json("contacts", "search")["total"] == people
    assert not list(filled.home.glob("*.before-restore-*"))


def test_keys_come_along_under_a_passphrase_only(filled: Terminal) -> None:
    (filled.home / "secret.key").write_text("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
    KeptKeys(filled.home, lambda: None).put("ANTHROPIC_API_KEY", "sk-of-a-model")
    kept, other = filled.folder / "kept.zip", Settings(home=filled.folder / "other")
    database = Database(f"sqlite:///{filled.home / 'onelane.db'}")
    with pytest.raises(BadRequest, match="at least 12"):
        write_backup(database, Settings(home=filled.home), kept, "short")
    assert write_backup(database, Settings(home=filled.home), kept, "correct horse battery").has_keys
    database.close()
    with zipfile.ZipFile(kept) as archive:
        assert b"MDEyMzQ1" not in b"".join(archive.read(name) for name in archive.namelist())

    with pytest.raises(BadRequest, match="does not open"):
        restored(other, kept, "another horse battery")
    assert not (other.home / "onelane.db").exists()
    assert restored(other, kept, "correct horse battery").keys == ("secret.key", "keys/ANTHROPIC_API_KEY")
    assert KeptKeys(other.home, lambda: None).read("ANTHROPIC_API_KEY") == "sk-of-a-model"

    key = other.home / "secret.key"
    assert key.read_text().strip() == "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
    assert key.stat().st_mode & 0o077 == 0


def test_a_backup_puts_no_file_where_a_home_has_no_key(filled: Terminal) -> None:
    filled.json("backup", filled.folder / "kept.zip")
    with zipfile.ZipFile(filled.folder / "kept.zip", "a") as archive:
        archive.writestr("keys.sealed", seal_keys({"../person.key": "mine"}, "correct horse battery"))
    other = Settings(home=filled.folder / "other")

    with pytest.raises(BadRequest, match=r"a key that no home has: ../person\.key"):
        restored(other, filled.folder / "kept.zip", "correct horse battery")

    assert not (other.home / "onelane.db").exists()
    assert not (filled.folder / "person.key").exists()


@pytest.mark.parametrize("spoilt_as", ["empty", "text", "cut off"])
def test_a_backup_comes_in_the_place_of_what_cannot_be_read_any_more(filled: Terminal, spoilt_as: str) -> None:
    filled.json("backup", filled.folder / "kept.zip")
    people = filled.json("contacts", "search")["total"]
    database = filled.home / "onelane.db"
    spoilt_bytes = {"empty": b"", "text": b"no database\n" * 99, "cut off": database.read_bytes()[:8192]}[spoilt_as]
    database.write_bytes(spoilt_bytes)

    asked = filled.type("restore", filled.folder / "kept.zip")
    assert (asked.code, database.read_bytes()) == (1, spoilt_bytes)
    assert "What is here can't be read" in asked.err
    back = filled.json("restore", filled.folder / "kept.zip", "--yes")

    assert filled.json("contacts", "search")["total"] == people
    assert Path(back["before"]).read_bytes() == spoilt_bytes


def test_a_backup_that_is_made_while_others_write_is_whole(filled: Terminal) -> None:
    with closing(Database(f"sqlite:///{filled.home / 'onelane.db'}")) as database, written_to(database):
        made = [filled.json("backup", filled.folder / f"kept-{number}.zip") for number in range(3)]

    for number, each in enumerate(made):
        with zipfile.ZipFile(filled.folder / f"kept-{number}.zip") as archive:
            archive.extract("onelane.db", filled.folder)
        with closing(sqlite3.connect(filled.folder / "onelane.db")) as copy:
            assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert copy.execute("SELECT COUNT(*) FROM contacts").fetchone() == (each["contacts"],)
            assert copy.execute("SELECT COUNT(*) % 2 FROM contacts WHERE name = 'Both'").fetchone() == (0,)


@contextmanager
def written_to(database: Database) -> Generator[None]:
    """Others write two people at a time, for the length of a block."""
    ended, wrote = Event(), Event()

    def write() -> None:
        number = 0
        while not ended.is_set():
            with database.write() as session:
                for part in ("a", "b"):
                    now = session.now()
                    session.add(Contact(id=f"con_{number}{part}", name="Both", created_at=now, updated_at=now))
            number += 1
            wrote.set()

    writer = Thread(target=write)
    writer.start()
    try:
        assert wrote.wait(30)
        yield
    finally:
        ended.set()
        writer.join()


def restored(settings: Settings, file: Path, passphrase: str) -> Restoration:
    return restore_backup(
        settings,
        file,
        now=datetime(2026, 11, 2, tzinfo=UTC),
        agree=lambda facts, here: None,
        passphrase=lambda: passphrase,
    )


def switch(home: Path) -> tuple[str, str]:
    with closing(sqlite3.connect(home / "onelane.db")) as connection:
        return connection.execute("SELECT state, reason FROM outbound_switch").fetchone()


_YES = "UPDATE outbound_actions SET status = 'approved', approved_hash = content_hash"
_CODE = {
    "a trigger": f"CREATE TRIGGER helpful AFTER UPDATE ON outbound_switch BEGIN {_YES}; END",
    "a changed trigger": "DROP TRIGGER trg_run_counts_insert;"
    f"CREATE TRIGGER trg_run_counts_insert AFTER INSERT ON workflow_runs BEGIN {_YES}; END",
    "a view": "CREATE VIEW everybody AS SELECT * FROM contacts",
}


_NAMES = {"in a folder": "kept/onelane.db", "an export": "Connections.csv"}
_SQL = {
    "newer": "UPDATE alembic_version SET version_num = '9999'",
    "another database": "DROP TABLE alembic_version",
    **_CODE,
}


def spoilt(backup: Path, kind: str) -> bytes:
    whole = backup.read_bytes()
    changed = {
        "text": b"people,names\n" * 100,
        "empty": b"",
        "cut off": whole[: len(whole) // 2],
        "bytes changed": bytes([*whole[:3000], *(byte ^ 255 for byte in whole[3000:3400]), *whole[3400:]]),
    }
    return changed[kind] if kind in changed else packed_anew(backup, kind)


def packed_anew(backup: Path, kind: str) -> bytes:
    folder = backup.parent / "spoilt"
    folder.mkdir()
    with zipfile.ZipFile(backup) as archive:
        archive.extractall(folder)
    with closing(sqlite3.connect(folder / "onelane.db")) as copy, copy:
        copy.executescript(_SQL.get(kind, ""))
    made, facts = io.BytesIO(), {"no facts": b"[]", "large facts": b" " * 2_000_000}
    with zipfile.ZipFile(made, "w") as archive:
        held = "about.json" if kind == "another zip" else "onelane.db"
        archive.write(folder / held, _NAMES.get(kind, held))
        if kind in facts:
            archive.writestr("about.json", facts[kind])
        if kind == "a bomb":
            archive.infolist()[0].file_size = 2**60
    return made.getvalue()
