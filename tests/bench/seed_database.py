"""Fill an Onelane database with runs, steps, templates and contacts for measuring, with plain SQL.

    python -m tests.bench.seed_database FILE --runs 2000 --steps 50000

The file is created and migrated when it is not there, and must hold no runs. Two runs have fixed ids: `run-500steps`
and `run-10ksteps`. The same arguments always make the same rows, but for the times, which end now.
"""

import argparse
import json
import random
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from onelane.storage.database.engine import Database
from onelane.storage.platforms.accounts import Platform
from onelane.storage.schema import ensure_schema
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.storage.workflows.steps import StepType
from onelane.storage.workflows.templates import TemplateStatus, TemplateType

Values = Mapping[str, object]

ACCOUNT = "acc-x"
DAYS = 90
ROWS_IN_ONE_STATEMENT = 10_000
STATUSES = [RunStatus.COMPLETED] * 14 + [RunStatus.FAILED] * 3 + [RunStatus.PAUSED, RunStatus.CANCELLED]
TYPES = [WorkflowType.SYNC] * 5 + [WorkflowType.ENRICH] * 2 + list(WorkflowType)
STEPS_OF = {
    WorkflowType.SYNC: [StepType.SYNC_PAGE, StepType.SYNC_PAGE, StepType.ERROR],
    WorkflowType.ENRICH: [StepType.BROWSER_SCRAPE, StepType.LLM_EXTRACT, StepType.CONTACT_MERGE],
    WorkflowType.SEARCH: [StepType.WEB_SEARCH, StepType.URL_FETCH, StepType.CONTACT_CREATE],
    WorkflowType.PRUNE: [StepType.DECISION, StepType.CONTACT_ARCHIVE],
    WorkflowType.SEQUENCE: [StepType.ENGAGEMENT_ACTION, StepType.DECISION],
    WorkflowType.AGENT: [StepType.THINKING, StepType.TOOL_CALL, StepType.TOOL_RESULT, StepType.DECISION],
}


def main() -> None:
    """Fill the database that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--runs", type=int, default=2_000)
    parser.add_argument("--steps", type=int, default=50_000, help="over all runs but the two with fixed ids")
    parser.add_argument("--templates", type=int, default=100)
    parser.add_argument("--contacts", type=int, default=2_000)
    options = parser.parse_args()
    seed(
        options.file,
        runs=options.runs,
        steps=options.steps,
        templates=options.templates,
        contacts=options.contacts,
    )


def seed(file: Path, *, runs: int, steps: int, templates: int = 100, contacts: int = 2_000) -> None:
    """Create the database where it is missing, and fill it."""
    database = Database(f"sqlite:///{file}")
    ensure_schema(database)
    database.close()
    sample = Sample(runs, steps, templates, contacts)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA synchronous=OFF")
        for table, rows in sample.tables():
            insert(connection, table, rows)
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def insert(connection: sqlite3.Connection, table: str, rows: Iterable[Values]) -> None:
    source = iter(rows)
    while block := list(islice(source, ROWS_IN_ONE_STATEMENT)):
        names = list(block[0])
        places = ", ".join(f":{name}" for name in names)
        connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})", block)


@dataclass
class Sample:
    """Rows that look like some months of work."""

    runs: int
    steps: int
    templates: int
    contacts: int
    chance: random.Random = field(default_factory=lambda: random.Random(20261102))
    now: int = field(default_factory=lambda: int(time.time()))

    def tables(self) -> Iterator[tuple[str, Iterable[Values]]]:
        """The tables in an order that foreign keys allow."""
        yield "platform_accounts", [self.account()]
        yield "contacts", (self.contact(number) for number in range(self.contacts))
        yield "workflow_templates", (self.template(number) for number in range(self.templates))
        yield "workflow_template_steps", (self.template_step(number) for number in range(self.templates))
        planned = list(self.planned())
        yield "workflow_runs", (self.run(*plan) for plan in planned)
        yield "workflow_steps", (step for plan in planned for step in self.steps_of(*plan))

    def planned(self) -> Iterator[tuple[str, WorkflowType, int, int]]:
        """Each run's id, type, number of steps and beginning."""
        first = self.now - DAYS * 86_400
        for number in range(self.runs):
            share = self.steps * (number + 1) // self.runs - self.steps * number // self.runs
            began = first + DAYS * 86_400 * number // self.runs
            yield f"run_{number:012d}", self.chance.choice(TYPES), share, began
        yield "run-10ksteps", WorkflowType.SYNC, 10_000, first - 5
        yield "run-500steps", WorkflowType.AGENT, 500, self.now - 300

    def account(self) -> Values:
        return {"id": ACCOUNT, "platform": "x", "display_name": "@acme", "auth_type": "oauth", "account_key": "acme"}

    def contact(self, number: int) -> Values:
        name = f"{self.chance.choice(['Ada', 'Grace', 'Alan', 'Radia'])} {self.chance.choice(['Hopper', 'Allen'])}"
        email = f"person{number}@company{number % 50}.example"
        return {"id": f"con_{number:012d}", "name": name, "email": email, "company": f"Company {number % 300}"}

    def template(self, number: int) -> Values:
        return {
            "id": f"tpl_{number:012d}",
            "name": f"Template {number}",
            "description": "Made for measuring",
            "platform": self.chance.choice(list(Platform)),
            "template_type": self.chance.choice(list(TemplateType)),
            "status": self.chance.choice(list(TemplateStatus)),
            "config": json.dumps({"dailyLimit": self.chance.randint(5, 50)}),
            "created_at": self.now - self.chance.randint(0, DAYS * 86_400),
        }

    def template_step(self, number: int) -> Values:
        return {
            "id": f"tst_{number:012d}",
            "template_id": f"tpl_{number:012d}",
            "step_index": 0,
            "step_type": "message",
        }

    def run(self, run_id: str, kind: WorkflowType, steps: int, began: int) -> Values:
        status = self.chance.choice(STATUSES)
        items = self.chance.randint(4, 400)
        failed = self.chance.randint(1, 4) if status is RunStatus.FAILED else 0
        problems = [f"Line {self.chance.randint(1, 9999)}: no name and no address in it" for _ in range(failed)]
        ended = began + self.chance.randint(1, 900) if status.is_over else None
        imports = kind in (WorkflowType.SYNC, WorkflowType.ENRICH)
        config = {"syncSubType": "x_contacts", "platformAccountId": ACCOUNT} if imports else {"maxResults": 20}
        return {
            "id": run_id,
            "template_id": None
            if imports or not self.templates
            else f"tpl_{self.chance.randrange(self.templates):012d}",
            "workflow_type": kind,
            "platform_account_id": ACCOUNT if imports else None,
            "status": status,
            "total_items": items,
            "processed_items": items,
            "success_items": items - failed,
            "error_items": failed,
            "config": json.dumps(config),
            "result": json.dumps({"added": items - failed, "updated": 0, "skipped": 0, "errors": problems}),
            "errors": json.dumps(problems),
            "model": "a-model" if kind is WorkflowType.AGENT else None,
            "input_tokens": self.chance.randint(1_000, 90_000) if kind is WorkflowType.AGENT else 0,
            "step_count": steps,
            "started_at": began,
            "completed_at": ended,
            "created_at": began,
            "updated_at": ended or began,
        }

    def steps_of(self, run_id: str, kind: WorkflowType, steps: int, began: int) -> Iterator[Values]:
        for index in range(steps):
            what = self.chance.choice(STEPS_OF[kind])
            failed = what is StepType.ERROR
            about = self.contacts and self.chance.random() < 0.3
            yield {
                "id": f"stp_{run_id}_{index}",
                "workflow_run_id": run_id,
                "step_index": index,
                "step_type": what,
                "status": "failed" if failed else "completed",
                "contact_id": f"con_{self.chance.randrange(self.contacts):012d}" if about else None,
                "url": f"https://company.example/{index}" if what is StepType.URL_FETCH else None,
                "tool": "X Contacts" if kind is WorkflowType.SYNC else None,
                "output": json.dumps(
                    {"ok": not failed, "title": "A page", "snippet": "What was found there, in a line."}
                ),
                "error": "fetch failed" if failed else None,
                "duration_ms": self.chance.randint(5, 4_000),
                "created_at": began + index,
            }


if __name__ == "__main__":
    main()
