"""Syncs start from export files: the right file, from where it may be read, and a clear word about any other."""

import json
import os
from pathlib import Path

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.people import contacts
from onelane.storage.platforms import accounts, cursors
from onelane.storage.platforms.accounts import AuthType, Platform
from onelane.storage.workflows import runs
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.tools.people import contacts as contact_tools
from onelane.tools.people.contact_views import ContactPage
from onelane.tools.platforms.exports import sub_types
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import BadRequest, Conflict, Forbidden, NotFound, ToolError, UnreadableExport
from onelane.tools.registry.import_files import import_path
from onelane.tools.registry.runs.run_type import RunTypes
from onelane.tools.sync import account_views, sync, sync_run
from onelane.tools.sync.account_views import AccountPage
from onelane.tools.sync.sync_types import SyncSubType
from onelane.tools.workflows import runs as run_tools
from onelane.tools.workflows.run_reading.run_views import RunView, RunWithSteps
from tests.engines import equipped
from tests.samples.linkedin import linkedin_connections
from tests.samples.substack import substack_zip
from tests.samples.x import x_archive
from tests.toolbox import Toolbox, toolbox

CHAT, CLI = Caller(Face.MCP), Caller(Face.CLI)
FAR = [Face.MCP, Face.REST, Face.AGENT, Face.DASHBOARD]


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    folder = tmp_path / "Downloads"
    folder.mkdir()
    return folder


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "Documents"
    folder.mkdir()
    return folder


@pytest.fixture
def tools(database: Database, downloads: Path, documents: Path) -> Toolbox:
    return toolbox(database, sync, account_views, run_tools, import_dirs=[downloads, documents])


def start(tools: Toolbox, caller: Caller = CHAT, /, **arguments: object) -> RunView:
    return tools.call_as(caller, RunView, "start_sync", **arguments)


def run_count(tools: Toolbox) -> int:
    with tools.database.read() as session:
        return runs.count_workflow_runs(session)


def config_of(run: RunView) -> dict[str, object]:
    return json.loads(run.config)


def test_a_file_in_an_allowed_folder_becomes_a_run_that_waits_for_execution(
    tools: Toolbox, downloads: Path, documents: Path
) -> None:
    file = linkedin_connections(downloads / "Connections.csv", rows=3)

    run = start(tools, sub_type="linkedin_contacts", file=str(file))

    assert (run.workflow_type, run.status, run.trigger) == (WorkflowType.SYNC, RunStatus.PENDING, "user")
    assert config_of(run) == {
        "syncSubType": "linkedin_contacts",
        "file": str(file),
        "allowed": [str(downloads), str(documents)],
    }


def test_a_bare_name_is_looked_up_in_the_allowed_folders(tools: Toolbox, documents: Path) -> None:
    file = linkedin_connections(documents / "Connections.csv", rows=1)
    assert config_of(start(tools, file="Connections.csv"))["file"] == str(file)


def test_a_file_that_can_be_one_thing_only_needs_no_sub_type(tools: Toolbox, downloads: Path) -> None:
    linkedin_connections(downloads / "Connections.csv", rows=1)
    assert config_of(start(tools, file="Connections.csv"))["syncSubType"] == "linkedin_contacts"


def test_a_path_may_stand_in_quotes_or_be_a_link_and_reaches_no_further(tools: Toolbox, downloads: Path) -> None:
    file = linkedin_connections(downloads / "My Connections.csv", rows=1)
    for written in (f'"{file}"', "'My Connections.csv'", file.as_uri()):
        assert json.loads(start(tools, file=written).config)["file"] == str(file)
    with pytest.raises(Forbidden):
        start(tools, file="file:///etc/%70asswd")


def test_a_file_that_holds_several_things_asks_which(tools: Toolbox, downloads: Path) -> None:
    substack_zip(downloads / "export.zip", subscribers=2)
    with pytest.raises(BadRequest, match="substack_contacts, substack_posts"):
        start(tools, file="export.zip")
    assert run_count(tools) == 0


def test_without_arguments_whole_exports_are_named_before_their_parts(tools: Toolbox, downloads: Path) -> None:
    linkedin_connections(downloads / "Connections.csv", rows=1)
    header = "CONVERSATION ID,FROM,TO,DATE\nc,Ada,Me,2024-01-01 10:00:00 UTC\n"
    for day, name in enumerate(("Connections.csv", "messages.csv", "messages (1).csv", "messages (2).csv"), 1):
        file = downloads / name
        if day > 1:
            file.write_text(header)
        os.utime(file, (day * 86400, day * 86400))
    with pytest.raises(BadRequest) as raised:
        start(tools)
    files = (raised.value.details or {})["files"]
    assert files == [str(downloads / name) for name in ("Connections.csv", "messages (2).csv", "messages (1).csv")]


def test_a_file_that_is_something_else_is_refused_before_anything_is_written(tools: Toolbox, downloads: Path) -> None:
    x_archive(downloads / "x.zip", posts=2)
    (downloads / "letter.csv").write_text("Dear Ada,\nhow are you?\n")
    (downloads / "empty.csv").touch()
    with pytest.raises(UnreadableExport, match="It can be imported as x_contacts"):
        start(tools, sub_type="linkedin_contacts", file="x.zip")
    with pytest.raises(UnreadableExport, match=r"Connections\.csv"):
        start(tools, sub_type="linkedin_contacts", file="letter.csv")
    with pytest.raises(BadRequest, match="no export that Onelane knows"):
        start(tools, file="letter.csv")
    with pytest.raises(UnreadableExport, match="empty"):
        start(tools, file="empty.csv")
    assert run_count(tools) == 0


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("people.ods", b"PK\x05\x06" + bytes(18), "Save the sheet with the people as CSV"),
        ("mail.pst", b"!BDN" + bytes(99), "In Outlook export contacts as CSV"),
        ("book.ldif", b"dn: cn=Ada\ncn: Ada\n", "as vCards (.vcf) instead"),
        ("export.7z", b"7z\xbc\xaf\x27\x1c" + bytes(99), "Unpack it, and import what is inside."),
        ("people.json", b'{"people": []}', "needs its first lines back, and one of a newer version a newer Onelane."),
        ("crm.csv", b"Record ID;Contact Name;Opt Out\n1;Ada;Yes\n", "the columns Record ID, Contact Name, Opt Out. If"),
        (
            "list.txt",
            b"ada@example.com; bo@example.com\n",
            "a list without names of columns. To bring its people in, n",
        ),
        ("data.bin", b"nothing that is known\n", "What can be imported is gmail_contacts: a vCard file"),
        ("orders.csv", b"Name,Email,Financial Status\n#1,ada@example.com,paid\n", "the columns Name, Email, Financial"),
    ],
)
def test_a_file_that_nobody_reads_is_told_with_what_to_do_instead(
    tools: Toolbox, downloads: Path, name: str, content: bytes, words: str
) -> None:
    (downloads / name).write_bytes(content)
    with pytest.raises(BadRequest) as raised:
        start(tools, file=name)
    assert words in str(raised.value)


def test_a_missing_file_says_where_it_was_looked_for(tools: Toolbox, downloads: Path, documents: Path) -> None:
    with pytest.raises(NotFound) as raised:
        start(tools, file="Connections.csv")
    assert f"{downloads}, {documents}" in raised.value.message


@pytest.mark.parametrize("face", FAR)
def test_from_afar_nothing_outside_the_allowed_folders_is_read(tools: Toolbox, tmp_path: Path, face: Face) -> None:
    outside = linkedin_connections(tmp_path / "Connections.csv", rows=1)
    downloads = tmp_path / "Downloads"
    (downloads / "link.csv").symlink_to(outside)
    (downloads / "folder").symlink_to(tmp_path)
    ways = [str(outside), "../Connections.csv", "link.csv", "folder/Connections.csv", str(downloads / "../nothing.csv")]
    for way in [*ways, "/etc/passwd", "~root/.profile", "/proc/self/environ"]:
        with pytest.raises(Forbidden, match="may not read") as raised:
            start(tools, Caller(face), file=way)
        assert str(downloads) in raised.value.message
    assert run_count(tools) == 0


def test_whether_a_file_outside_exists_is_not_told(tools: Toolbox, tmp_path: Path) -> None:
    (tmp_path / "there.csv").touch()
    for name in ("there.csv", "not-there.csv"):
        with pytest.raises(Forbidden, match="may not read"):
            start(tools, file=str(tmp_path / name))


def test_on_the_command_line_any_file_is_read(tools: Toolbox, tmp_path: Path) -> None:
    file = linkedin_connections(tmp_path / "Connections.csv", rows=1)
    run = start(tools, CLI, file=str(file))
    assert config_of(run)["allowed"] is None
    assert import_path(config_of(run)) == file


@pytest.mark.parametrize("bad", ["", "   ", "a\0b", "x" * 5000])
def test_a_file_argument_that_is_no_path_is_refused(tools: Toolbox, bad: str) -> None:
    with pytest.raises(BadRequest):
        start(tools, file=bad)


def test_a_pipe_is_no_file(tools: Toolbox, downloads: Path) -> None:
    os.mkfifo(downloads / "pipe.csv")
    with pytest.raises(BadRequest, match="neither a file nor a folder"):
        start(tools, file="pipe.csv")


def test_a_run_asks_again_before_it_opens_the_file(tools: Toolbox, downloads: Path, tmp_path: Path) -> None:
    file = linkedin_connections(downloads / "Connections.csv", rows=1)
    config = config_of(start(tools, file="Connections.csv"))
    assert import_path(config) == file

    outside = linkedin_connections(tmp_path / "secret.csv", rows=1)
    file.unlink()
    with pytest.raises(NotFound):
        import_path(config)
    file.symlink_to(outside)
    with pytest.raises(Forbidden):
        import_path(config)


def test_a_config_that_notes_no_folders_reads_nothing(downloads: Path) -> None:
    file = linkedin_connections(downloads / "Connections.csv", rows=1)
    with pytest.raises(Forbidden, match="none is set"):
        import_path({"file": str(file)})


def test_a_run_started_with_a_config_reaches_no_further_than_start_sync(
    tools: Toolbox, downloads: Path, tmp_path: Path
) -> None:
    outside = linkedin_connections(tmp_path / "Connections.csv", rows=1)
    inside = linkedin_connections(downloads / "Connections.csv", rows=1)

    def start_run(**config: object) -> RunView:
        wanted = {"syncSubType": "linkedin_contacts", **config}
        return tools.call(RunView, "start_run", workflow_type="sync", config=wanted)

    with pytest.raises(Forbidden):
        start_run(file=str(outside))
    with pytest.raises(BadRequest, match="allowed"):
        start_run(file=str(outside), allowed=None)
    with pytest.raises(BadRequest, match="path of a file"):
        start_run(file=["Connections.csv"])
    run = start_run(file="Connections.csv")
    assert config_of(run)["file"] == str(inside)
    for change in ({"file": str(outside)}, {"allowed": [str(tmp_path)]}, {"allowed": None}):
        with pytest.raises(ToolError):
            tools.call(RunView, "fork_run", run_id=run.id, config=change)
    assert run_count(tools) == 1


def test_without_a_file_the_answer_says_how_to_get_one(tools: Toolbox, downloads: Path) -> None:
    for sub_type, known in sub_types().items():
        with pytest.raises((BadRequest, Conflict)) as raised:
            start(tools, sub_type=sub_type)
        assert known.advice in raised.value.message
        assert str(downloads) in raised.value.message


def test_without_a_file_the_newest_that_fit_are_offered(tools: Toolbox, downloads: Path, documents: Path) -> None:
    older = linkedin_connections(documents / "Connections.csv", rows=1)
    newer = linkedin_connections(downloads / "Connections (1).csv", rows=1)
    x_archive(downloads / "x.zip", posts=2)
    (downloads / "empty.csv").touch()
    os.utime(older, (1, 1))
    with pytest.raises(Conflict, match="call again with") as raised:
        start(tools, sub_type="linkedin_contacts")
    assert raised.value.details == {"files": [str(newer), str(older)]}


def test_without_anything_the_answer_names_what_can_be_imported(tools: Toolbox) -> None:
    with pytest.raises(BadRequest, match="linkedin_contacts"):
        start(tools)


def test_filling_in_profiles_from_x_itself_says_that_it_needs_an_account(tools: Toolbox) -> None:
    with pytest.raises(Conflict, match=r"no account of X is connected.* onelane accounts connect x\.$"):
        start(tools, sub_type="x_enrich")


def test_every_kind_of_export_is_a_sub_type_of_the_same_platform() -> None:
    assert {name: known.platform for name, known in sub_types().items()} == {
        sub_type.value: sub_type.platform.value for sub_type in SyncSubType if sub_type is not SyncSubType.X_ENRICH
    }
    assert SyncSubType.X_ENRICH.workflow_type is WorkflowType.ENRICH


def test_an_account_must_be_there_and_of_the_same_platform(tools: Toolbox, downloads: Path) -> None:
    linkedin_connections(downloads / "Connections.csv", rows=1)
    with tools.database.write() as session:
        ours, other = (
            accounts.ensure_account(
                session, platform=platform, display_name="Me", auth_type=AuthType.FILE, account_key="me"
            )
            for platform in (Platform.LINKEDIN, Platform.X)
        )
    with pytest.raises(NotFound, match="list_accounts"):
        start(tools, file="Connections.csv", platform_account_id="acc_nothing")
    with pytest.raises(BadRequest, match="an account of X"):
        start(tools, file="Connections.csv", platform_account_id=other.id)
    run = start(tools, file="Connections.csv", platform_account_id=ours.id)
    assert (run.platform_account_id, config_of(run)["platformAccountId"]) == (ours.id, ours.id)


def test_the_same_idempotency_key_starts_one_sync(tools: Toolbox, downloads: Path) -> None:
    linkedin_connections(downloads / "Connections.csv", rows=1)
    first = start(tools, file="Connections.csv", idempotency_key="once")
    assert start(tools, file="Connections.csv", idempotency_key="once") == first
    assert run_count(tools) == 1


def test_an_import_brings_people_in_and_the_same_file_again_brings_nobody(database: Database, downloads: Path) -> None:
    engine = equipped(database, RunTypes(sync_run.sync), dirs=[downloads])
    engine.serve()
    tools = toolbox(database, sync, account_views, run_tools, contact_tools, import_dirs=[downloads], engine=engine)
    linkedin_connections(downloads / "Connections.csv", rows=1200)

    for added in (1200, 0):
        run = tools.call(RunWithSteps, "get_run", run_id=start(tools, file="Connections.csv").id)
        assert (run.status, run.total_items, run.processed_items) == (RunStatus.COMPLETED, 1200, 1200)
        assert json.loads(run.result)["added"] == added

    with tools.database.read() as session:
        assert contacts.count_contacts(session) == (1200, 0)
    (account,) = tools.call(AccountPage, "list_accounts").data
    assert (account.platform, account.auth_type, account.id) == (
        Platform.LINKEDIN,
        AuthType.FILE,
        run.platform_account_id,
    )
    assert [(each.data_type, each.sync_status) for each in account.syncs] == [("linkedin_contacts", "completed")]
    assert tools.call(ContactPage, "search_contacts", platform="linkedin").total == 1000


def test_accounts_are_listed_with_their_syncs_and_without_credentials(tools: Toolbox) -> None:
    with tools.database.write() as session:
        account = accounts.ensure_account(
            session, platform=Platform.X, display_name="@me", auth_type=AuthType.FILE, account_key="me"
        )
        account.credentials_encrypted = "sealed"
        cursor = cursors.ensure_cursor(session, account.id, "x_contacts")
        cursor.total_items_synced = 12
        accounts.ensure_account(
            session, platform=Platform.GMAIL, display_name="me@example.com", auth_type=AuthType.FILE, account_key="me"
        )

    everyone = tools.call(AccountPage, "list_accounts")
    of_x = tools.call(AccountPage, "list_accounts", platform="x")

    assert [account.display_name for account in everyone.data] == ["@me", "me@example.com"]
    assert [(sync.data_type, sync.total_items_synced) for sync in of_x.data[0].syncs] == [("x_contacts", 12)]
    assert "sealed" not in everyone.contract_json().decode()
    line = f"{account.id}\tX\t@me\tExport file\tlast sync never\tX Contacts: 12 items (idle)"
    assert of_x.text().splitlines()[0] == line


def test_a_file_is_looked_at_before_anybody_waits_for_the_write_lock(tools: Toolbox, downloads: Path) -> None:
    (downloads / "notes.csv").write_text("a,b\n1,2\n")
    with tools.database.write(), pytest.raises(BadRequest, match="with the columns a, b"):
        start(tools, file="notes.csv")


def test_a_sync_that_was_started_with_a_key_is_answered_again_when_its_file_is_gone(
    tools: Toolbox, downloads: Path
) -> None:
    path = linkedin_connections(downloads / "Connections.csv", 3)
    first = start(tools, file="Connections.csv", idempotency_key="once")
    path.unlink()
    assert start(tools, file="Connections.csv", idempotency_key="once").id == first.id
    assert run_count(tools) == 1
