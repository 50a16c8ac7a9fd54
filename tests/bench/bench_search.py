"""How quick contact search is, kind by kind, and what indexing a contact costs.

    python -m tests.bench.bench_search [--contacts 100000] [--rounds 40] [--postgresql] [--cpu]

People are made up: 6 of 100 are called Grace, the others have one of 1,500 first names; 20,000 last names, 3,000
companies; a third have an address, all have a handle, 3 of 100 a tag. `--cpu` counts the time of this process only, for
a machine that is busy with other things.
"""

import argparse
import json
import random
import re
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from time import perf_counter, process_time

import sqlalchemy as sa

from onelane.storage.database.engine import Database, Session
from onelane.storage.database.rows import insert_rows
from onelane.storage.people.contacts import Contact, FunnelStage
from onelane.storage.people.emails import ContactEmail
from onelane.storage.people.identities import Identity
from onelane.storage.platforms.accounts import Platform
from onelane.storage.search.contact_search import ContactQuery, index_contacts, search
from tests.bench.databases import new_database
from tests.bench.figures import Figure, tell

BATCH = 1_000
SYLLABLES = [first + last for first in "bdfgklmnprstvz" for last in ("a", "el", "i", "or", "un")]
TITLES = ["CTO", "Engineer", "VP, Sales", "Founder", "Head of Product", "Data Scientist", "CEO & Co-Founder"]
TAGS = ["vip", "fintech", "investor", "c-level", "met-2026"]
_COLUMNS = ("id", "name", "company", "title", "email", "tags", "location", "enrichment_score")
SCORES = [20, 25, 30, 35, 40, 45, 50, 60, 70, 85]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is made up."""

    id: str
    name: str
    company: str
    title: str
    handle: str
    email: str | None
    tags: str
    location: str | None
    score: int

    @property
    def first_name(self) -> str:
        return self.name.split()[0]


class People:
    """Made-up people, the same in every run but for their ids."""

    def __init__(self) -> None:
        self._random = random.Random(5)
        self._first_names = [self._word(2) for _ in range(1_500)]
        self._last_names = [self._word(self._random.choice([2, 3, 3])) for _ in range(20_000)]
        self._companies = [f"{self._word(2)} {self._pick(['Labs', 'GmbH', 'Inc.', 'Bank'])}" for _ in range(3_000)]
        self.made: list[Person] = []

    def insert(self, session: Session, number: int) -> list[str]:
        """Insert so many people with their identities and addresses; their ids."""
        ids = session.new_ids("con", number)
        people = [self._person(contact_id) for contact_id in ids]
        self.made += people
        now = int(session.now().timestamp())
        insert_rows(
            session,
            Contact,
            (*_COLUMNS, "platform", "created_at", "updated_at"),
            [
                (p.id, p.name, p.company, p.title, p.email, p.tags, p.location, p.score, "linkedin", now, now)
                for p in people
            ],
        )
        handles = [(f"idn{p.id}", p.id, "linkedin", p.handle, p.handle) for p in people]
        insert_rows(session, Identity, ("id", "contact_id", "platform", "platform_user_id", "platform_handle"), handles)
        emails = [(f"eml{p.id}", p.id, p.email, p.email, "linkedin") for p in people if p.email]
        insert_rows(session, ContactEmail, ("id", "contact_id", "address", "normalized", "source"), emails)
        return ids

    def _person(self, contact_id: str) -> Person:
        chance = self._random.random
        first = "Grace" if chance() < 0.06 else self._pick(self._first_names)
        last = self._pick(self._last_names if chance() > 0.02 else ["Müller", "O'Neil", "García", "Novák"])
        company = self._pick(self._companies)
        address = f"{first}.{len(self.made)}{contact_id[-3:]}@{company.split()[0]}.test".lower()
        return Person(
            id=contact_id,
            name=f"{first} {last}",
            company=company,
            title=self._pick(TITLES),
            handle=f"{first}-{last}-{contact_id[-5:]}".lower(),
            email=address if chance() < 0.3 else None,
            tags=json.dumps([self._pick(TAGS)]) if chance() < 0.03 else "[]",
            location=self._pick(["Berlin, Germany", "London", "Zürich"]) if chance() < 0.2 else None,
            score=self._random.choice(SCORES),
        )

    def _word(self, syllables: int) -> str:
        return "".join(self._pick(SYLLABLES) for _ in range(syllables)).capitalize()

    def _pick(self, of: Sequence[str]) -> str:
        return self._random.choice(of)


def main(typed: Sequence[str] | None = None) -> list[Figure]:
    """Fill a database, then measure."""
    options = parsed(typed)
    clock = process_time if options.cpu else perf_counter
    with new_database(on_postgresql=options.postgresql) as database:
        people = People()
        print(f"{options.contacts:,} contacts on {database.dialect}, {'CPU' if options.cpu else 'elapsed'} time")
        measure_indexing(database, people, options.contacts, clock)
        found = measure_searching(database, people, options.rounds, clock)
        floor = plain_ms(database, people, options.rounds, clock)
    of = f"{options.contacts:,} people, {database.dialect}"
    unit = "ms of CPU" if options.cpu else "ms"
    is_floor = "FTS5 alone, with 25 rows"
    return tell([Figure(f"search, {name}, {of}", found[name], unit, floor.get(name), is_floor) for name in PLAIN])


PLAIN: dict[str, Callable[[Person], str]] = {"full name": lambda one: one.name, "company": lambda one: one.company}
"""What is also asked of a full text by itself."""


def plain_ms(database: Database, people: People, rounds: int, clock: Callable[[], float]) -> dict[str, float]:
    """The least: a full text of names and companies that also gives its rows, without tiers, typos and a total."""
    if database.dialect != "sqlite":
        return {}
    choose = random.Random(3)
    with database.connection() as connection:
        connection.exec_driver_sql("CREATE VIRTUAL TABLE plain_words USING fts5(name, company)")
        connection.exec_driver_sql(
            "INSERT INTO plain_words (rowid, name, company) SELECT rowid, name, company FROM contacts"
        )
        connection.commit()
    found: dict[str, float] = {}
    with database.read() as session:
        for name, text_of in PLAIN.items():
            times: list[float] = []
            for _ in range(rounds):
                words = " ".join(f'"{word}"*' for word in re.findall(r"\w+", text_of(choose.choice(people.made))))
                begun = clock()
                session.sql(PLAIN_QUERY, {"words": words}).all()
                times.append((clock() - begun) * 1e3)
            found[name] = statistics.median(times)
    return found


PLAIN_QUERY = sa.text(
    "SELECT c.* FROM plain_words w JOIN contacts c ON c.rowid = w.rowid WHERE plain_words MATCH :words LIMIT 25"
)


def parsed(typed: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=40, help="searches of each kind (40)")
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL from a wheel instead of SQLite")
    parser.add_argument("--cpu", action="store_true", help="the time of this process instead of elapsed time")
    return parser.parse_args(typed)


def measure_indexing(database: Database, people: People, contacts: int, clock: Callable[[], float]) -> None:
    """Print what a contact costs to insert, to index and to commit."""
    times: dict[str, list[float]] = {"insert": [], "index": [], "commit": []}
    for first in range(0, contacts, BATCH):
        size = min(BATCH, contacts - first)
        with database.write() as session:
            begun = clock()
            ids = people.insert(session, size)
            inserted = clock()
            index_contacts(session, ids)
            indexed = clock()
        for name, time in zip(times, (inserted - begun, indexed - inserted, clock() - indexed), strict=True):
            times[name].append(time / size * 1e6)
    print(f"\n{'per contact, in batches of 1,000 (µs)':48s}   fastest       p50      mean")
    for name, each in times.items():
        each.sort()
        print(f"  {name:46s} {each[0]:9.2f} {each[len(each) // 2]:9.2f} {sum(each) / len(each):9.2f}")


def measure_searching(database: Database, people: People, rounds: int, clock: Callable[[], float]) -> dict[str, float]:
    """Print what a search costs, kind by kind."""
    medians: dict[str, float] = {}
    print(f"\n{'per search (ms)':48s}       p50       p95     found")
    with database.read() as session:
        for name, question in questions(session, people, random.Random(3)).items():
            times: list[float] = []
            found = ""
            search(session, question())
            for _ in range(rounds):
                query = question()
                begun = clock()
                found = search(session, query).total_text
                times.append((clock() - begun) * 1e3)
            times.sort()
            print(f"  {name:46s} {times[rounds // 2]:9.2f} {times[int(rounds * 0.95)]:9.2f} {found:>9s}")
            medians[name] = times[rounds // 2]
    return medians


def questions(session: Session, people: People, choose: random.Random) -> dict[str, Callable[[], ContactQuery]]:
    """A way to ask each kind of question, about somebody else each time."""

    def text(of: Callable[[Person], str]) -> Callable[[], ContactQuery]:
        return lambda: ContactQuery(text=of(choose.choice(people.made)))

    def always(query: ContactQuery) -> Callable[[], ContactQuery]:
        return lambda: query

    def deep(query: ContactQuery, pages: int) -> Callable[[], ContactQuery]:
        return always(_far_on(session, query, pages))

    reachable = [person.email for person in people.made if person.email]
    later = session.now() + timedelta(days=9)
    return {
        "full name": text(lambda person: person.name),
        "first name": text(lambda person: person.first_name),
        "first name that 6 % have": always(ContactQuery(text="Grace")),
        "beginning of a name": text(lambda person: person.name[:4]),
        "one letter": lambda: ContactQuery(text=choose.choice("bdfgklmnprstvz")),
        "one letter that few names begin with": always(ContactQuery(text="c")),
        "company": text(lambda person: person.company),
        "company's first word": text(lambda person: person.company.split()[0]),
        "first name and company": text(lambda person: f"{person.first_name} {person.company}"),
        "title": text(lambda person: person.title),
        "e-mail": lambda: ContactQuery(text=choose.choice(reachable)),
        "beginning of an e-mail": lambda: ContactQuery(text=choose.choice(reachable)[:12]),
        "handle": text(lambda person: person.handle),
        "tag as text": lambda: ContactQuery(text=choose.choice(TAGS)),
        "typo in the name": text(lambda person: mistyped(person.name, choose)),
        "nothing found": lambda: ContactQuery(text="".join(choose.choices("qwxyj", k=8)) + " Brandenburgensis"),
        "no text": always(ContactQuery()),
        "no text, tag": lambda: ContactQuery(tags=[choose.choice(TAGS)]),
        "no text, platform of all": always(ContactQuery(platform=Platform.LINKEDIN)),
        "no text, platform of nobody": always(ContactQuery(platform=Platform.SUBSTACK)),
        "no text, e-mail and score": always(ContactQuery(has_email=True, min_enrichment_score=50)),
        "no text, company": lambda: ContactQuery(company=choose.choice(people.made).company),
        "no text, created when nobody was": always(ContactQuery(created_after=later)),
        "one letter, tag": lambda: ContactQuery(text="k", tags=[choose.choice(TAGS)]),
        "one letter, stage of nobody": always(ContactQuery(text="k", funnel_stage=FunnelStage.CUSTOMER)),
        "one letter, created when nobody was": always(ContactQuery(text="k", created_after=later)),
        "first name that 6 % have, four filters": always(
            ContactQuery(
                text="grace", has_email=True, min_enrichment_score=50, funnel_stage=FunnelStage.PROSPECT, company="labs"
            )
        ),
        "first name that 6 % have, archived": always(ContactQuery(text="grace", archived=True)),
        "deep cursor, first name that 6 % have": deep(ContactQuery(text="Grace", limit=100), pages=40),
        "deep cursor, one letter": deep(ContactQuery(text="k", limit=100), pages=100),
        "deep cursor, no text": deep(ContactQuery(limit=100), pages=300),
        "deep cursor, platform of all": deep(ContactQuery(platform=Platform.LINKEDIN, limit=100), pages=60),
    }


def mistyped(name: str, choose: random.Random) -> str:
    """The name with two letters of its longest word changed places."""
    word = max(name.split(), key=len)
    if len(word) < 4:
        return name + "x"
    at = choose.randrange(len(word) - 1)
    return name.replace(word, word[:at] + word[at + 1] + word[at] + word[at + 2 :])


def _far_on(session: Session, query: ContactQuery, pages: int) -> ContactQuery:
    """The same search so many pages on."""
    for _ in range(pages):
        cursor = search(session, query).next_cursor
        if cursor is None:
            break
        query = replace(query, cursor=cursor)
    return query


if __name__ == "__main__":
    main()
