"""Nothing forgotten lies about: every rule here fails with the name of what breaks it.

The words looked for are put together from halves, so that this file does not hold them itself.
"""

import re

from tests.house.conftest import ProjectFile

LONGEST_MODULE_LINES = 400
ONE_SCREEN_LINES = 60


def test_no_file_names_a_registry_host(project_files: list[ProjectFile]) -> None:
    # Whose mirror an environment was made from is nobody's business, and a lock that names it works nowhere else.
    halves = [("pypi", r"\.org"), ("python", "hosted"), ("npm", r"js\.(?:org|com)"), ("deb", r"\.debian")]
    assert found(project_files, "|".join(first + second for first, second in halves)) == []


def test_no_file_names_a_path_of_the_machine_it_was_written_on(project_files: list[ProjectFile]) -> None:
    assert found(project_files, "/(?:wo" + "rk|fa" + "rm)/(?:main|steering|shared|in|\\.)") == []


def test_no_lock_file_carries_download_addresses(project_files: list[ProjectFile]) -> None:
    kept = {
        "uv.lock",
        "package-lock.json",
        "npm-shrinkwrap.json",
        "poetry.lock",
        "pdm.lock",
        "yarn.lock",
        "pylock.toml",
    }
    assert [file.name for file in project_files if file.name.rsplit("/", 1)[-1] in kept] == []
    locks = [file for file in project_files if file.name.endswith(".lock")]
    assert found(locks, r"[a-z]+://|--(?:extra-)?index-url|--find-links") == []


def test_every_pin_of_the_lock_has_its_hashes(project_files: list[ProjectFile]) -> None:
    lock = next(file for file in project_files if file.name == "requirements.lock")
    pins = [entry for entry in re.split(r"\n(?=\S)", lock.text) if not entry.startswith("#")]
    assert [pin.splitlines()[0] for pin in pins if "--hash=sha256:" not in pin] == []


def test_nothing_that_ships_is_left_unfinished(project_files: list[ProjectFile]) -> None:
    # As a mark in a comment, that is: a task's state may well be called so.
    marks = r"(?:#|//|/\*|<!--|\{#)\s*(?:TO" + r"DO|FIX" + r"ME|X" + r"XX)\b"
    words = [marks, r"\bNotImplemented" + r"Error\b", "simplified " + "for now", "not yet " + "implemented"]
    assert found([file for file in project_files if file.ships], "|".join(words)) == []


def test_no_test_patches_sleeps_or_claims_nothing(project_files: list[ProjectFile]) -> None:
    words = [
        "assert " + "True",
        r"pytest\.skip" + r"\(\)",
        r"time\.sleep" + r"\(",
        r"mock\." + "patch",
        r"monkeypatch\.set" + "attr",
    ]
    tests = [file for file in project_files if file.folder == "tests"]
    assert found(tests, "|".join(words)) == []


def test_what_pydantic_says_is_put_into_words_in_one_place(project_files: list[ProjectFile]) -> None:
    # It puts "Value error," in front of what our own checks say.
    ours = [file for file in project_files if file.ships and file.name != "tools/registry/arguments/errors.py"]
    assert found(ours, r"\[[\"']" + r"msg[\"']\]|Value " + "error") == []


def test_a_check_is_silenced_only_by_name_and_with_a_reason(project_files: list[ProjectFile]) -> None:
    code = [file for file in project_files if file.name.endswith(".py")]
    named_and_explained = (
        r"(?:type: |pyright: )ignore(?!\[[\w, -]+\]\s+#? ?\S)|noqa(?!: [A-Z]+\d+(?:, ?[A-Z]+\d+)*\s+\S)"
    )
    assert found(code, rf"# (?:{named_and_explained})") == []


def test_no_module_has_two_subjects(project_files: list[ProjectFile]) -> None:
    # A migration has one subject, however many tables that takes, and is never edited.
    modules = [
        file for file in project_files if file.ships and file.name.endswith(".py") and "/versions/" not in file.name
    ]
    lines = {file.name: file.text.count("\n") for file in modules}
    assert {name: count for name, count in lines.items() if count > LONGEST_MODULE_LINES} == {}


def test_the_readme_fits_on_a_screen(project_files: list[ProjectFile]) -> None:
    readme = next(file for file in project_files if file.name == "README.md")
    assert readme.text.count("\n") <= ONE_SCREEN_LINES


def found(files: list[ProjectFile], pattern: str) -> list[str]:
    """Where the pattern stands, as `path:line: the line`."""
    sought = re.compile(pattern)
    return [
        f"{file.name}:{number}: {line.strip()[:160]}"
        for file in files
        for number, line in enumerate(file.text.splitlines(), start=1)
        if sought.search(line)
    ]
