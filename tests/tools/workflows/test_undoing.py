"""Undo: what was done and is taken back leaves the database as it was; what somebody edited since stays."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onelane.storage.database.change_log import TRACKED, Origin, changing, references
from onelane.storage.database.engine import Database
from onelane.storage.database.recorded_changes import forget_changes, latest_changes
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.people import contacts
from onelane.storage.platforms.cursors import ensure_cursor
from onelane.storage.schema import ensure_schema
from onelane.storage.workflows import runs
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.tools.outreach.person_data.erasing import erase_person
from onelane.tools.people import contacts as contact_tools
from onelane.tools.people import merging, tagging
from onelane.tools.people.contact_views import ContactPage, SavedContact
from onelane.tools.people.intake.batch import absorb
from onelane.tools.people.intake.owners import ensure_account
from onelane.tools.platforms.formats.records import Email, PersonRecord
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import Conflict, NotFound, ToolError
from onelane.tools.registry.result import Result
from onelane.tools.workflows import enrollments, schedules, templates
from onelane.tools.workflows import runs as run_tools
from onelane.tools.workflows.undo import undoing
from onelane.tools.workflows.undo.preview import UndoPreview
from onelane.tools.workflows.undo.undoing import LatestChanges, UndoResult
from tests.databases import Clock
from tests.messages import enrollment_of, message, sequence, status_of
from tests.proof import FULL
from tests.toolbox import Toolbox, toolbox
from tests.tools.workflows.logical_dump import dump

pytestmark = pytest.mark.xdist_group("undo")

ME = Caller(Face.CLI)


def tools_of(database: Database) -> Toolbox:
    modules = (contact_tools, merging, tagging, templates, enrollments, schedules, run_tools, undoing)
    return toolbox(database, *modules)


@pytest.fixture
def tools(database: Database) -> Toolbox:
    return tools_of(database)


def call(tools: Toolbox, name: str, /, **arguments: object) -> Result:
    return tools.call_as(ME, Result, name, **arguments)


def undo(tools: Toolbox, what: str) -> UndoResult:
    return tools.call_as(ME, UndoResult, "undo", what=what)


def save(tools: Toolbox, **fields: object) -> str:
    return tools.call_as(ME, SavedContact, "save_contact", **fields).id


def take_in(database: Database, people: list[PersonRecord]) -> str:
    """Import people as a run."""
    with database.write() as session:
        run = runs.create_workflow_run(session, workflow_type=WorkflowType.SYNC, status=RunStatus.COMPLETED)
        ensure_account(session, "linkedin", None)
    with changing(Origin(database.ids.new("chg"), "sync", run.id)), database.write() as session:
        account = ensure_account(session, "linkedin", None)
        absorb(session, people, account=account, run_id=run.id, sub_type="linkedin_contacts")
    return run.id


def note_place(database: Database, status: RunStatus) -> str:
    """Note where a sync goes on, as a run that brings nothing does."""
    with database.write() as session:
        run = runs.create_workflow_run(session, workflow_type=WorkflowType.SYNC, status=status)
    origin = Origin(database.ids.new("chg"), "sync", run.id)
    with changing(origin), database.write() as session:
        ensure_cursor(session, ensure_account(session, "linkedin", None).id, f"linkedin_{status}")
    return origin.change_id


def edit(database: Database, origin: Origin, contact_id: str, **fields: object) -> None:
    """Change a contact as a part of something."""
    with changing(origin), database.write() as session:
        contacts.update_contact(session, contact_id, **fields)


def person(number: int, *, company: str | None = None) -> PersonRecord:
    address = f"p{number}@x.test"
    return PersonRecord(
        line=number, platform="linkedin", platform_user_id=f"person-{number}", name=f"Person {number}",
        company=company, emails=(Email(address, address),), url=f"https://www.linkedin.com/in/person-{number}",
    )  # fmt: skip


@dataclass
class Doings:
    """What a sequence of calls can do, chosen by numbers."""

    tools: Toolbox
    chance: random.Random
    before: dict[str, list[Any]]

    def one(self) -> None:
        """Do something; what is refused does nothing."""
        act = self.chance.choice(self.acts())
        try:
            act()
        except ToolError:
            return

    def acts(self) -> list[Callable[[], object]]:
        return [
            self.create, self.change, self.change, self.archive, self.restore, self.merge, self.template,
            self.change_template, self.delete_template, self.enroll, self.schedule, self.delete_schedule, self.take_in,
        ]  # fmt: skip

    def word(self) -> str:
        return self.chance.choice(["Ada", "Bob", "Cy", "", "日本", 'O\'Neil "x"'])

    def any_of(self, kind: str) -> str:
        with self.tools.database.read() as session:
            table = {"con": "contacts", "tpl": "workflow_templates", "sch": "scheduled_jobs"}[kind]
            ids = list(session.sql(sa.text(f"SELECT id FROM {table} ORDER BY id")).scalars())
        return self.chance.choice(ids) if ids else "none"

    def create(self) -> None:
        save(self.tools, name=f"N{self.chance.randrange(9)}", email=f"n{self.chance.randrange(9)}@x.test")

    def change(self) -> None:
        fields: dict[str, object] = {self.chance.choice(["company", "title", "notes", "location"]): self.word()}
        fields["tags"] = [f"t{self.chance.randrange(3)}"]
        save(self.tools, contact_id=self.any_of("con"), **fields)

    def archive(self) -> None:
        call(self.tools, "archive_contacts", contact_ids=[self.any_of("con")], reason="left")

    def restore(self) -> None:
        call(self.tools, "restore_contacts", contact_ids=[self.any_of("con")])

    def merge(self) -> None:
        call(self.tools, "merge_contacts", other_id=self.any_of("con"), kept_id=self.any_of("con"))

    def template(self) -> None:
        steps = [{"step_type": "wait", "delay_hours": hours} for hours in range(self.chance.randrange(4))]
        call(self.tools, "create_template", name=self.word() or "x", template_type="outreach", steps=steps)

    def change_template(self) -> None:
        steps = [{"step_type": "wait", "delay_hours": hours + 1} for hours in range(self.chance.randrange(4))]
        call(self.tools, "update_template", template_id=self.any_of("tpl"), name=self.word() or "y", steps=steps)

    def delete_template(self) -> None:
        call(self.tools, "delete_template", template_id=self.any_of("tpl"))

    def enroll(self) -> None:
        call(self.tools, "enroll_contacts", template_id=self.any_of("tpl"), contact_ids=[self.any_of("con")])

    def schedule(self) -> None:
        call(self.tools, "set_schedule", workflow_type="enrich", cron=self.chance.choice(["daily", "weekly"]))

    def delete_schedule(self) -> None:
        call(self.tools, "delete_schedule", schedule_id=self.any_of("sch"))

    def take_in(self) -> None:
        take_in(self.tools.database, [person(self.chance.randrange(6), company=self.word()) for _ in range(3)])


@settings(
    max_examples=10_000 if FULL else 30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    database=None,
)
@given(seed=st.integers(0, 2**32), length=st.integers(1, 4))
def test_what_was_done_and_taken_back_leaves_the_database_as_it_was(home: Doings, seed: int, length: int) -> None:
    home.chance = random.Random(seed)
    known = latest(home.tools)
    for _ in range(length):
        home.one()
    with home.tools.database.read() as session:
        done = [change.id for change in latest_changes(session, limit=100) if change.id > known]
    # Of the same day are only the changes of this sequence that nobody has taken back yet.
    scopes = done if seed % 8 == 0 else [home.tools.database.clock().date().isoformat()] if done else []
    conflicts = [left for scope in scopes for left in undo(home.tools, scope).left_alone]
    after = dump(home.tools.database)
    assert {name: rows for name, rows in after.items() if rows != home.before[name]} == {}
    assert conflicts == []


@pytest.fixture(scope="module")
def home(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    file = tmp_path_factory.mktemp("undo") / "onelane.db"
    file.write_bytes(migrated_sqlite.read_bytes())
    clock = Clock()
    database = Database(f"sqlite:///{file}", clock=clock)
    ensure_schema(database)
    doings = Doings(tools_of(database), random.Random(1), {})
    for number in range(4):
        save(doings.tools, name=f"Known {number}", email=f"k{number}@x.test", company="Known Ltd")
    doings.template()
    with database.write() as session:
        ensure_account(session, "linkedin", None)
    # What stands before the first sequence is of another day.
    clock.advance(days=1)
    doings.before = dump(database)
    yield doings
    database.close()


def test_an_import_is_taken_back_by_its_run_and_leaves_what_somebody_edited_since(tools: Toolbox) -> None:
    ada = save(tools, name="Person 1", email="p1@x.test")
    run_id = take_in(tools.database, [person(number, company="Acme") for number in range(1, 6)])
    (edited,) = tools.call_as(ME, ContactPage, "search_contacts", query="Person 3").data
    save(tools, contact_id=edited.id, company="Other")
    taken_back = call(tools, "control_run", run_id=run_id, action="undo")
    assert taken_back is not None
    left = tools.call_as(ME, ContactPage, "search_contacts", query="Person").data
    assert {(each.id, each.company) for each in left} == {(ada, None), (edited.id, "Other")}
    with pytest.raises(NotFound):
        undo(tools, run_id)
    assert len(tools.call_as(ME, ContactPage, "search_contacts", query="Person 3").data) == 1


def test_an_import_that_brought_nothing_is_passed_over_by_last_and_goes_with_the_one_before_it(tools: Toolbox) -> None:
    take_in(tools.database, [person(1), person(2)])
    note_place(tools.database, RunStatus.COMPLETED)
    listed = tools.call_as(ME, LatestChanges, "list_changes")
    assert [each.did for each in listed.data] == ["nothing new", "added 2 contacts, 2 profiles, 2 addresses"]
    at_work = note_place(tools.database, RunStatus.RUNNING)
    assert (taken_back := undo(tools, "last")).changes == 2
    assert taken_back.removed == 7
    left = dump(tools.database)
    assert not left["contacts"]
    assert len(left["sync_cursors"]) == 1
    with pytest.raises(NotFound, match=r"Nothing of the latest change .* \(sync, .*: nothing new\)") as error:
        undo(tools, "last")
    assert at_work in str(error.value)


def test_what_was_edited_in_between_stays_and_each_conflict_is_listed(tools: Toolbox) -> None:
    ada = save(tools, name="Ada", company="Old", title="Old")
    save(tools, contact_id=ada, company="New", title="New")
    change = latest(tools)
    save(tools, contact_id=ada, company="Mine")
    done = undo(tools, change)
    assert [(left.row_id, left.why) for left in done.left_alone] == [(ada, "changed since: company")]
    with tools.database.read() as session:
        row = contacts.get_contact(session, ada)
    assert row is not None
    assert (row.company, row.title) == ("Mine", "Old")


def test_what_others_refer_to_stays_and_is_told_in_words_with_all_that_holds_it(tools: Toolbox) -> None:
    ada = save(tools, name="Ada Lovelace", email="ada@example.com")
    made = latest(tools)
    save(tools, contact_id=ada, company="Mine")
    with tools.database.write() as session:
        template_id = sequence(session).id
    call(tools, "enroll_contacts", template_id=template_id, contact_ids=[ada])
    done = undo(tools, made)
    assert [(left.name, left.why) for left in done.left_alone if left.table == "contacts"] == [
        ("Ada Lovelace", "changed since: company (save_contact); still has an enrollment")
    ]


def test_what_a_person_edited_while_a_run_was_at_work_is_what_they_get_back(tools: Toolbox) -> None:
    ada = save(tools, name="Ada", company="Old", title="Old")
    run = Origin(tools.database.ids.new("chg"), "enrich", None)
    edit(tools.database, run, ada, company="Found", title="Found")
    save(tools, contact_id=ada, company="Mine")
    edit(tools.database, run, ada, company="Found later")
    done = undo(tools, run.change_id)
    assert [(left.name, left.why) for left in done.left_alone] == [("Ada", "changed since: company")]
    with tools.database.read() as session:
        row = contacts.get_contact(session, ada)
    assert row is not None
    assert (row.company, row.title) == ("Mine", "Old")


def test_a_merge_comes_apart_again_with_all_that_it_moved(tools: Toolbox) -> None:
    kept, other = (
        save(tools, name="Ada", email="a@x.test"),
        save(tools, name="Ada L", email="b@x.test", phone="+49 30 1"),
    )
    before = dump(tools.database)
    call(tools, "merge_contacts", other_id=other, kept_id=kept)
    undo(tools, "last")
    assert dump(tools.database) == before


def test_an_undo_can_be_taken_back_and_the_same_change_only_once(tools: Toolbox) -> None:
    save(tools, name="Ada", tags=["one"])
    change, after = latest(tools), dump(tools.database)
    undo(tools, change)
    with pytest.raises(Conflict, match="taken back already"):
        undo(tools, change)
    undone = latest(tools)
    undo(tools, undone)
    assert dump(tools.database) == after
    with pytest.raises(Conflict, match="only did again"):
        undo(tools, latest(tools))
    assert undo(tools, change).removed == 1


def test_a_day_is_taken_back_whole(tools: Toolbox, clock: Clock) -> None:
    before = dump(tools.database)
    ada = save(tools, name="Ada")
    save(tools, contact_id=ada, title="Dr")
    call(tools, "archive_contacts", contact_ids=[ada], reason="left")
    assert undo(tools, clock().astimezone().date().isoformat()).changes == 3
    assert dump(tools.database) == before


def test_a_change_of_which_nothing_is_kept_says_what_there_is(tools: Toolbox, clock: Clock) -> None:
    save(tools, name="Ada")
    change = latest(tools)
    with pytest.raises(NotFound, match=change):
        undo(tools, "chg_none")
    clock.advance(days=2)
    forget_changes(tools.database, older_than_days=1)
    with pytest.raises(NotFound, match="No change is kept"):
        undo(tools, "last")


def test_a_transaction_that_is_rolled_back_keeps_no_change_and_loses_no_trigger(tools: Toolbox) -> None:
    with pytest.raises(ToolError):
        save(tools, contact_id="con_none", title="Dr")
    ada = save(tools, name="Ada")
    save(tools, contact_id=ada, title="Dr")
    assert undo(tools, "last").restored == 1


def test_5000_rows_are_taken_back_within_two_seconds_of_work(sqlite_database: Database) -> None:
    tools = tools_of(sqlite_database)
    run_id = take_in(tools.database, [person(number, company="Acme") for number in range(1_700)])
    began = process_time()
    done = undo(tools, run_id)
    assert done.removed >= 5_000
    assert process_time() - began < 10, "far above what it needs, so that a busy machine fails nothing"


def test_to_whom_a_message_has_left_stays_and_what_waits_goes_to_nobody(tools: Toolbox) -> None:
    with tools.database.write() as session:
        template = sequence(session)
    change = tools.database.ids.new("chg")
    with changing(Origin(change, "enroll_contacts", None)), tools.database.write() as session:
        sent, waiting = (
            message(session, template, name, status=status)
            for name, status in (("Ada", ActionStatus.SENT), ("Bob", ActionStatus.APPROVED))
        )
    preview = tools.call_as(ME, UndoPreview, "preview_undo", what=change)
    assert [each.id for each in preview.sent] == [sent]
    assert {(each.name, each.why) for each in preview.left_alone} == {("Ada", "a message has left")}
    assert [(each.deed, each.name) for each in preview.rows if each.table == "contacts"] == [("remove", "Bob")]
    done = undo(tools, change)
    assert (done.cancelled, done.sent_count) == (1, 1)
    assert [status_of(tools.database, each) for each in (sent, waiting)] == [ActionStatus.SENT, ActionStatus.CANCELLED]
    with tools.database.read() as session:
        assert list(session.sql(sa.text("SELECT name FROM contacts")).scalars()) == ["Ada"]


def test_who_was_taken_out_of_a_sequence_is_in_it_again_and_gets_the_cancelled_message_written_anew(
    tools: Toolbox,
) -> None:
    with tools.database.write() as session:
        waiting = message(session, sequence(session), status=ActionStatus.APPROVED)
    before = enrollment_of(tools.database, waiting)
    call(tools, "update_enrollment", enrollment_id=before.id, status="removed")
    assert status_of(tools.database, waiting) is ActionStatus.CANCELLED
    undo(tools, "last")
    after = enrollment_of(tools.database, waiting)
    assert (after.status, after.epoch) == (before.status, before.epoch + 1)


def test_of_an_erased_person_nothing_is_left_that_could_be_brought_back(tools: Toolbox) -> None:
    kept = save(tools, name="Ada", email="a@x.test", notes="Met at the fair")
    other = save(tools, name="Ada Unmistakable", company="Distinct Ltd")
    bob = save(tools, name="Bob", company="Old")
    call(tools, "tag_contacts", contact_ids=[kept, other, bob], add=["one"])
    save(tools, contact_id=kept, phone="+49 30 1234567")
    call(tools, "merge_contacts", other_id=other, kept_id=kept)
    erase_person(tools.services, kept)
    with tools.database.read() as session:
        said = " ".join(row[0] for row in session.sql(sa.text("SELECT data FROM changed_rows WHERE kind <> 'insert'")))
    assert [word for word in ("Ada", "a@x.test", "Distinct", "fair", "1234567") if word in said] == []
    assert "one" in said


def test_a_chats_person_is_asked_with_what_would_be_taken_back(tools: Toolbox) -> None:
    save(tools, name="Ada")
    question = tools.question("undo", what="last")
    assert question is not None
    assert question.endswith("removes 1 contact.\nTake it back?")


def test_whoever_takes_back_a_refusal_reads_whose_it_is(tools: Toolbox) -> None:
    ada = save(tools, name="Ada")
    call(tools, "save_contact", contact_id=ada, consent_basis="refused")
    save(tools, name="Grace", consent_basis="refused")
    for whose in ("Grace", "Ada"):
        question = tools.question("undo", what="last")
        assert f"1 contact refuses letters, which would not be on record any more:\n- {whose}" in str(question)
        call(tools, "undo", what="last")
    assert "refuse" not in str(tools.question("undo", what="last"))


def test_postgresql_logs_the_same_tables_and_references(postgresql_database: Database) -> None:
    with postgresql_database.read() as session:
        found = set(session.sql(sa.text("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'onelane%'")).scalars())
    rows = {f"onelane_{event}_{table}" for table in TRACKED for event in ("insert", "update", "delete")}
    assert found == rows | {f"onelane_update_{table}" for table in references()}


def latest(tools: Toolbox) -> str:
    with tools.database.read() as session:
        return latest_changes(session, limit=1)[0].id
