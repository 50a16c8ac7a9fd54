"""Selects the facts about one contact from a page; facts about others and contradicted ones are left out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from onelane.storage.people.contact_sources import SourceMethod
from onelane.storage.people.contacts import Contact
from onelane.tools.people.contact_facts import Fact
from onelane.tools.people.fact_fields import FactField, say_the_same
from onelane.tools.people.intake.names import names_contradict
from onelane.tools.platforms.formats.contact_details import is_shared
from onelane.tools.platforms.linkedin.profiles import parse_profile
from onelane.tools.research.described_people import Described, same_name, same_organisation


@dataclass(frozen=True, slots=True)
class Sought:
    """Who facts are looked for about.

    Args:
        emails: in lower case
    """

    name: str
    is_organisation: bool = False
    emails: Sequence[str] = ()
    profile_url: str | None = None
    company: str | None = None


@dataclass(slots=True)
class Findings:
    """The facts that a page has about a person.

    Args:
        is_about: whether it describes them at all
        facts: what it says
        contradicted: fields of which it says two things
    """

    is_about: bool = False
    facts: list[Fact] = field(default_factory=list[Fact])
    contradicted: list[str] = field(default_factory=list[str])


def sought(contact: Contact, addresses: Iterable[str]) -> Sought:
    """A contact as somebody to look for, with all addresses that are known."""
    emails = [address.lower() for address in (contact.email, *addresses) if address]
    return Sought(contact.name, contact.is_organisation, emails, contact.profile_url, contact.company)


def findings(subject: Sought, described: Sequence[Described], url: str) -> Findings:
    """What a page says of somebody in its structured data.

    Args:
        subject: whom it is to be about
        described: everybody whom the page describes
        url: the page
    """
    about = [each for each in described if _is(each, subject)]
    page_findings = Findings(is_about=bool(about))
    for name in FactField:
        values_by_person = [values for each in about if (values := _values(each, name, subject))]
        value = _common_value(name, values_by_person)
        if value is None and values_by_person and name is FactField.BIO and not page_findings.contradicted:
            # Everybody is told of in more than one way; only where the rest agrees it is one and the same.
            value = values_by_person[0][0]
        if value is not None:
            page_findings.facts.append(Fact(name, value, url, SourceMethod.STRUCTURED))
        elif values_by_person:
            page_findings.contradicted.append(name.value)
    if not subject.is_organisation:
        fields = {fact.field for fact in page_findings.facts} | {FactField(name) for name in page_findings.contradicted}
        page_findings.facts += [
            fact for fact in _from_organisation(subject, described, url) if fact.field not in fields
        ]
    return page_findings


def only_about(subject: Sought, described: Sequence[Described]) -> bool:
    """Whether a page describes this one person and nobody else, so that its links are theirs."""
    people = [each for each in described if each.is_organisation == subject.is_organisation]
    return bool(people) and all(_is(each, subject) for each in people)


def _is(each: Described, subject: Sought) -> bool:
    if each.is_organisation != subject.is_organisation:
        return False
    if subject.is_organisation:
        return same_organisation(each.name, subject.name)
    if same_name(each.name, subject.name):
        return True
    # Under the same address or profile a name may be cut short or have changed, but not be somebody else's.
    return _is_told_by_address(each, subject) and not names_contradict(each.name, subject.name)


def _is_told_by_address(each: Described, subject: Sought) -> bool:
    addresses = {address.lower() for address in each.values.get(FactField.EMAIL, ())}
    if any(address in addresses and not is_shared(address) for address in subject.emails):
        return True
    profile = parse_profile(subject.profile_url or "")
    return profile is not None and profile.url in each.values.get(FactField.PROFILE_URL, ())


def _values(each: Described, name: FactField, subject: Sought) -> list[str]:
    """What somebody is said to have; an address of a whole company is no person's."""
    values = each.values.get(name, [])
    if name is FactField.EMAIL and not subject.is_organisation:
        return [value for value in values if not is_shared(value.lower())]
    return values


def _common_value(name: FactField, values_by_person: Sequence[Sequence[str]]) -> str | None:
    """The value that all agree on who speak of a field; None when they contradict each other.

    A page that says something in three notations says it once; one that says different things is not believed.
    """
    if not values_by_person:
        return None
    for value in values_by_person[0]:
        if all(any(say_the_same(name, value, other) for other in values) for values in values_by_person[1:]):
            return value
    return None


def _from_organisation(subject: Sought, described: Sequence[Described], url: str) -> list[Fact]:
    """What an organisation's page says of somebody who belongs to it: its name and site, and nothing else."""
    employers = [each for each in described if each.is_organisation and _employs(each, subject, url)]
    names = {each.name for each in employers}
    if not employers or not all(same_organisation(each.name, employers[0].name) for each in employers):
        return []
    facts = [Fact(FactField.COMPANY, min(names, key=len), url, SourceMethod.STRUCTURED)]
    sites = [each.values[FactField.WEBSITE] for each in employers if each.values.get(FactField.WEBSITE)]
    site = _common_value(FactField.WEBSITE, sites)
    return facts if site is None else [*facts, Fact(FactField.WEBSITE, site, url, SourceMethod.STRUCTURED)]


def _employs(each: Described, subject: Sought, url: str) -> bool:
    """Whether somebody certainly belongs to an organisation: it names them, or their address is of its own site."""
    if any(same_name(member, subject.name) for member in each.members):
        return True
    if subject.company:
        return same_organisation(each.name, subject.company)
    host = _host(url)
    own = [site for site in each.values.get(FactField.WEBSITE, ()) if _host(site) == host]
    domains = {address.partition("@")[2] for address in subject.emails}
    return bool(own) and any(host == domain or host.endswith(f".{domain}") for domain in domains if domain)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower().removeprefix("www.")
