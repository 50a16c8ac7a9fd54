"""How quickly contacts are enrolled in a sequence, by their ids and by a filter, and doing it again.

    python -m tests.bench.bench_enroll [--contacts 100000] [--postgresql] [--profile]
    python -m tests.bench.bench_enroll --contacts 1      in small, to see that it runs

The aim: 100,000 in under 10 seconds. People are made up; each has an address and a tag.
"""

import argparse
import cProfile
import json
import pstats
import resource
import sys
from collections.abc import Callable, Sequence
from time import perf_counter, process_time

from onelane.storage.database.engine import Database
from onelane.storage.database.rows import insert_rows
from onelane.storage.people.contacts import Contact
from onelane.storage.search.contact_search import index_contacts
from onelane.tools.registry.context import Caller, Face
from onelane.tools.workflows import enrollments
from onelane.tools.workflows.enroll_batches import Enrolled
from tests.bench.databases import new_database, seconds_to_insert
from tests.bench.figures import Figure, tell
from tests.connected_mail import connect_mail
from tests.messages import active_sequence
from tests.toolbox import Toolbox, toolbox

BATCH = 5_000
TAG = "fintech"
LETTER = {"subject": "Hi", "text": "Hi {{ first_name or 'there' }}"}
AIM_A_SECOND = 10_000


def main(typed: Sequence[str] | None = None) -> list[Figure]:
    """Enroll as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args(typed)
    with new_database(on_postgresql=options.postgresql) as database:
        return tell(measure(database, options.contacts, profiled=options.profile))


def measure(database: Database, number: int, *, profiled: bool) -> list[Figure]:
    """Fill a database, and enroll everybody in it."""
    ids = fill(database, number)
    tools = toolbox(database, enrollments)
    first, second = (template(database, name) for name in ("by ids", "by filter"))
    took = report("enrolled by ids", number, lambda: enroll(tools, first, contact_ids=ids), profiled=profiled)
    report("enrolled again", number, lambda: enroll(tools, first, contact_ids=ids))
    by_tag = report("enrolled by tag", number, lambda: enroll(tools, second, where={"tag": TAG}))
    floor, is_floor = (
        seconds_to_insert(database, "workflow_enrollments", process_time, share=2),
        "the same rows inserted",
    )
    return [
        Figure(f"{number:,} people enrolled by ids", took, "s of CPU", floor, is_floor),
        Figure(f"{number:,} people enrolled by a tag", by_tag, "s of CPU", floor, is_floor),
    ]


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
        connect_mail(session)
        return active_sequence(session, name, [LETTER, LETTER], exclusive=False).id


def enroll(tools: Toolbox, template_id: str, **whom: object) -> Enrolled:
    """As a program calls it, which gets an answer for each."""
    caller = Caller(Face.CLI)
    return tools.call_as(caller, Enrolled, "enroll_contacts", template_id=template_id, **whom)


def report(name: str, number: int, do: Callable[[], Enrolled], *, profiled: bool = False) -> float:
    """Do it, and print what it took."""
    profile = cProfile.Profile() if profiled else None
    began, cpu = perf_counter(), process_time()
    answer = profile.runcall(do) if profile else do()
    took_s, cpu_s = perf_counter() - began, process_time() - cpu
    figures = {
        "what": name,
        "contacts": number,
        "counts": answer.counts,
        "seconds": round(took_s, 2),
        "aim_seconds": number / AIM_A_SECOND,
        "cpu_seconds": round(cpu_s, 2),
        "mb_at_most": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    sys.stdout.write(json.dumps(figures) + "\n")
    sys.stdout.flush()
    if profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(35)
    return cpu_s


if __name__ == "__main__":
    main()
