"""What whole syncs cost that ask a platform's double: the requests, the answers, the money, the rows and the steps.

    python -m tests.bench.bench_online_sync [--followers 50000] [--contacts 4298] [--mails 20000] [--postgresql]

Followers come over real HTTP from a double in a process of its own, and are read a second time when nothing has
changed. What is told is the processor's time of this process without what HTTP takes, for a machine that is busy with
other things; memory is what the process has more at its peak than at the start. An address book is read twice by a full
pass. A mailbox enforces Gmail's quota by a clock that is handed in, so that an hour of waiting takes no time; its floor
is what the quota allows.
"""

import argparse
import gc
import multiprocessing
import resource
import tempfile
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil
from multiprocessing.connection import Connection
from pathlib import Path
from time import process_time

import httpx2
import orjson

from onelane.server.cli.doubles.double_server import serve_double
from onelane.server.cli.doubles.google_people import person_fields
from onelane.server.cli.doubles.x import X
from onelane.server.cli.doubles.x_entries import user
from onelane.storage.database.engine import Database
from onelane.storage.workflows.runs import Run
from onelane.tools.sync.sync_types import SyncSubType
from tests.bench.databases import new_database, seconds_to_insert
from tests.bench.figures import Figure, tell
from tests.databases import Clock
from tests.tools.sync.online.google_lives import Leading
from tests.tools.sync.online.google_world import GoogleWorld
from tests.tools.sync.online.x_world import XWorld

WANTED_PER_SECOND, WANTED_MB, WANTED_SECONDS, WANTED_OF_QUOTA = 5_000, 40, 2, 1.1
UNITS_A_MINUTE, UNITS_A_MAIL, UNITS_A_LIST, MAILS_A_LIST = 6_000, 20, 5, 500


class CountedTransport(Leading):
    """Counts the processor's time that HTTP takes.

    Args:
        url: where all requests go
    """

    seconds = 0.0

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request, and read the answer to its end."""
        began = process_time()
        response = super().handle_request(request)
        content = response.read()
        CountedTransport.seconds += process_time() - began
        return httpx2.Response(response.status_code, headers=response.headers, content=content)


@dataclass
class DistantXWorld(XWorld):
    """The same, whose X is in another process.

    Args:
        url: where
    """

    url: str = field(default="", kw_only=True)

    def connect(self) -> httpx2.Client:
        """See `XWorld`."""
        return httpx2.Client(transport=CountedTransport(self.url))


def followers_at(x: X, count: int) -> list[str]:
    """So many people at X who tell of themselves what people tell; their ids, the newest first."""
    ids = [str(10**18 + number * 977) for number in range(count)]
    for number, user_id in enumerate(ids):
        x.people[user_id] = user(
            user_id, f"user_{number}", f"Given{number % 977} Family{number}", location=f"Town {number % 400}",
            description=f"Builds things, number {number}. Views are mine.", url=f"https://user-{number}.example.com",
            profile_image_url=f"https://pbs.example.com/{number}_normal.jpg",
        )  # fmt: skip
    return ids[::-1]


@contextmanager
def distant_x(followers: int) -> Generator[str]:
    """X's double in another process; its address."""
    fork = multiprocessing.get_context("fork")
    here, there = fork.Pipe()
    process = fork.Process(target=_serve, args=(there, followers))
    process.start()
    yield here.recv()
    here.send(None)
    process.join()


def _serve(pipe: "Connection[str, None]", followers: int) -> None:
    x = X()
    x.followers += followers_at(x, followers)
    with serve_double(x.double()) as running:
        pipe.send(running.url)
        pipe.recv()


def measured(work: Callable[[], Run]) -> tuple[Run, float, float]:
    """A sync; what it took of the processor without HTTP, and with it."""
    began, http_began = process_time(), CountedTransport.seconds
    run = work()
    seconds = process_time() - began
    return run, seconds - (CountedTransport.seconds - http_began), seconds


def tell_sync(what: str, run: Run, count: int, seconds: float, *, with_http: float) -> None:
    counts = orjson.loads(run.result)
    print(
        f"{what:20} {seconds:6.2f} s of CPU  {count / seconds:7,.0f} people/s  {run.status}: "
        f"{counts['added']:,} added, {counts['updated']:,} updated; with HTTP {with_http:.2f} s"
    )


def measure_x(database: Database, url: str, count: int) -> Figure:
    """Followers for the first time, and all of them again."""
    world = DistantXWorld(database, Clock(), cap_usd=1e6, url=url)
    # What a process needs once, such as modules and statements, comes with the first page and not with many people.
    world.sync(SyncSubType.X_CONTACTS, max_pages=1)
    # As every command does it.
    gc.freeze()
    start_mb, further = peak_mb(), max(1, count - 1000)
    run, seconds, with_http = measured(lambda: world.sync(SyncSubType.X_CONTACTS))
    gc.unfreeze()
    rate = further / seconds
    tell_sync("followers", run, further, seconds, with_http=with_http)
    again, seconds_again, with_http = measured(lambda: world.sync(SyncSubType.X_CONTACTS, full=True))
    tell_sync("the same again", again, count, seconds_again, with_http=with_http)
    grown = peak_mb() - start_mb
    print(f"  {_as_wanted(rate >= WANTED_PER_SECOND)}: {WANTED_PER_SECOND:,} people/s")
    print(f"  memory +{grown:.0f} MB, {_as_wanted(grown <= WANTED_MB)}: {WANTED_MB} MB")
    floor = sum(seconds_to_insert(database, table, process_time) for table in ("contacts", "contact_identities"))
    work = f"a follower synced from X, of {count:,}"
    return Figure(work, 1e6 / rate, "µs of CPU", 1e6 * floor / count, "a contact and an identity inserted")


def measure_google(world: GoogleWorld, contacts: int, mails: int) -> list[Figure]:
    """An address book twice, and a mailbox as fast as its quota allows."""
    world.connect()
    for number in range(contacts):
        fields = person_fields(f"Given{number % 977} Family{number}", f"p{number}@example.com", company="Engines")
        world.google.book.put(number, **fields)
    first, seconds, _ = measured(lambda: world.sync("gmail_contacts"))
    tell_sync("an address book", first, contacts, seconds, with_http=seconds)
    again, seconds, _ = measured(lambda: world.sync("gmail_contacts", full=True))
    tell_sync("the same again", again, contacts, seconds, with_http=seconds)
    is_untouched = orjson.loads(again.result)["updated"] == 0
    print(f"  {_as_wanted(is_untouched and seconds < WANTED_SECONDS)}: none updated, less than {WANTED_SECONDS} s")
    return [Figure(f"an address book of {contacts:,} read again", seconds, "s of CPU"), measure_mails(world, mails)]


def measure_mails(world: GoogleWorld, count: int) -> Figure:
    """A mailbox for the first time, by the clock that is handed in."""
    for number in range(count):
        headers = {"From": f"Ada N{number % 4000} <p{number % 4000}@example.com>", "To": "Me <me@example.com>"}
        at = world.clock() - timedelta(minutes=count - number)
        world.google.mailbox.deliver(f"18f{number:013x}", headers, at=at)
    began, cpu_began = world.clock(), process_time()
    run = world.sync("gmail_metadata")
    # Each minute's quota is there at its beginning, so that the last minute counts as a whole one.
    minutes = (world.clock() - began).total_seconds() / 60 + 1
    units = count * UNITS_A_MAIL + ceil(count / MAILS_A_LIST) * UNITS_A_LIST
    allowed = ceil(units / UNITS_A_MINUTE)
    print(
        f"{count:,} mails: {run.status}, {orjson.loads(run.result)['resources']:,} read in {minutes:.1f} minutes, "
        f"{allowed} allowed; {process_time() - cpu_began:.1f} s of CPU with the double"
    )
    print(f"  {_as_wanted(minutes <= allowed * WANTED_OF_QUOTA)}: {WANTED_OF_QUOTA} of what is allowed")
    return Figure(f"a mailbox of {count:,} read", minutes, "minutes by a clock", allowed, "what Gmail's quota allows")


def _as_wanted(is_so: bool) -> str:
    return "as wanted" if is_so else "NOT AS WANTED"


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(typed: Sequence[str] | None = None) -> list[Figure]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--followers", type=int, default=50_000)
    parser.add_argument("--contacts", type=int, default=4298)
    parser.add_argument("--mails", type=int, default=20_000)
    parser.add_argument("--postgresql", action="store_true")
    given = parser.parse_args(typed)
    figures: list[Figure] = []
    with distant_x(given.followers) as url, new_database(on_postgresql=given.postgresql) as database:
        figures.append(measure_x(database, url, given.followers))
    # The mailbox's clock runs far ahead, so that it has a database of its own.
    clock = Clock()
    with (
        new_database(on_postgresql=given.postgresql, clock=clock) as database,
        tempfile.TemporaryDirectory() as folder,
    ):
        world = GoogleWorld(database, clock, Path(folder))
        figures += measure_google(world, given.contacts, given.mails)
    return tell(figures)


if __name__ == "__main__":
    main()
