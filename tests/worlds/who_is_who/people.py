"""A world of people, each with all that is true of them: names, addresses, employers, households.

What is rare in life is rare here: one in fifty shares a mailbox, one in thirty has taken another family name, one in
ten thousand has the address of a predecessor with the same given name.
"""

import random
import re
import unicodedata
from dataclasses import dataclass, field

from tests.worlds.who_is_who.names import Name, latin_family, name_of

_ALIKE = (("Paul", "Paula"), ("Martin", "Martina"), ("Marta", "Maria"), ("Max", "Maximilian"))
"""Who live together and are called alike."""
_PEOPLE_AT_A_COMPANY = 25


@dataclass(slots=True)
class Somebody:
    """A person as they are; exports know parts of it."""

    number: int
    name: Name
    former_family: str
    """Before a marriage; the same where there was none."""
    company: int
    former_company: int
    """Before a change of job; the same where there was none."""
    phone: str
    private_address: str
    work_address: str
    former_work_address: str
    household: "Household | None" = None

    @property
    def slug(self) -> str:
        return f"person-{self.number}"

    @property
    def handle(self) -> str:
        return f"person_{self.number}"

    @property
    def account_id(self) -> str:
        return str(1_000_000 + self.number)


@dataclass(slots=True)
class Household:
    """People with one mailbox."""

    address: str
    members: list[Somebody] = field(default_factory=list[Somebody])


def make_people(count: int, seed: int) -> list[Somebody]:
    """So many people; the same ones for the same seed."""
    choose = random.Random(seed)
    companies = max(count // _PEOPLE_AT_A_COMPANY, 3)
    people = [_somebody(number, choose, companies) for number in range(count)]
    for one, other in zip(people[::100], people[1::100], strict=False):
        _move_in(one, other, choose)
    for one, other in zip(people[2::200], people[3::200], strict=False):
        other.name, other.former_family, other.company = one.name, one.former_family, one.company
    for one, other in zip(people[4::10_000], people[5::10_000], strict=False):
        _succeed(one, other)
    return people


def company_name(number: int) -> str:
    """What a company is called."""
    return f"{('Amber', 'Birch', 'Cedar', 'Delta', 'Ember')[number % 5]} Works {number}"


def company_domain(number: int) -> str:
    return f"works{number}.test"


def _somebody(number: int, choose: random.Random, companies: int) -> Somebody:
    name = name_of(choose)
    company = choose.randrange(companies)
    former = choose.randrange(companies) if choose.random() < 0.25 else company
    has_married = not name.own_given and choose.random() < 0.03
    plain = ".".join(_plain(part) for part in (name.given, name.family))
    # Two people of one name at one company have a number in the address.
    local = f"{plain}.{number}"
    return Somebody(
        number=number,
        name=name,
        former_family=latin_family(choose) if has_married else name.family,
        company=company,
        former_company=former,
        phone=f"+4930{number:07}",
        private_address=f"{local}@home.test",
        work_address=f"{local}@{company_domain(company)}",
        former_work_address=f"{local}@{company_domain(former)}",
    )


def _move_in(one: Somebody, other: Somebody, choose: random.Random) -> None:
    """Two live together, most of them with one family name, and share a mailbox that is no role's by its name."""
    if one.name.own_given or other.name.own_given:
        return
    if choose.random() < 0.02:
        one.name, other.name = (Name(given, one.name.family) for given in choose.choice(_ALIKE))
    if choose.random() < 0.7:
        name = Name(other.name.given, one.name.family, nicknames=other.name.nicknames)
        other.name, other.former_family = name, one.name.family
    household = Household(f"{_plain(one.name.family)}.{one.number}@home.test", [one, other])
    for each in household.members:
        each.household, each.private_address, each.phone = household, household.address, one.phone


def _succeed(one: Somebody, other: Somebody) -> None:
    """Somebody has the given name, the job and the address of a predecessor."""
    other.name = Name(one.name.given, other.name.family, nicknames=one.name.nicknames)
    other.company, other.work_address = one.former_company, one.former_work_address


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z]", "", letters)
