"""A home may be called anything; one that can't be made, and a setting that there is not, are told in a sentence."""

from pathlib import Path

from mcp import Client
from mcp_types import TextContent

from onelane.server.app import open_onelane
from onelane.server.mcp import build_mcp
from onelane.server.mcp.lazy_onelane import LazyOnelane
from onelane.server.settings import Settings, unknown_settings
from onelane.storage.database.engine import Database
from tests.commands import Terminal

NAMES = ("a?b", "a?c", "50%25 off", "50% off", "#1", 'it\'s; "a" & b=c+d@e:f', "ü ö", "[x]~$HOME")


def test_a_home_of_any_name_holds_its_own_database(tmp_path: Path) -> None:
    for name in NAMES:
        settings = Settings(home=tmp_path / name)
        database = Database(settings.url)
        assert database.path == tmp_path / name / "onelane.db"
        database.close()


def test_a_home_with_odd_characters_is_used_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    home = tmp_path / "a?b 50%25#"
    open_onelane(Settings(home=home)).close()
    assert [each.name for each in tmp_path.iterdir()] == [home.name]
    assert (home / "onelane.db").is_file()


async def test_a_home_that_cannot_be_made_is_told_in_a_sentence_at_each_call(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    onelane = LazyOnelane(Settings(home=tmp_path / "file" / "home"), open_onelane)
    async with Client(build_mcp(onelane)) as client:
        answer = await client.call_tool("overview", {})
    (content,) = answer.content
    assert isinstance(content, TextContent)
    assert content.text.startswith(f"The folder {tmp_path / 'file' / 'home'} can't be made: ")
    assert "ONELANE_HOME" in content.text


def test_a_variable_that_is_no_setting_is_named_with_the_nearest() -> None:
    known = ["ONELANE_MODEL", "onelane_home", "ONELANE_DEBUG", "ANTHROPIC_API_KEY", "PATH"]
    assert unknown_settings(known) == []
    assert unknown_settings(["ONELANE_HOEM", "ONELANE_ANTHROPIC_API_KEY", "ONELANE_ZZZ"]) == [
        "ONELANE_ANTHROPIC_API_KEY is no setting of Onelane. Did you mean ANTHROPIC_API_KEY?",
        "ONELANE_HOEM is no setting of Onelane. Did you mean ONELANE_HOME?",
        "ONELANE_ZZZ is no setting of Onelane. docs/settings.md lists them.",
    ]


def test_doctor_names_a_variable_that_is_no_setting(terminal: Terminal) -> None:
    terminal.set(ONELANE_MODLE="claude-opus-5-5")
    whats = [each["what"] for each in terminal.json("doctor")["findings"]]
    assert "ONELANE_MODLE is no setting of Onelane. Did you mean ONELANE_MODEL?" in whats
