"""The command line: what it prints, where, and with which exit code it ends."""

import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from onelane.server.cli.commands.people import accounts, contacts
from onelane.server.cli.commands.workflows import runs, schedules, templates
from onelane.server.cli.entry_point import main
from onelane.server.cli.error_messages import sentence_about
from onelane.server.cli.tool_commands import ToolCommand
from onelane.tools.catalogue import all_tools
from onelane.tools.registry.errors import NotFound
from tests.commands import Terminal
from tests.samples.linkedin import linkedin_connections

COMMANDS = [
    "demo", "serve", "mcp", "worker", "chat", "sync", "contacts", "accounts", "runs", "templates", "enroll",
    "schedules", "call", "install", "doctor", "backup", "restore", "prune-history",
]  # fmt: skip


WRONG_USE = (
    (["accounts", "connect", "myspace"], "There are: gmail, linkedin, microsoft, smtp, x."),
    (["rnus"], "Did you mean 'runs'?"),
    (["runs", "lsit"], "Did you mean 'list'?"),
    (["runs", "list", "--staus", "failed"], "--status"),
    (["runs", "list", "--status", "done"], "'completed'"),
    (["runs", "list", "--page-size", "0"], "must be at least 1"),
    (["tasks", "snooze", "tsk_1", "--until", "tomorrow"], "must be a date or a time, such as 2026-12-01"),
    (["runs", "list", "--page-size", "many"], "--page-size"),
    (["runs", "show"], "RUN_ID"),
    (["contacts", "archive", "con_1"], "--reason"),
    (["sync", "linkedin"], "linkedin_contacts"),
    (["call", "list_runs", "{"], "JSON"),
    (["call", "list_runs", "[1]"], "must be an object"),
    (["call", "list_runs", '{"a":' + "[" * 100 + "]" * 100 + "}"], "nested deeper than 100 levels"),
    (["call", "list_runs", "[" * 100_000], "nested deeper than 100 levels"),
    (["sync", "linkedin_kontacts"], "Did you mean 'linkedin_contacts'?"),
    (["sync", "a.csv", "b.csv"], "Name one file at a time"),
    (["templates", "create", "Hello", "--type", "outreach", "--steps", "nope"], "steps is not JSON"),
    (["templates", "create", " ", "--type", "outreach"], "name"),
    (["prune-history", "--days", "0"], "--days"),
    (["search", "ada", "--nothing"], "onelane contacts search"),
    (["mcp", "--toolset", "runs"], "--toolsets"),
)
FAILURES = (
    (["runs", "show", "run_nope"], "There is no run 'run_nope'. No run was started yet."),
    (["runs", "watch", "run_nope"], "There is no run 'run_nope'."),
    (
        ["contacts", "restore", "--run-id", "run_nope"],
        "There is no run 'run_nope', so it archived nobody. onelane runs list shows the latest ones.",
    ),
    (["call", "list_rnus"], "There is no tool 'list_rnus'. Did you mean 'list_runs'?"),
    (["call", "list_runs", '{"pagesize": 3}'], "Unknown argument 'pagesize'. Did you mean 'page_size'?"),
    (
        ["enroll", "tpl_nope", "con_nope"],
        "There is no template 'tpl_nope'. onelane templates list shows what there is.",
    ),
    (
        ["sync"],
        (
            "Say what to bring in (x_contacts, x_tweets, x_mentions, x_enrich, gmail_contacts, gmail_metadata, "
            "linkedin_contacts, onelane_contacts, substack_contacts, substack_posts), or name a file: onelane sync FILE"
        ),
    ),
    (
        ["sync", "linkedin_contacts", "/nope.csv"],
        "There is no file /nope.csv. Check the name, or give the whole path.",
    ),
)


@pytest.fixture
def connections(tmp_path: Path) -> Path:
    return linkedin_connections(tmp_path / "Connections.csv", 30)


def test_help_names_every_command(terminal: Terminal) -> None:
    shown = terminal.type("--help")
    assert shown.code == 0
    assert [name for name in COMMANDS if not re.search(rf"^  {name} ", shown.out, re.MULTILINE)] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(terminal: Terminal, name: str) -> None:
    shown = terminal.type(name, "--help")
    assert (shown.code, shown.err) == (0, "")
    assert f"Usage: onelane {name}" in shown.out


@pytest.mark.parametrize("group", [accounts, contacts, runs, schedules, templates])
def test_every_column_of_a_table_is_a_field_of_what_the_tool_returns(group: ModuleType) -> None:
    registry = all_tools()
    derived: tuple[ToolCommand, ...] = group.COMMANDS
    for command in derived:
        returned = registry[command.tool].signature.return_annotation
        schema = returned.model_json_schema(by_alias=False, mode="serialization")
        models: list[dict[str, Any]] = [schema, *schema.get("$defs", {}).values()]
        fields = {name for model in models for name in model.get("properties", {})}
        assert {column.partition(" as ")[0] for column in command.columns} - fields == set(), command.tool


def test_version_is_the_packages(terminal: Terminal) -> None:
    assert re.fullmatch(r"onelane \d+\.\d+\.\d+\n", terminal.type("--version").out)


@pytest.mark.parametrize(("typed", "hint"), WRONG_USE, ids=[" ".join(typed) for typed, _ in WRONG_USE])
def test_wrong_use_ends_with_2_and_says_what_would_be_right(terminal: Terminal, typed: list[str], hint: str) -> None:
    done = terminal.type(*typed)
    assert (done.code, done.out) == (2, "")
    assert hint in done.err
    assert "Value error" not in done.err


@pytest.mark.parametrize(("typed", "sentence"), FAILURES, ids=[" ".join(typed) for typed, _ in FAILURES])
def test_a_command_that_fails_exits_with_1_and_one_sentence(
    terminal: Terminal, typed: list[str], sentence: str
) -> None:
    done = terminal.type(*typed)
    assert (done.code, done.out) == (1, "")
    assert done.err == f"{sentence}\n"


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("request_approval", "onelane outbound approve ID"),
        ("Answer-Run", "onelane approvals"),
        ("export_contacts", "onelane export contacts.csv"),
    ],
)
def test_whoever_calls_what_only_the_person_does_is_told_their_command(terminal: Terminal, name: str, way: str) -> None:
    done = terminal.type("call", name)
    assert (done.code, done.err.startswith(f"There is no tool {name!r} here. ")) == (1, True)
    assert way in done.err


def test_whoever_calls_an_unknown_tool_is_told_names_that_can_be_called(terminal: Terminal) -> None:
    said = terminal.type("call", "get_pipeline").err
    assert "Written most alike: 'get_template', 'get_run'" in said
    assert "onelane call alone lists all of them." in said
    assert "\nlist_runs\tList runs of all types, newest first\n" in terminal.type("call").out


def test_an_import_says_what_it_brought_and_the_second_one_that_it_brought_nothing(
    terminal: Terminal, connections: Path
) -> None:
    done = terminal.type("sync", "linkedin_contacts", connections)
    assert done.code == 0
    assert "LinkedIn Connections from Connections.csv\n  30 people added." in done.out
    again = terminal.type("sync", "linkedin_contacts", connections)
    assert "Nothing new: all 30 were known already" in again.out
    assert len(terminal.json("contacts", "search", "--page-size", "100")["data"]) == 30


def test_an_import_prints_its_run_as_json_and_nothing_else(terminal: Terminal, connections: Path) -> None:
    run = terminal.json("sync", connections)
    assert (run["status"], run["total_items"], run["processed_items"]) == ("completed", 30, 30)
    assert run["result"]["added"] == 30
    assert terminal.json("runs", "watch", run["id"]) == run


def test_reasons_of_lines_that_could_not_be_read_are_shown(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "email_list.examplepub.csv"
    header = "email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at"
    nobody = "nobody at all,false,,other,false,2026-01-01T00:00:00.000Z,"
    file.write_text("\n".join([header, nobody.replace("nobody at all", "ada@example.com"), *[nobody] * 12]))
    done = terminal.type("sync", "substack_contacts", file)
    assert done.code == 0
    assert "1 person added. 12 lines could not be read: no e-mail address (lines 3, 4, 5, ...)." in done.out
    assert len([line for line in done.err.splitlines() if "not an e-mail address: nobody at all" in line]) == 10


@pytest.mark.parametrize("text", [b"", b"not,an,export\n1,2,3\n", b"PK\x03\x04cut off", b"\x00\x01\x02"])
def test_a_file_that_is_no_export_ends_with_1_and_changes_nothing(
    terminal: Terminal, tmp_path: Path, text: bytes
) -> None:
    file = tmp_path / "export.csv"
    file.write_bytes(text)
    done = terminal.type("sync", "linkedin_contacts", file)
    assert (done.code, done.out) == (1, "")
    assert len(done.err.splitlines()) == 1
    assert terminal.json("runs", "list")["total"] == 0
    assert terminal.json("contacts", "search")["total"] == 0


def test_without_a_file_an_import_says_how_to_get_one_or_which_fit(terminal: Terminal, connections: Path) -> None:
    terminal.set(ONELANE_IMPORT_DIRS=str(terminal.folder / "empty"))
    assert "In LinkedIn" in terminal.type("sync", "linkedin_contacts").err
    terminal.set(ONELANE_IMPORT_DIRS=str(connections.parent))
    assert f"onelane sync linkedin_contacts '{connections}'" in terminal.type("sync", "linkedin_contacts").err


def test_a_sync_of_a_platform_without_an_account_names_both_ways_out(terminal: Terminal) -> None:
    terminal.set(ONELANE_IMPORT_DIRS=str(terminal.folder / "empty"))
    refused = terminal.type("sync", "x_contacts")
    assert (refused.code, refused.out) == (1, "")
    for words in ("onelane accounts connect x", "Then: onelane sync x_contacts FILE"):
        assert words in refused.err
    assert "FILE" not in terminal.type("sync", "x_enrich").err
    for wrong in (("--max-pages", "0"), ("--since", "tomorrow"), ("--max-profiles", "-1")):
        assert wrong[0].strip("-").replace("-", "_") in terminal.type("sync", "x_contacts", *wrong).err
    assert terminal.json("runs", "list")["total"] == 0


def test_a_template_goes_through_its_whole_life(terminal: Terminal, connections: Path) -> None:
    ready_made = terminal.json("templates", "list")["total"]
    outreach = ("--type", "outreach", "--platform", "linkedin")
    steps = json.dumps([{"step_type": "message", "delay_hours": 48}])
    made = terminal.json("templates", "create", "First hello", *outreach, "--steps", steps)
    assert [step["delay_hours"] for step in made["steps"]] == [48]
    terminal.type("sync", "linkedin_contacts", connections)
    people = [row["id"] for row in terminal.json("contacts", "search", "--page-size", "2")["data"]]
    assert terminal.type("enroll", "First hello", people[0]).code == 0
    listed = terminal.folder / "people.tsv"
    listed.write_text("".join(f"{each}\tsomebody\n" for each in people))
    enrolled = terminal.json("enroll", "First hello", "--from", listed)
    assert (enrolled["total"], enrolled["counts"]) == (2, {"already_enrolled": 1, "queued": 1})
    assert terminal.json("enroll", "First hello", "--tag", "nobody's")["data"] == []
    assert "Say whom" in terminal.type("enroll", "First hello", people[0], "--tag", "vip").err
    listed.write_text("\n")
    assert "people.tsv names nobody: the id" in terminal.type("enroll", "First hello", "--from", listed).err
    waiting = terminal.type("explain", people[0]).out
    assert "draft: nobody moves in it until it is activated" in waiting
    sets_going = f"onelane templates activate {made['id']} sets it going"
    assert sets_going in waiting
    assert sets_going in terminal.type("templates", "update", "First hello", "--description", "A start").err
    empty = terminal.type("templates", "create", "Third hello", *outreach)
    assert re.search(r"a draft without steps: onelane templates update tpl_\w+ gives it some", empty.err)
    terminal.type("templates", "delete", "Third hello", "--yes")
    assert terminal.json("templates", "show", "First hello")["enrollment_count"] == 2
    assert terminal.json("templates", "clone", "First hello", "--name", "Second hello")["status"] == "draft"
    assert terminal.json("templates", "list")["total"] == ready_made + 2


def test_a_ready_made_template_is_activated_and_its_run_carried_out(terminal: Terminal, connections: Path) -> None:
    terminal.type("sync", "linkedin_contacts", connections)
    run = terminal.json("templates", "activate", "Archive empty records")["run"]
    assert run["workflow_type"] == "prune"
    assert terminal.json("runs", "watch", run["id"])["status"] == "completed"
    terminal.set(ONELANE_PERSON_KEY="k" * 40)
    refused = terminal.type("runs", "allow", run["id"])
    assert (refused.code, "asks nothing" in refused.err) == (1, True)


def test_a_command_that_would_lose_data_needs_a_yes(terminal: Terminal, connections: Path) -> None:
    test_a_template_goes_through_its_whole_life(terminal, connections)
    count = terminal.json("templates", "list")["total"]
    asked = terminal.type("templates", "delete", "First hello")
    assert (asked.code, asked.out) == (1, "")
    assert "its 2 enrollments? " in asked.err
    assert "--yes" in asked.err
    assert terminal.json("templates", "list")["total"] == count
    deleted = terminal.type("templates", "delete", "First hello", "--yes")
    assert "with its 2 enrollments." in deleted.out
    # Nobody is enrolled in this one, so nothing is lost by it.
    assert terminal.type("templates", "delete", "Second hello").code == 0


def test_a_schedule_is_set_and_deleted_by_its_name(terminal: Terminal, connections: Path) -> None:
    config = json.dumps({"syncSubType": "linkedin_contacts", "file": str(connections)})
    words = ["--name", "Fresh", "--type", "sync", "--cron", "weekdays", "--config", config]
    made = terminal.json("schedules", "set", *words)
    assert made["enabled"] is True
    assert [row["name"] for row in terminal.json("schedules", "list")["data"]] == ["Fresh"]
    assert terminal.type("schedules", "delete", "Fresh").code == 0
    assert terminal.json("schedules", "list")["total"] == 0


def test_a_run_is_started_paused_and_cancelled(terminal: Terminal, connections: Path) -> None:
    config = json.dumps({"syncSubType": "linkedin_contacts", "file": str(connections)})
    run = terminal.json("runs", "start", "sync", "--config", config)["id"]
    assert terminal.json("runs", "pause", run)["status"] == "paused"
    assert terminal.type("runs", "watch", run).code == 0
    assert terminal.json("runs", "cancel", run)["status"] == "cancelled"
    assert terminal.type("runs", "watch", run).code == 1
    assert terminal.json("runs", "retry", run)["status"] == "pending"
    assert terminal.json("runs", "watch", run)["status"] == "completed"


def test_call_reaches_any_tool_and_answers_in_json(terminal: Terminal, tmp_path: Path) -> None:
    assert terminal.type("call", "list_runs").json["data"] == []
    file = tmp_path / "arguments.json"
    file.write_text('{"page_size": 3}')
    assert terminal.type("call", "list_runs", f"@{file}", "--json").json["total"] == 0
    assert terminal.type("call", "overview", "--text").out.startswith("Contacts: ")


def test_tables_in_a_pipe_are_lines_with_tabs(terminal: Terminal, connections: Path) -> None:
    terminal.type("sync", "linkedin_contacts", connections)
    listed = terminal.type("runs", "list")
    (line,) = listed.out.splitlines()
    cells = line.split("\t")
    assert cells[1:3] == ["sync", "completed"]
    assert cells[4:] == ["LinkedIn Connections from Connections.csv", "30 people added."]
    assert listed.err == "1 of 1 runs.\n"


def test_read_only_refuses_what_changes_something(terminal: Terminal, connections: Path) -> None:
    terminal.set(ONELANE_READ_ONLY="1")
    assert "read-only" in terminal.type("sync", "linkedin_contacts", connections).err
    assert "read-only" in terminal.type("prune-history").err
    assert terminal.json("prune-history", "--dry-run") == {"runs": 0, "steps": 0, "days": 90, "dry_run": True}


@pytest.mark.parametrize("home", ["file/home", "/proc/onelane"])
def test_a_home_that_can_not_be_made_is_one_sentence(terminal: Terminal, tmp_path: Path, home: str) -> None:
    (tmp_path / "file").write_text("")
    terminal.set(ONELANE_HOME=str(tmp_path / home))
    done = terminal.type("runs", "list")
    assert (done.code, done.out) == (1, "")
    assert len(done.err.splitlines()) == 1
    assert "Set ONELANE_HOME to a folder in which you may write." in done.err


def test_a_setting_that_can_not_be_used_is_named(terminal: Terminal) -> None:
    terminal.set(ONELANE_READ_ONLY="perhaps")
    done = terminal.type("runs", "list")
    assert done.code == 1
    assert done.err.startswith("ONELANE_READ_ONLY can't be used: ")


def test_a_file_that_is_no_database_is_left_alone(terminal: Terminal) -> None:
    terminal.home.mkdir()
    file = terminal.home / "onelane.db"
    file.write_text("This is a diary, and no database at all. " * 50)
    done = terminal.type("runs", "list")
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert "is no Onelane database" in done.err
    assert file.read_text().startswith("This is a diary")


def test_an_address_that_is_none_is_one_sentence_and_shows_no_password(terminal: Terminal) -> None:
    for address in ("postgresql://ada:hidden@host:port/x", "mysql://ada:hidden@host/x", "hidden"):
        terminal.set(ONELANE_DATABASE_URL=address)
        for typed in ("runs", "list"), ("doctor",):
            done = terminal.type(*typed)
            assert done.code == 1
            assert "ONELANE_DATABASE_URL" in done.out + done.err
            assert "hidden" not in done.out + done.err
            assert len(done.err.splitlines()) <= 1


def test_a_fault_of_ours_is_called_one() -> None:
    assert sentence_about(KeyError("nobody")) == (
        "Onelane has a fault: KeyError: 'nobody'. Set ONELANE_DEBUG=1 to see where, and report it, please."
    )


def test_the_place_of_an_error_is_shown_to_whoever_looks_for_it(terminal: Terminal) -> None:
    terminal.set(ONELANE_DEBUG="1")
    with pytest.raises(NotFound, match="run_nope"):
        main(["runs", "show", "run_nope"])


def test_control_characters_never_reach_the_terminal(terminal: Terminal) -> None:
    saved = terminal.json("contacts", "save", "--name", "Ada \x1b[2J\x07Example")
    assert "\x1b" in saved["name"]
    shown = terminal.type("contacts", "show", saved["id"])
    assert "\x1b" not in shown.out + terminal.type("contacts", "search").out
    assert "Ada [2JExample" in shown.out


def test_old_history_is_deleted_only_when_it_is_meant(terminal: Terminal, connections: Path) -> None:
    terminal.type("sync", "linkedin_contacts", connections)
    counted: dict[str, Any] = terminal.json("prune-history", "--days", "1", "--dry-run")
    assert (counted["runs"], counted["steps"]) == (0, 0)
    assert terminal.type("prune-history", "--days", "1").out == "Deleted 0 runs with 0 steps.\n"
    assert terminal.json("runs", "list")["total"] == 1


def test_the_folder_of_a_demo_that_has_ended_is_not_made_anew(terminal: Terminal) -> None:
    gone = terminal.folder / "onelane-demo-x1y2"
    terminal.set(ONELANE_HOME=str(gone))
    done = terminal.type("runs", "list")
    assert done.code == 1
    assert "The demo has ended" in done.err
    assert not gone.exists()
