"""How quickly contacts are enrolled in a sequence, by their ids and by a filter, and doing it again.

    python -m tests.bench.bench_enroll [--contacts 100000] [--postgresql] [--profile]

The bar: 100,000 in under 10 seconds. People are made up; each has an address and a tag.
"""

import argparse
import cProfile
import json
import pstats
import resource
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

import orjson

from onelane.storage.database.engine import Database
from onelane.storage.database.rows import insert_rows
from onelane.storage.people.contacts import Contact
from onelane.storage.platforms.accounts import Platform
from onelane.storage.schema import ensure_schema
from onelane.storage.search.contact_search import index_contacts
from onelane.storage.workflows import templates
from onelane.storage.workflows.templates import TemplateStatus, TemplateStepType, TemplateType
from onelane.tools.registry.context import Caller, Face
from onelane.tools.workflows import enrollments
from onelane.tools.workflows.enroll_batches import Enrolled
from tests.databases import running_postgresql
from tests.toolbox import Toolbox, toolbox

BATCH = 5_000
TAG = "fintech"


def main() -> None:
    """Enroll as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    if options.postgresql:
        with running_postgresql() as server:
            measure(Database(server.url), options.contacts, profiled=options.profile)
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(Database(f"sqlite:///{Path(folder) / 'onelane.db'}"), options.contacts, profiled=options.profile)


def measure(database: Database, number: int, *, profiled: bool) -> None:
    """Fill a database, and enroll everybody in it."""
    ensure_schema(database)
    ids = fill(database, number)
    tools = toolbox(database, enrollments)
    first, second = (template(database, name) for name in ("by ids", "by filter"))
    report("enrolled by ids", number, lambda: enroll(tools, first, contact_ids=ids), profiled=profiled)
    report("enrolled again", number, lambda: enroll(tools, first, contact_ids=ids))
    report("enrolled by tag", number, lambda: enroll(tools, second, where={"tag": TAG}))


def fill(database: Database, number: int) -> list[str]:
    """So many people who can be written to."""
    ids: list[str] = []
    for start in range(0, number, BATCH):
        with database.write() as session:
            batch = session.new_ids("con", min(BATCH, number - start))
            rows = [
                (each, f"Ada Lovelace {start + place}", f"ada{start + place}@example.com", f'["{TAG}"]')
                for place, each in enumerate(batch)
            ]
            insert_rows(session, Contact, ("id", "name", "email", "tags"), rows)
            index_contacts(session, batch)
            ids += batch
    return ids


def template(database: Database, name: str) -> str:
    """An active sequence of two letters."""
    with database.write() as session:
        made = templates.create_template(
            session,
            name=name,
            template_type=TemplateType.OUTREACH,
            status=TemplateStatus.ACTIVE,
            platform=Platform.GMAIL,
            config=orjson.dumps({"exclusive": False}).decode(),
        )
        for index in range(2):
            letter = orjson.dumps({"subject": "Hi", "text": 'Hi {{ first_name or "there" }}'}).decode()
            templates.add_template_step(
                session, template_id=made.id, step_index=index, step_type=TemplateStepType.MESSAGE, config=letter
            )
        return made.id


def enroll(tools: Toolbox, template_id: str, **whom: object) -> Enrolled:
    """As a program calls it, which gets an answer for each."""
    caller = Caller(Face.CLI)
    return tools.call_as(caller, Enrolled, "enroll_contacts", template_id=template_id, **whom)


def report(name: str, number: int, do: Callable[[], Enrolled], *, profiled: bool = False) -> None:
    """Do it, and print what it took."""
    profile = cProfile.Profile() if profiled else None
    began, cpu = perf_counter(), process_time()
    answer = profile.runcall(do) if profile else do()
    told = {
        "what": name,
        "contacts": number,
        "counts": answer.counts,
        "seconds": round(perf_counter() - began, 2),
        "cpu_seconds": round(process_time() - cpu, 2),
        "mb_at_most": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    if profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(35)


if __name__ == "__main__":
    main()
