"""How quick contact search is, kind by kind, and what indexing a contact costs.

    python -m tests.bench.bench_search [--contacts 100000] [--rounds 40] [--postgresql]

People are made up: 6 of 100 are called Grace, the others have one of 1,500 first names; 20,000 last names, 3,000
companies; a third have an address, all have a handle, 3 of 100 a tag.
"""

import argparse
import json
import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import perf_counter

from onelane.storage.accounts import Platform
from onelane.storage.bulk import insert_rows
from onelane.storage.contact_search import ContactQuery, index_contacts, search
from onelane.storage.contacts import Contact, FunnelStage
from onelane.storage.database import Database, Session
from onelane.storage.emails import ContactEmail
from onelane.storage.identities import Identity
from onelane.storage.schema import ensure_schema
from tests.databases import running_postgresql

BATCH = 1_000
SYLLABLES = (
    "ka lo mi ren ta vo zi bur den el far gus hol im jan kel mor nas ost pel qui rad sen tur ul ver wil xan yor zed"
).split()
TITLES = ["CTO", "Engineer", "VP, Sales", "Founder", "Head of Product", "Data Scientist", "CEO & Co-Founder"]
TAGS = ["vip", "fintech", "investor", "c-level", "met-2026"]


class People:
    """Made-up people, the same in every run."""

    def __init__(self) -> None:
        self._random = random.Random(5)
        self._first_names = [self._word(2) for _ in range(1_500)]
        self._last_names = [self._word(self._random.choice([2, 3, 3])) for _ in range(20_000)]
        self._companies = [f"{self._word(2)} {self._pick(['Labs', 'GmbH', 'Inc.', 'Bank'])}" for _ in range(3_000)]
        self.made: list[dict[str, str | None]] = []

    def batch(self, session: Session, number: int) -> list[str]:
        """Insert so many people with their identities and addresses; their ids."""
        ids = session.new_ids("con", number)
        people = [self._person(contact_id) for contact_id in ids]
        self.made += people
        now = int(session.now().timestamp())
        columns = ("id", "name", "company", "title", "email", "tags", "location", "enrichment_score", "platform")
        insert_rows(
            session,
            Contact,
            (*columns, "created_at", "updated_at"),
            [(*(person[name] for name in columns[:7]), self._score(), "linkedin", now, now) for person in people],
        )
        handles = [(f"idn{p['id']}", p["id"], "linkedin", p["handle"], p["handle"]) for p in people]
        insert_rows(session, Identity, ("id", "contact_id", "platform", "platform_user_id", "platform_handle"), handles)
        emails = [(f"eml{p['id']}", p["id"], p["email"], p["email"], "linkedin") for p in people if p["email"]]
        insert_rows(session, ContactEmail, ("id", "contact_id", "address", "normalized", "source"), emails)
        return ids

    def _person(self, contact_id: str) -> dict[str, str | None]:
        chance = self._random.random
        first = "Grace" if chance() < 0.06 else self._pick(self._first_names)
        last = self._pick(self._last_names if chance() > 0.02 else ["Müller", "O'Neil", "García", "Novák"])
        company = self._pick(self._companies)
        number = len(self.made)
        return {
            "id": contact_id,
            "name": f"{first} {last}",
            "company": company,
            "title": self._pick(TITLES),
            "email": f"{first}.{number}@{company.split()[0]}.test".lower() if chance() < 0.3 else None,
            "tags": json.dumps([self._pick(TAGS)]) if chance() < 0.03 else "[]",
            "location": self._pick(["Berlin, Germany", "London", "Zürich"]) if chance() < 0.2 else None,
            "handle": f"{first}-{last}-{contact_id[-5:]}".lower(),
        }

    def _score(self) -> int:
        return self._random.choice([20, 25, 30, 35, 40, 45, 50, 60, 70, 85])

    def _word(self, syllables: int) -> str:
        return "".join(self._pick(SYLLABLES) for _ in range(syllables)).capitalize()

    def _pick(self, of: list[str]) -> str:
        return self._random.choice(of)


def main() -> None:
    """Fill a database, then measure."""
    options = parsed()
    with new_database(on_postgresql=options.postgresql) as database:
        people = People()
        print(f"{options.contacts:,} contacts on {database.dialect}")
        measure_indexing(database, people, options.contacts)
        measure_searching(database, people, options.rounds)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=40, help="searches of each kind (40)")
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL from a wheel instead of SQLite")
    return parser.parse_args()


@contextmanager
def new_database(*, on_postgresql: bool) -> Iterator[Database]:
    if on_postgresql:
        with running_postgresql() as server:
            database = Database(server.new_database())
            yield database
            database.close()
        return
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/bench.db")
        ensure_schema(database)
        yield database
        database.close()


def measure_indexing(database: Database, people: People, contacts: int) -> None:
    inserting_s, indexing_s, committing_s = [], [], []
    for _ in range(contacts // BATCH):
        with database.write() as session:
            begun = perf_counter()
            ids = people.batch(session, BATCH)
            inserted = perf_counter()
            index_contacts(session, ids)
            indexed = perf_counter()
        inserting_s.append(inserted - begun)
        indexing_s.append(indexed - inserted)
        committing_s.append(perf_counter() - indexed)
    print("\nper contact, in batches of 1,000 (µs)              p50     mean")
    for name, times in (("insert", inserting_s), ("index", indexing_s), ("commit", committing_s)):
        in_microseconds = sorted(time / BATCH * 1e6 for time in times)
        mean = sum(in_microseconds) / len(in_microseconds)
        print(f"  {name:44s} {in_microseconds[len(times) // 2]:8.2f} {mean:8.2f}")


def measure_searching(database: Database, people: People, rounds: int) -> None:
    print("\nper search (ms)                                    p50      p95   found")
    choose = random.Random(3)
    with database.read() as session:
        for name, question in questions(database, people, choose).items():
            times, found = [], ""
            for _ in range(rounds):
                query = question()
                begun = perf_counter()
                result = search(session, query)
                times.append(perf_counter() - begun)
                found = result.total_text
            times.sort()
            print(f"  {name:44s} {times[rounds // 2] * 1e3:8.2f} {times[int(rounds * 0.95)] * 1e3:8.2f} {found:>7s}")


def questions(database: Database, people: People, choose: random.Random) -> dict[str, Callable[[], ContactQuery]]:
    """A way to ask each kind of question, about somebody else each time."""

    def about(**conditions: Callable[[dict[str, str | None]], str]) -> Callable[[], ContactQuery]:
        known = [person for person in people.made if all(_can(get, person) for get in conditions.values())]
        return lambda: ContactQuery(**{name: get(choose.choice(known)) for name, get in conditions.items()})

    def always(**conditions: object) -> Callable[[], ContactQuery]:
        return lambda: ContactQuery(**conditions)

    now = database.clock()
    return {
        "full name": about(text=lambda person: _text(person, "name")),
        "first name of one": about(text=lambda person: _text(person, "name").split()[0]),
        "first name of 6 %": always(text="Grace"),
        "beginning of a name": about(text=lambda person: _text(person, "name")[:4]),
        "one letter": lambda: ContactQuery(text=choose.choice("acegiklmnoprstuvz")),
        "one letter, all in free text": always(text="c"),
        "company": about(text=lambda person: _text(person, "company")),
        "company's first word": about(text=lambda person: _text(person, "company").split()[0]),
        "first name and company": about(text=lambda p: f"{_text(p, 'name').split()[0]} {_text(p, 'company')}"),
        "title": about(text=lambda person: _text(person, "title")),
        "e-mail": about(text=lambda person: _text(person, "email")),
        "beginning of an e-mail": about(text=lambda person: _text(person, "email")[:12]),
        "handle": about(text=lambda person: _text(person, "handle")),
        "tag as text": lambda: ContactQuery(text=choose.choice(TAGS)),
        "typo in the name": about(text=lambda person: mistyped(_text(person, "name"), choose)),
        "nothing found": lambda: ContactQuery(text="".join(choose.choices("qwxyzj", k=8)) + " Brandenburgensis"),
        "no text": always(),
        "no text, tag": lambda: ContactQuery(tags=[choose.choice(TAGS)]),
        "no text, platform of all": always(platform=Platform.LINKEDIN),
        "no text, platform of none": always(platform=Platform.SUBSTACK),
        "no text, e-mail and score": always(has_email=True, min_enrichment_score=50),
        "no text, company": about(company=lambda person: _text(person, "company")),
        "no text, created, none": always(created_after=now + timedelta(days=9)),
        "one letter, tag": lambda: ContactQuery(text="k", tags=[choose.choice(TAGS)]),
        "one letter, stage of none": always(text="k", funnel_stage=FunnelStage.CUSTOMER),
        "one letter, created, none": always(text="k", created_after=now + timedelta(days=9)),
        "first name of 6 %, e-mail, score, stage": always(
            text="grace", has_email=True, min_enrichment_score=50, funnel_stage=FunnelStage.PROSPECT
        ),
        "archived": always(text="grace", archived=True),
        "deep cursor, first name of 6 %": deep(database, ContactQuery(text="Grace", limit=100), pages=40),
        "deep cursor, one letter": deep(database, ContactQuery(text="k", limit=100), pages=100),
        "deep cursor, no text": deep(database, ContactQuery(limit=100), pages=100),
        "deep cursor, platform of all": deep(database, ContactQuery(platform=Platform.LINKEDIN, limit=100), pages=60),
    }


def deep(database: Database, query: ContactQuery, *, pages: int) -> Callable[[], ContactQuery]:
    """The page so many pages on."""
    with database.read() as session:
        for _ in range(pages):
            cursor = search(session, query).next_cursor
            if cursor is None:
                break
            query = ContactQuery(**{**vars(query), "cursor": cursor})
    return lambda: query


def mistyped(name: str, choose: random.Random) -> str:
    """The name with two letters of one of its words changed places."""
    words = [word for word in name.split() if len(word) > 3] or name.split()
    word = choose.choice(words)
    at = choose.randrange(1, len(word) - 2) if len(word) > 3 else 0
    wrong = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return name.replace(word, wrong)


def _text(person: dict[str, str | None], name: str) -> str:
    value = person[name]
    if value is None:
        raise LookupError(name)
    return value


def _can(get: Callable[[dict[str, str | None]], str], person: dict[str, str | None]) -> bool:
    try:
        get(person)
    except LookupError:
        return False
    return True


if __name__ == "__main__":
    main()
