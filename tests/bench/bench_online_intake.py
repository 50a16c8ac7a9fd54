"""What taking in people costs that a platform shows page by page, outside of the network's time.

    python -m tests.bench.bench_online_intake [--followers 50000] [--page 1000] [--contacts 4298] [--postgresql] [--cpu]

First a whole pass over the followers of an account on X: each page is a transaction with its rows and its mark, then
the pass is concluded. Then the same pass again, in which nothing has changed, and one that lacks every tenth person.
Last, the entries of an address book from Google's API, twice. Memory is what the process has more at its peak than
before. `--cpu` counts the time of this process only, for a machine that is busy with other things.
"""

import argparse
import resource
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from time import perf_counter, process_time

import sqlalchemy as sa

from onelane.storage.database.engine import Database, Session
from onelane.storage.database.rows import Row, table_of
from onelane.storage.people.contacts import Contact
from onelane.storage.people.identities import Identity
from onelane.storage.platforms.accounts import Account, AuthType, Platform, ensure_account
from onelane.storage.workflows import runs
from onelane.storage.workflows.runs import WorkflowType
from onelane.tools.people.intake.batch import absorb
from onelane.tools.people.intake.relations import end_relations
from onelane.tools.platforms.formats.records import Email, PersonRecord
from tests.bench.databases import new_database, seconds_to_insert
from tests.bench.figures import Figure, tell

WANTED_PER_SECOND, WANTED_MB, WANTED_SECONDS = 5_000, 40, 2


def followers(count: int, seen_in: str, *, without_tenth: bool = False) -> Iterator[PersonRecord]:
    """Followers as X shows them, made as they are asked for."""
    for number in range(count):
        if without_tenth and number % 10 == 0:
            continue
        yield PersonRecord(
            line=number + 1, platform="x", platform_user_id=str(10**15 + number), handle=f"user_{number}",
            url=f"https://x.com/user_{number}", name=f"Given{number % 977} Family{number}", is_live=True,
            bio=f"Builds things, number {number}. Views are mine.", location=f"Town {number % 400}",
            website=f"https://user-{number}.example.com", avatar_url=f"https://pbs.example.com/{number}_normal.jpg",
            followers_count=number, following_count=number % 500, posts_count=number % 9000, is_verified=False,
            is_protected=False, relations=("follower",), seen_in=seen_in,
        )  # fmt: skip


def entries(count: int) -> Iterator[PersonRecord]:
    """Entries of an address book as Google's API has them."""
    for number in range(count):
        email = f"p{number}@corp{number % 400}.example.com"
        yield PersonRecord(
            line=number + 1, platform="gmail", platform_user_id=f"people/c{number}", is_live=True,
            name=f"Given{number % 977} Family{number}", emails=(Email(email, email, "Work"),),
            phones=(f"+1555{number:07}",), company=f"Corp {number % 400}",
            title="Engineer",
        )  # fmt: skip


class Bench:
    """Takes pages into a database and says what that cost."""

    def __init__(self, database: Database, page: int, clock: Callable[[], float]) -> None:
        self._database, self._page, self._clock = database, page, clock
        with database.write() as session:
            self._run_id = runs.create_workflow_run(session, workflow_type=WorkflowType.SYNC).id

    def take(self, what: str, platform: Platform, records: Iterator[PersonRecord], seen_in: str | None = None) -> float:
        """Take everyone in, end the pass if it is one, and print how long that took."""
        changes, count, before_mb, started = [0, 0, 0], 0, peak_mb(), self._clock()
        while page := list(islice(records, self._page)):
            count += len(page)
            changes = [one + other for one, other in zip(changes, self._take(platform, page), strict=True)]
        ended = self._end(seen_in) if seen_in is not None else 0
        seconds = self._clock() - started
        added, updated, unchanged = changes
        print(
            f"{what:32} {seconds:6.2f} s  {count / seconds:7,.0f} people/s  {added:,} added, {updated:,} updated, "
            f"{unchanged:,} unchanged, {ended:,} ended  peak memory +{peak_mb() - before_mb:.0f} MB"
        )
        return count / seconds

    def written_at(self) -> Sequence[int]:
        """When contacts and identities were last written, and how many there are."""
        with self._database.read() as session:
            return [number for table in (Contact, Identity) for number in session.sql(_last_written(table)).one()]

    def _take(self, platform: Platform, page: Sequence[PersonRecord]) -> tuple[int, int, int]:
        with self._database.write() as session:
            account = self._account(session, platform)
            outcome = absorb(session, page, account=account, run_id=self._run_id, sub_type=f"{platform}_contacts")
        return outcome.added, outcome.updated, outcome.unchanged

    def _end(self, seen_in: str) -> int:
        with self._database.write() as session:
            return end_relations(session, self._account(session, Platform.X), "follower", seen_in=seen_in)

    def _account(self, session: Session, platform: Platform) -> Account:
        return ensure_account(session, platform=platform, display_name="Me", auth_type=AuthType.OAUTH, account_key="me")


def _last_written(table: type[Row]) -> sa.Select[int, int]:
    columns = table_of(table).c
    return sa.select(sa.func.max(sa.type_coerce(columns.updated_at, sa.BigInteger())), sa.func.count())


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(typed: Sequence[str] | None = None) -> list[Figure]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--followers", type=int, default=50_000)
    parser.add_argument("--page", type=int, default=1000)
    parser.add_argument("--contacts", type=int, default=4298)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--cpu", action="store_true")
    given = parser.parse_args(typed)
    clock = process_time if given.cpu else perf_counter
    with new_database(on_postgresql=given.postgresql) as database:
        bench = Bench(database, given.page, clock)
        bench.take("warming up", Platform.X, followers(given.page, "0"))
        rate = measure(bench, given.followers, given.contacts)
        floor = sum(seconds_to_insert(database, table, clock) for table in ("contacts", "contact_identities"))
        people = given.followers + given.contacts
    work = f"a person taken in from X, of {given.followers:,}"
    return tell(
        [
            Figure(
                work,
                1e6 / rate,
                "µs of CPU" if given.cpu else "µs",
                1e6 * floor / people,
                "a contact and an identity inserted",
            )
        ]
    )


def measure(bench: Bench, count: int, contacts: int) -> float:
    start_mb = peak_mb()
    rate = bench.take("a whole pass", Platform.X, followers(count, "1"), "1")
    print(f"  {'as wanted' if rate >= WANTED_PER_SECOND else 'TOO SLOW'}: {WANTED_PER_SECOND:,} people/s")
    before = bench.written_at()
    bench.take("the same again", Platform.X, followers(count, "2"), "2")
    print(f"  contacts and identities {'as they were' if bench.written_at() == before else 'WRITTEN AGAIN'}")
    bench.take("a pass without every tenth", Platform.X, followers(count, "3", without_tenth=True), "3")
    bench.take("an address book", Platform.GMAIL, entries(contacts))
    before = bench.written_at()
    seconds = contacts / bench.take("the same again", Platform.GMAIL, entries(contacts))
    print(f"  {'as wanted' if seconds < WANTED_SECONDS else 'TOO SLOW'}: less than {WANTED_SECONDS} s")
    print(f"  contacts and identities {'as they were' if bench.written_at() == before else 'WRITTEN AGAIN'}")
    grown = peak_mb() - start_mb
    print(f"memory in all +{grown:.0f} MB: {'as wanted' if grown <= WANTED_MB else 'TOO MUCH'}, {WANTED_MB} MB")
    return rate


if __name__ == "__main__":
    main()
