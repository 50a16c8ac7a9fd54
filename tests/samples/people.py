"""Invented people in any number, and whose exports the samples are."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime

OWNER_ID, OWNER_HANDLE, OWNER_NAME = "1000000000000000001", "me_owner_example", "Me Owner"
OWNER_EMAIL, OWNER_SLUG = "me@example.com", "me-owner"
NEWEST = datetime(2026, 11, 1, 12, tzinfo=UTC)

TITLES = ("CTO", "Engineer", "VP, Sales", "Founder", "Head of Growth,\nEMEA")

_FIRST = ("Ada", "Grace", "José", "Zoë", "Björn", "Mei", "Priya", "Omar", "Lucía", "Søren", "Anna", "Chloé", "Yuki")
_LAST = ("Müller", "Smith", "O'Neil", "García", "Li", "Kowalski", "Novák", "Tanaka", "Singh", "Dupont", 'Ray, "PhD"')


def people(rows: int, seed: int, first: int = 0) -> Iterator[tuple[int, tuple[str, str]]]:
    """So many people: the number of each, from `first` on, with given name and family name."""
    choose = random.Random(seed)
    for number in range(first, first + rows):
        yield number, (choose.choice(_FIRST), choose.choice(_LAST))


def iso(moment: datetime) -> str:
    """An instant as Substack and X write it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
