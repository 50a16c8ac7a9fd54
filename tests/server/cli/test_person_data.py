"""`onelane contacts export` and `erase`: a person gets all that is kept of them, and only the user erases it."""

import json

from tests.commands import Terminal


def test_a_person_is_exported_and_then_erased_with_the_key_and_a_yes(terminal: Terminal) -> None:
    ada = terminal.json("contacts", "save", "--name", "Ada Example", "--email", "ada@example.com")["id"]
    exported = json.loads(terminal.type("contacts", "export", ada).out)
    assert exported["tables"]["contacts"][0]["email"] == "ada@example.com"
    unseen = terminal.type("contacts", "erase", ada, "--yes")
    assert (unseen.code, "ONELANE_PERSON_KEY" in unseen.err) == (1, True)
    terminal.set(ONELANE_PERSON_KEY="k" * 40)
    unsaid = terminal.type("contacts", "erase", ada)
    assert (unsaid.code, "Erase Ada Example" in unsaid.err, "--yes" in unsaid.err) == (1, True, True)
    assert terminal.json("contacts", "erase", ada, "--yes") == {"id": ada, "erased": True, "suppressed": 1}
    assert terminal.json("contacts", "search")["total"] == 0


def test_of_whom_was_erased_no_file_of_the_home_holds_a_word(terminal: Terminal) -> None:
    terminal.set(ONELANE_PERSON_KEY="k" * 40)
    terminal.json("contacts", "save", "--name", "Ada Example", "--email", "ada@example.com")
    names = ("Zebulon Quixworth", "Zebulon Quixworthy")
    kept, gone = (terminal.json("contacts", "save", "--name", name, "--company", "Quixcorp")["id"] for name in names)
    terminal.json("call", "merge_contacts", json.dumps({"kept_id": kept, "other_id": gone}), "--yes")
    assert files_with(terminal, b"zebulon")
    terminal.json("contacts", "erase", kept, "--yes")
    assert [files_with(terminal, word) for word in (b"zebulon", b"quix")] == [[], []]


def files_with(terminal: Terminal, word: bytes) -> list[str]:
    """The files of the home in whose bytes a word stands."""
    files = (file for file in terminal.home.rglob("*") if file.is_file())
    return [file.name for file in files if word in file.read_bytes().lower()]
