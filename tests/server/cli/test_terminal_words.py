"""What people type and see at a terminal: short ids, other words for commands, tables, Markdown."""

import io
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onelane.server.cli.display.cells import Cell
from onelane.server.cli.display.markdown import MarkdownStream
from onelane.server.cli.display.table import Column, table_lines
from onelane.server.cli.display.wrapping import width_of
from tests.commands import Terminal
from tests.samples.linkedin import linkedin_connections

words = st.text(alphabet="abcdefgh", min_size=1, max_size=14)
texts = st.lists(words, max_size=8).map(" ".join)
tables = st.integers(1, 5).flatmap(lambda width: st.lists(st.lists(texts, min_size=width, max_size=width), min_size=1))


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(tmp_path, monkeypatch, capsys)


def test_a_command_takes_either_end_of_an_id_and_names_those_that_it_may_be(terminal: Terminal) -> None:
    terminal.type("sync", "linkedin_contacts", linkedin_connections(terminal.folder / "Connections.csv", 3))
    ids = [row["id"] for row in terminal.json("contacts", "list")["data"]]
    (run,) = terminal.json("run", "list")["data"]

    for whole in ids:
        assert terminal.json("contact", "get", f"con_{whole[-5:]}")["id"] == whole
    assert terminal.json("runs", "show", run["id"][:12])["id"] == run["id"]
    vague = terminal.type("contacts", "show", ids[0][:12])
    assert (vague.code, vague.out) == (1, "")
    assert all(whole in vague.err for whole in ids)
    assert "There is no contact 'con_zzzzz'" in terminal.type("contacts", "show", "con_zzzzz").err


def test_a_typing_error_is_answered_with_commands_and_not_with_other_words_for_them(terminal: Terminal) -> None:
    assert "Did you mean 'list'?" in terminal.type("templates", "lis").err
    assert "Usage: onelane templates copy" in terminal.type("template", "copy", "--help").out


@settings(max_examples=40, deadline=None)
@given(tables, st.integers(20, 100))
def test_a_table_keeps_every_word_whole_and_fits_where_its_words_do(rows: list[list[str]], width: int) -> None:
    columns = [Column(f"head{n}", [Cell(text) for text in cells]) for n, cells in enumerate(zip(*rows, strict=True))]
    lines = ["".join(text for text, _ in line).rstrip() for line in table_lines(columns, width)]
    shown = [word.strip(":") for line in lines for word in line.split() if word != "·"]
    for row in rows:
        for word in " ".join(row).split():
            assert word in shown
    assert all(width_of(line) <= width for line in lines)


def test_an_answer_is_shown_as_it_is_meant_and_nothing_of_it_is_lost() -> None:
    screen = io.StringIO()
    answer = MarkdownStream(screen)
    for piece in ("Two **peo", "ple**:\n\n1. Ada\n2. Bob\n\n```\na = 1\n\nb = 2\n```\n\nBo", "th work in `fintech`."):
        answer.feed(piece)
    answer.end()
    kept = re.sub(r"\x1b\[[0-9;]*m", "", "".join(part for part in screen.getvalue().split("\r\x1b[J")[1:]))
    assert "Two people:" in kept
    assert "1 Ada" in kept
    assert "Both work in fintech." in kept
    assert "b = 2" in kept
