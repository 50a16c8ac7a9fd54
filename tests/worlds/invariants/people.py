"""Any order and repetition of imports gives the same people, and nobody is taken for somebody else."""

import random
from collections.abc import Iterator, Sequence
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory

from onelane.storage.database.engine import Database
from onelane.storage.schema import ensure_schema
from onelane.tools.platforms.formats.records import PersonRecord
from tests.tools.people.intake.takings import google, in_batches, linkedin, take_in_session, who_is_who, x
from tests.worlds.view import WorldView

_PEOPLE = 12
_ORDERS = 3
_HOME = "winters@example.com"
_FIRST = ("Ada", "Grace", "Alan", "Edsger")
_LAST = ("Lovelace", "Hopper", "Turing", "Dijkstra", "Liskov", "Backus")


def any_order_of_imports_gives_the_same_people(view: WorldView) -> Iterator[str]:
    """The exports of some people come in in several orders and portions, and again: who is who stays."""
    if not view.is_over:
        return
    chance = random.Random(view.seed)
    exports = _exports(chance)
    with TemporaryDirectory(prefix="onelane-people-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'people.db'}", clock=view.database.clock)
        ensure_schema(database)
        expected = _taken(database, exports, len(exports))
        yield from taken_for_another(expected)
        for _ in range(_ORDERS):
            shuffled = chance.sample(exports, len(exports)) + chance.sample(exports, len(exports) // 2)
            found = _taken(database, shuffled, chance.randint(1, len(exports)))
            if found != expected:
                other = sorted(map(sorted, found ^ expected))
                yield f"In another order other entries are one person: {other[:4]}."
        yield from _taken_for_one_of_two(database)
        database.close()


def _taken_for_one_of_two(database: Database) -> Iterator[str]:
    """Of two who share an address, whoever bears an initial that fits both is neither, whichever of them came first."""
    names = {"ada-w": "Ada Winter", "alan-w": "Alan Winter", "a-w": "A. Winter"}
    for order in permutations(linkedin(name, slug, _HOME) for slug, name in names.items()):
        for identities in _taken(database, order, 1):
            if len(identities) > 1:
                yield f"Who may be either of two is taken for one of them: {sorted(identities)}."


def _exports(chance: random.Random) -> list[PersonRecord]:
    """People as several exports have them: on LinkedIn, on X, in an address book; number by number another person."""
    found: list[PersonRecord] = []
    for number in range(_PEOPLE):
        name = f"{_FIRST[number % len(_FIRST)]} {_LAST[number % len(_LAST)]}{number}"
        address = f"person{number}@example.com"
        found.append(linkedin(name, f"slug-{number}", *([address] if chance.random() < 0.7 else [])))
        found.append(x(f"{9000 + number}", f"handle_{number}", name))
        found.append(google(name, address))
    for number in range(_PEOPLE // 4):
        # Two who share a mailbox: the same first letter, and nothing else in common.
        address = f"lane{number}@example.com"
        found.append(linkedin(f"A. Winter{number}", f"winter-{number}", address))
        found.append(linkedin(f"Ada Hopper{number}", f"hopper-{number}", address))
    return found


def _taken(database: Database, people: Sequence[PersonRecord], size: int) -> set[frozenset[tuple[str, str]]]:
    """Who is who after these came in; then it is all undone."""
    with database.read() as session:
        for batch in in_batches(people, max(1, size)):
            take_in_session(session, batch)
        return who_is_who(session)


def taken_for_another(found: set[frozenset[tuple[str, str]]]) -> Iterator[str]:
    """Two profiles of one platform are never one person here."""
    for identities in found:
        platforms = [platform for platform, _ in identities]
        if len(platforms) != len(set(platforms)):
            yield f"Two people are taken for one: {sorted(identities)}."
