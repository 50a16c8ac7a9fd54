"""What taking in a person costs: a first import, the same again, and against bare inserts of as many rows.

    python -m tests.bench.bench_intake [--people 100000] [--page 1000] [--rounds 3] [--cpu]

The records come from a generated Connections.csv; reading them is not measured. The ways take turns page by page, each
in a database of its own, so that a machine that slows down slows all. "bare inserts" is the least that any intake does:
three prepared statements with the values ready. "with search" also lets the people be found. `--cpu` counts the time of
this process only, for a machine that is busy with other things; it leaves out what the disk takes.
"""

import argparse
import resource
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from time import perf_counter, process_time

from onelane.storage.database.engine import Database
from onelane.storage.database.rows import insert_rows
from onelane.storage.people.contacts import Contact
from onelane.storage.people.emails import ContactEmail
from onelane.storage.people.identities import Identity
from onelane.storage.schema import ensure_schema
from onelane.storage.workflows import runs
from onelane.storage.workflows.runs import WorkflowType
from onelane.tools.people.intake.batch import absorb, take_in
from onelane.tools.people.intake.owners import ensure_account
from onelane.tools.platforms.exports import open_export
from onelane.tools.platforms.formats.records import Item, PersonRecord
from tests.bench.figures import Figure, tell
from tests.samples.linkedin import linkedin_connections

Page = Sequence[Item]
CONTACT = ("id", "name", "first_name", "last_name", "company", "title", "email", "platform", "profile_url", "tags",
           "enrichment_score", "created_at", "updated_at")  # fmt: skip
IDENTITY = ("id", "contact_id", "platform", "platform_user_id", "platform_handle", "platform_url", "platform_data",
            "is_primary", "last_synced_at", "created_at", "updated_at")  # fmt: skip
EMAIL = ("id", "contact_id", "address", "normalized", "source", "is_verified", "created_at")


def inserter(database: Database) -> Callable[[Page], None]:
    def insert(page: Page) -> None:
        people = [item for item in page if isinstance(item, PersonRecord)]
        with database.write() as session:
            ids, now = session.new_ids("con", len(people)), 1_790_000_000
            insert_rows(session, Contact, CONTACT, [
                (key, each.name, each.first_name, each.last_name, each.company, each.title,
                 each.emails[0].address if each.emails else None, "linkedin", each.url, "[]", 70, now, now)
                for key, each in zip(ids, people, strict=True)
            ])  # fmt: skip
            facts = '{"connected_at":"2024-03-12","relations":["connection"]}'
            insert_rows(session, Identity, IDENTITY, [
                (f"i{key}", key, "linkedin", each.handle, each.handle, each.url, facts, True, now, now, now)
                for key, each in zip(ids, people, strict=True)
            ])  # fmt: skip
            insert_rows(session, ContactEmail, EMAIL, [
                (f"e{key}", key, each.emails[0].address, each.emails[0].normalized, "linkedin", True, now)
                for key, each in zip(ids, people, strict=True) if each.emails
            ])  # fmt: skip

    return insert


def taker(database: Database, *, searchable: bool) -> Callable[[Page], None]:
    with database.write() as session:
        run_id = runs.create_workflow_run(session, workflow_type=WorkflowType.SYNC).id
        account = ensure_account(session, "linkedin", None)

    def take(page: Page) -> None:
        with database.write() as session:
            if searchable:
                absorb(session, page, account=account, run_id=run_id, sub_type="linkedin_contacts")
            else:
                take_in(session, page, account=account, run_id=run_id, sub_type="linkedin_contacts")

    return take


def main(typed: Sequence[str] | None = None) -> list[Figure]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--page", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cpu", action="store_true")
    arguments = parser.parse_args(typed)
    clock = process_time if arguments.cpu else perf_counter
    rounds: list[dict[str, float]] = []
    for number in range(1, arguments.rounds + 1):
        with tempfile.TemporaryDirectory() as folder:
            rounds.append(measure(number, Path(folder), arguments.people, arguments.page, clock))
    took = {name: statistics.median(each[name] * 1e6 for each in rounds) for name in rounds[0]}
    floor = took.pop("bare inserts")
    unit = "µs of CPU" if arguments.cpu else "µs"
    work = f"a person taken in, of {arguments.people:,}"
    return tell([Figure(f"{work}, {name}", us, unit, floor, "bare inserts") for name, us in took.items()])


def measure(number: int, folder: Path, people: int, size: int, clock: Callable[[], float]) -> dict[str, float]:
    file = linkedin_connections(folder / "Connections.csv", people)
    databases = {name: new_database(folder / f"{name}.db") for name in ("inserts", "intake", "searchable")}
    take = taker(databases["intake"], searchable=False)
    ways = {
        "bare inserts": inserter(databases["inserts"]),
        "first import": take,
        "same again": take,
        "with search": taker(databases["searchable"], searchable=True),
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for page in pages(file, size):
        for name, way in ways.items():
            started = clock()
            way(page)
            taken[name].append((clock() - started) / len(page))
    show(number, taken)
    for database in databases.values():
        database.close()
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def new_database(file: Path) -> Database:
    database = Database(f"sqlite:///{file}")
    ensure_schema(database)
    return database


def pages(file: Path, size: int) -> Iterator[Page]:
    items = open_export("linkedin_contacts", file).items()
    while page := list(islice(items, size)):
        yield page


def show(number: int, taken: dict[str, list[float]]) -> None:
    floor = statistics.median(taken["bare inserts"])
    for name, seconds in taken.items():
        median, mean = statistics.median(seconds), statistics.mean(seconds)
        print(
            f"round {number}  {name:13} {1 / median:7,.0f} people/s by the median page, {1 / mean:7,.0f} in all  "
            f"{median * 1e6:5.1f} us each  against bare inserts {median / floor:.2f}"
        )
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"round {number}  peak memory of all ways together {peak_mb:.0f} MB")


if __name__ == "__main__":
    main()
