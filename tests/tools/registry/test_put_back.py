"""A database that is put back from a copy brings no yes back: neither one that was used, nor one that was not."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.schema import ensure_schema
from onelane.storage.workflows import runs, templates
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.runs import WorkflowType
from onelane.storage.workflows.templates import TemplateType
from onelane.tools.catalogue import all_tools
from onelane.tools.registry.context import Caller, Face, Services
from onelane.tools.registry.gate import answers
from onelane.tools.registry.gate.person_key import PersonKey
from onelane.tools.registry.gate.question import PersonNeeded
from onelane.tools.registry.gate.run_questions import verdict_of
from onelane.tools.registry.gate.used_approvals import UsedYeses
from onelane.tools.registry.toolbox import Toolbox
from tests.databases import Clock
from tests.engines import idle_engine

KEY = PersonKey(b"the person's own key, the same after".strip)


@dataclass(frozen=True)
class Home:
    """A home with a database, in which a run asks to delete a template.

    Args:
        folder: where it is
        clock: says how late it is
        run_id: the run
        template_id: the template
    """

    folder: Path
    clock: Clock
    run_id: str
    template_id: str

    @property
    def file(self) -> Path:
        """The database."""
        return self.folder / "onelane.db"

    def open(self) -> "Process":
        """What a process that starts now works with."""
        database = Database(f"sqlite:///{self.file}", clock=self.clock)
        used = UsedYeses(self.folder / "approvals.used")
        services = Services(database, idle_engine(database), [], person_key=KEY, used_yeses=used)
        return Process(self, services)


@dataclass(frozen=True)
class Process:
    """A process.

    Args:
        home: where it works
        services: what it works with
    """

    home: Home
    services: Services

    @property
    def database(self) -> Database:
        """The database."""
        return self.services.database

    @property
    def toolbox(self) -> Toolbox:
        """The tools."""
        return Toolbox(all_tools(), self.services)

    def ask(self) -> str:
        """Let the run ask; the question's id."""
        asked = self.toolbox.question("delete_template", self.given, self.caller)
        assert asked is not None
        with self.database.write() as session:
            return answers.ask(session, KEY, asked).id

    def allow(self, approval_id: str) -> None:
        """Let the person say yes."""
        with self.database.write() as session:
            answers.answer(session, self.services, approval_id, allow=True, via=Door.CLI)

    def delete(self) -> None:
        """What the run asks for."""
        self.toolbox.call("delete_template", self.given, self.caller)

    def has_template(self) -> bool:
        """Whether the template is there."""
        with self.database.read() as session:
            return templates.get_template(session, self.home.template_id) is not None

    @property
    def given(self) -> dict[str, object]:
        """The call's arguments."""
        return {"template_id": self.home.template_id}

    @property
    def caller(self) -> Caller:
        """The run, as it calls."""
        return Caller(Face.AGENT, self.home.run_id)

    def is_allowed(self) -> bool:
        """Whether a person's yes is known that is still good."""
        asked = self.toolbox.question("delete_template", self.given, self.caller)
        assert asked is not None
        with self.database.read() as session:
            return verdict_of(session, self.services, asked) is not None


@pytest.fixture
def home(tmp_path: Path, clock: Clock) -> Home:
    database = Database(f"sqlite:///{tmp_path / 'onelane.db'}", clock=clock)
    ensure_schema(database)
    with database.write() as session:
        template_id = templates.create_template(session, name="Hello", template_type=TemplateType.OUTREACH).id
        run_id = runs.create_workflow_run(session, workflow_type=WorkflowType.AGENT).id
    database.close()
    return Home(tmp_path, clock, run_id, template_id)


def by_moving(copy: Path, file: Path) -> None:
    moved = copy.with_name("moved.db")
    shutil.copy(copy, moved)
    moved.replace(file)


def by_writing_into_it(copy: Path, file: Path) -> None:
    with closing(sqlite3.connect(copy)) as source, closing(sqlite3.connect(file)) as target:
        source.backup(target)


def uses_it(process: Process) -> None:
    process.delete()


def lets_a_minute_pass(process: Process) -> None:
    answers.count_on(process.database, process.services.used_yeses)


def takes_it_back(process: Process) -> None:
    with process.database.write() as session:
        templates.update_template(session, process.home.template_id, name="Changed")
    process.allow(process.ask())


def does_nothing(process: Process) -> None:
    pass


@pytest.mark.parametrize(
    ("then", "put_back"),
    [
        (uses_it, by_moving),
        (uses_it, by_writing_into_it),
        (lets_a_minute_pass, by_writing_into_it),
        (takes_it_back, by_writing_into_it),
        (does_nothing, by_moving),
    ],
)
def test_a_copy_that_is_put_back_brings_no_yes_back(
    home: Home, then: Callable[[Process], None], put_back: Callable[[Path, Path], None]
) -> None:
    before, copy = home.open(), home.folder / "copy.db"
    before.allow(before.ask())
    by_writing_into_it(home.file, copy)
    then(before)
    before.database.close()
    put_back(copy, home.file)
    home.clock.advance(minutes=1)

    after = home.open()
    assert not after.is_allowed()
    with pytest.raises(PersonNeeded):
        after.delete()
    assert after.has_template()
    after.allow(after.ask())
    assert after.is_allowed()
    after.delete()
    assert not after.has_template()
    after.database.close()


def test_a_yes_is_still_good_in_the_next_process(home: Home) -> None:
    before = home.open()
    before.allow(before.ask())
    lets_a_minute_pass(before)
    before.database.close()
    after = home.open()
    assert after.is_allowed()
    after.delete()
    assert not after.has_template()
    after.database.close()
