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


def findings(who: Sought, described: Sequence[Described], url: str) -> Findings:
    """What a page says of somebody in its structured data.

    Args:
        who: whom it is to be about
        described: everybody whom the page describes
        url: the page
    """
    about = [each for each in described if _is(each, who)]
    found = Findings(is_about=bool(about))
    for name in FactField:
        said = [values for each in about if (values := _values(each, name, who))]
        value = _agreed(name, said)
        if value is None and said and name is FactField.BIO and not found.contradicted:
            # Everybody is told of in more than one way; only where the rest agrees it is one and the same.
            value = said[0][0]
        if value is not None:
            found.facts.append(Fact(name, value, url, SourceMethod.STRUCTURED))
        elif said:
            found.contradicted.append(name.value)
    if not who.is_organisation:
        known = {fact.field for fact in found.facts} | {FactField(name) for name in found.contradicted}
        found.facts += [fact for fact in _from_organisation(who, described, url) if fact.field not in known]
    return found


def only_about(who: Sought, described: Sequence[Described]) -> bool:
    """Whether a page describes this one person and nobody else, so that its links are theirs."""
    people = [each for each in described if each.is_organisation == who.is_organisation]
    return bool(people) and all(_is(each, who) for each in people)


def _is(each: Described, who: Sought) -> bool:
    if each.is_organisation != who.is_organisation:
        return False
    if who.is_organisation:
        return same_organisation(each.name, who.name)
    if same_name(each.name, who.name):
        return True
    # Under the same address or profile a name may be cut short or have changed, but not be somebody else's.
    return _is_told_by_address(each, who) and not names_contradict(each.name, who.name)


def _is_told_by_address(each: Described, who: Sought) -> bool:
    addresses = {address.lower() for address in each.values.get(FactField.EMAIL, ())}
    if any(address in addresses and not is_shared(address) for address in who.emails):
        return True
    profile = parse_profile(who.profile_url or "")
    return profile is not None and profile.url in each.values.get(FactField.PROFILE_URL, ())


def _values(each: Described, name: FactField, who: Sought) -> list[str]:
    """What somebody is said to have; an address of a whole company is no person's."""
    values = each.values.get(name, [])
    if name is FactField.EMAIL and not who.is_organisation:
        return [value for value in values if not is_shared(value.lower())]
    return values


def _agreed(name: FactField, said: Sequence[Sequence[str]]) -> str | None:
    """The value that all agree on who speak of a field; None when they contradict each other.

    A page that says something in three notations says it once; one that says different things is not believed.
    """
    if not said:
        return None
    for value in said[0]:
        if all(any(say_the_same(name, value, other) for other in values) for values in said[1:]):
            return value
    return None


def _from_organisation(who: Sought, described: Sequence[Described], url: str) -> list[Fact]:
    """What an organisation's page says of somebody who belongs to it: its name and site, and nothing else."""
    ours = [each for each in described if each.is_organisation and _employs(each, who, url)]
    names = {each.name for each in ours}
    if not ours or not all(same_organisation(each.name, ours[0].name) for each in ours):
        return []
    facts = [Fact(FactField.COMPANY, min(names, key=len), url, SourceMethod.STRUCTURED)]
    sites = [each.values[FactField.WEBSITE] for each in ours if each.values.get(FactField.WEBSITE)]
    site = _agreed(FactField.WEBSITE, sites)
    return facts if site is None else [*facts, Fact(FactField.WEBSITE, site, url, SourceMethod.STRUCTURED)]


def _employs(each: Described, who: Sought, url: str) -> bool:
    """Whether somebody certainly belongs to an organisation: it names them, or their address is of its own site."""
    if any(same_name(member, who.name) for member in each.members):
        return True
    if who.company:
        return same_organisation(each.name, who.company)
    host = _host(url)
    own = [site for site in each.values.get(FactField.WEBSITE, ()) if _host(site) == host]
    domains = {address.partition("@")[2] for address in who.emails}
    return bool(own) and any(host == domain or host.endswith(f".{domain}") for domain in domains if domain)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower().removeprefix("www.")
