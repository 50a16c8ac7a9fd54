"""The people of a world: who they are, what their letters would say, and in which exports they stand."""

import csv
import io
import unicodedata
from dataclasses import dataclass

from tests.worlds.chance import Chance
from tests.worlds.people.addresses import wire

_FIRST = ("Ada", "Grace", "José", "Zoë", "Björn", "Mei", "Priya", "Omar", "Lucía", "Søren", "Anna", "Chloé", "Yuki",
          "Anne", "Sören")  # fmt: skip
"""Some names are near to others, as those are of people who are taken for each other."""
_LAST = ("Müller", "Smith", "O'Neil", "García", "Li", "Kowalski", "Novák", "Tanaka", "Singh", "Dupont", "Berg",
         "Mueller", "Smyth", "Garcia", "Bergh")  # fmt: skip
_ROLES = ("CTO", "Engineer", "Founder", "Head of Growth", "Professor")
COMPANIES = 17
"""So few that some work at one company, and a colleague's answer concerns the others."""
_IN_OTHER_LETTERS = {4: "bücher4", 9: "例え9", 13: "почта13"}
"""Companies whose domain is in other letters: some exports write it so, others as the network carries it."""


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody.

    Args:
        number: tells them apart
        first: given name
        last: family name
        address: where they read
        company: where they work
        role: as what
    """

    number: int
    first: str
    last: str
    address: str
    company: str
    role: str

    @property
    def name(self) -> str:
        """Both names."""
        return f"{self.first} {self.last}"


def stranger(chance: Chance, number: int) -> Stranger:
    """The person of this number; the same whenever one asks."""
    drawn = chance.of(f"people/{number}")
    first, last = drawn.choice(_FIRST), drawn.choice(_LAST)
    company = drawn.randrange(COMPANIES)
    return Stranger(
        number,
        first,
        last,
        f"{_plain(first)}.{_plain(last)}{number}@{_IN_OTHER_LETTERS.get(company, f'corp{company}')}.example",
        f"Corp {company}",
        drawn.choice(_ROLES),
    )


def google_csv(people: list[Stranger]) -> str:
    """Google Contacts' export of these people."""
    head = ["First Name", "Last Name", "Organization Name", "Organization Title", "Labels", "E-mail 1 - Label",
            "E-mail 1 - Value"]  # fmt: skip
    rows = [[each.first, each.last, each.company, each.role, "* myContacts", "* Work", each.address] for each in people]
    return _csv([head, *rows])


def linkedin_csv(people: list[Stranger]) -> str:
    """LinkedIn's export of these people: some addresses are missing, and one in ten is written otherwise."""
    head = ["First Name", "Last Name", "URL", "Email Address", "Company", "Position", "Connected On"]
    rows = [
        [
            each.first,
            each.last.upper() if each.number % 10 == 3 else each.last,
            f"https://www.linkedin.com/in/{_plain(each.first)}-{_plain(each.last)}-{each.number}",
            wire(each.address) if each.number % 3 else "",
            each.company,
            each.role,
            f"{each.number % 27 + 1:02} Oct 2025",
        ]
        for each in people
    ]
    return _csv([head, *rows])


def _csv(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.lower())
    return "".join(char for char in decomposed if char.isascii() and char.isalpha()) or "x"
