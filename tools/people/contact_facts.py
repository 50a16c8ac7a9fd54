"""Facts about contacts from pages: they fill empty fields only, and each keeps its source."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from onelane.storage.database.engine import Session
from onelane.storage.outreach.sequence_enrollments import sequence_without_question
from onelane.storage.people import contact_sources, contacts, emails, identities
from onelane.storage.people.contact_sources import SourceMethod
from onelane.storage.people.contacts import Contact
from onelane.storage.platforms.accounts import Platform
from onelane.storage.search.contact_index import index_contacts
from onelane.storage.workflows import due_enrollments
from onelane.tools.people.contact_fields import one_line
from onelane.tools.people.contact_saving import known_contact
from onelane.tools.people.fact_fields import FactField, Unusable, parse_value, say_the_same
from onelane.tools.people.intake.names import folded, is_made_up, name_words
from onelane.tools.people.intake.scoring import enrichment_score
from onelane.tools.people.intake.user_ids import is_own_id
from onelane.tools.people.merge_questions import ask
from onelane.tools.platforms.formats.contact_details import Email, is_shared, parse_email
from onelane.tools.platforms.linkedin.profiles import Profile, parse_profile
from onelane.tools.registry.result import About, Result

FROM_THE_WEB = "web"
"""The source of an address that a page gave. Nobody vouches for it, so that it proves no identity."""

_MOST_VALUES = 5
"""So many values of one field are remembered of one page."""
_LONGEST_URL = 800
"""A longer one does not fit into an index of PostgreSQL."""
_SHOWN_CHARS = 120


@dataclass(frozen=True, slots=True)
class Fact:
    """A value that was found.

    Args:
        field: of what
        value: as it was found
        url: the page that says so
        method: how it was found there
    """

    field: FactField
    value: str
    url: str
    method: SourceMethod


class FactOutcome(StrEnum):
    """The outcome of a fact."""

    FILLED = "filled"
    CONFIRMED = "confirmed"
    ADDED = "added"
    """Kept beside what was there: a second address, or a profile elsewhere."""
    CONFLICT = "conflict"
    """Something else is there, or it is somebody else's; only its source was kept."""
    REFUSED = "refused"


class FactTaken(Result):
    """A fact and its outcome."""

    field: FactField
    value: str
    outcome: FactOutcome
    reason: str | None = None

    def text(self) -> str:
        """One line: the field, what became of it, why."""
        reason = "" if self.reason is None else f" ({one_line(self.reason)})"
        return f"{self.outcome} {self.field.value}: {one_line(self.value)[:_SHOWN_CHARS]}{reason}"


class Filled(Result):
    """The result of filling a contact's empty fields."""

    contact_id: str
    contact_name: str
    enrichment_score: int
    url: str | None = None
    facts: Sequence[FactTaken]

    @property
    def filled(self) -> list[FactField]:
        """The fields that were empty and are not any more."""
        return [fact.field for fact in self.facts if fact.outcome is FactOutcome.FILLED]

    @property
    def conflicts(self) -> list[FactTaken]:
        """What disagrees with what is there."""
        return [fact for fact in self.facts if fact.outcome is FactOutcome.CONFLICT]

    def text(self) -> str:
        """The contact, then a line for each fact."""
        head = f"{self.contact_id}\t{one_line(self.contact_name)}\tknown: {self.enrichment_score}"
        return "\n".join([head, *(fact.text() for fact in self.facts)])

    def recorded_about(self) -> About:
        """The contact, and the page."""
        return {"contact_id": self.contact_id, "url": self.url}


def fill_gaps(session: Session, contact_id: str, facts: Sequence[Fact], *, run_id: str | None) -> Filled:
    """Fill a contact's gaps with what was found; doing it again changes nothing.

    Args:
        session: a session that writes
        contact_id: the contact
        facts: what was found, the most trustworthy first
        run_id: the run that found it

    Raises:
        NotFound: there is no such contact
    """
    identities.hold_identities(session)
    contacts.hold_contacts(session, [contact_id])
    contact = known_contact(session, contact_id)
    session.refresh(contact)
    outcomes = _Filling(session, contact, run_id).run(facts)
    urls = list(dict.fromkeys(fact.url for fact in facts))
    return Filled(
        contact_id=contact.id,
        contact_name=contact.name,
        enrichment_score=contact.enrichment_score,
        url=urls[0] if len(urls) == 1 else None,
        facts=outcomes,
    )


class _Filling:
    """Fills the empty fields of one contact."""

    def __init__(self, session: Session, contact: Contact, run_id: str | None) -> None:
        self._session = session
        self._contact = contact
        self._run_id = run_id
        self._sources = _Sources(session, contact.id, run_id)
        self._is_changed = False

    def run(self, facts: Sequence[Fact]) -> list[FactTaken]:
        outcomes = [each for fact in facts if (each := self._take(fact)) is not None]
        contact = self._contact
        score = enrichment_score(contact)
        if self._is_changed or score != contact.enrichment_score:
            contact.enrichment_score = score
            contact.updated_at = self._session.now()
            index_contacts(self._session, [contact.id])
            due_enrollments.look_again(self._session, contact_ids=[contact.id])
        return outcomes

    def _take(self, fact: Fact) -> FactTaken | None:
        try:
            value = parse_value(fact.field, fact.value)
        except Unusable as error:
            excerpt = fact.value[:_SHOWN_CHARS].encode("utf-8", "replace").decode()
            return FactTaken(field=fact.field, value=excerpt, outcome=FactOutcome.REFUSED, reason=str(error))
        if not value:
            return None
        outcome, reason = self._placed(fact.field, value)
        self._sources.keep(fact, value)
        return FactTaken(field=fact.field, value=value, outcome=outcome, reason=reason)

    def _placed(self, field: FactField, value: str) -> tuple[FactOutcome, str | None]:
        if field is FactField.EMAIL:
            return self._place_email(value)
        if field is FactField.PROFILE_URL and (profile := parse_profile(value)):
            return self._place_profile(profile)
        return self._place(field, value)

    def _place(self, field: FactField, value: str) -> tuple[FactOutcome, str | None]:
        current_value: str | None = getattr(self._contact, field.value)
        if not current_value or (field is FactField.NAME and is_made_up(current_value) and not is_made_up(value)):
            self._set(field, value)
            return FactOutcome.FILLED, None
        if say_the_same(field, current_value, value):
            return FactOutcome.CONFIRMED, None
        return FactOutcome.CONFLICT, f"kept: {current_value[:_SHOWN_CHARS]}"

    def _place_email(self, address: str) -> tuple[FactOutcome, str | None]:
        """An address that is vouched for as somebody else's is not given to a second contact."""
        email = parse_email(address)
        assert email is not None, "its form was checked"
        if any(
            stored_email.normalized == email.normalized
            for stored_email in emails.list_emails(self._session, self._contact.id)
        ):
            return FactOutcome.CONFIRMED, None
        if not is_shared(email.normalized):
            for owner in emails.find_vouched(self._session, email.normalized):
                return self._leave_to(owner.id, f"they have the same address {email.address}")
        self._keep_email(email)
        if (self._contact.email or "").lower() == email.normalized:
            return FactOutcome.CONFIRMED, None
        sequence = None if self._contact.email else sequence_without_question(self._session, self._contact.id)
        if sequence is not None:
            # What a page says is no yes to write there.
            return FactOutcome.ADDED, (
                f"not written to, for letters of {one_line(sequence)!r} would go there without another question; "
                "save_contact makes it their address"
            )
        return self._first_or_added(FactField.EMAIL, email.address)

    def _keep_email(self, email: Email) -> None:
        self._is_changed = True
        emails.keep_email(
            self._session,
            self._contact.id,
            address=email.address,
            normalized=email.normalized,
            source=FROM_THE_WEB,
            is_verified=False,
        )

    def _place_profile(self, profile: Profile) -> tuple[FactOutcome, str | None]:
        """A profile on LinkedIn says who someone is: whose it is already keeps it."""
        identity = identities.find_identity(self._session, Platform.LINKEDIN, profile.slug)
        if identity is not None and identity.contact_id != self._contact.id:
            return self._leave_to(identity.contact_id, f"{profile.url} is given for both")
        if identity is None:
            if self._has_another_profile():
                return FactOutcome.CONFLICT, "LinkedIn has another profile for this contact"
            if _is_named_for(profile.slug, self._contact.name):
                self._add_identity(profile)
        current_url = self._contact.profile_url
        if current_url and say_the_same(FactField.PROFILE_URL, current_url, profile.url):
            return FactOutcome.CONFIRMED, None
        return self._first_or_added(FactField.PROFILE_URL, profile.url)

    def _first_or_added(self, field: FactField, value: str) -> tuple[FactOutcome, str | None]:
        if current_value := getattr(self._contact, field.value):
            return FactOutcome.ADDED, f"beside {current_value[:_SHOWN_CHARS]}"
        self._set(field, value)
        return FactOutcome.FILLED, None

    def _leave_to(self, other_id: str, reason: str) -> tuple[FactOutcome, str | None]:
        ask(self._session, self._contact, other_id, reason, run_id=self._run_id)
        return FactOutcome.CONFLICT, f"it belongs to contact {other_id}; whether the two are one is asked"

    def _has_another_profile(self) -> bool:
        own_identities = identities.list_identities(self._session, self._contact.id)
        return any(each.platform is Platform.LINKEDIN and is_own_id(each.platform_user_id) for each in own_identities)

    def _add_identity(self, profile: Profile) -> None:
        self._is_changed = True
        identities.create_identity(
            self._session,
            contact_id=self._contact.id,
            platform=Platform.LINKEDIN,
            platform_user_id=profile.slug,
            platform_url=profile.url,
        )

    def _set(self, field: FactField, value: str) -> None:
        self._is_changed = True
        setattr(self._contact, field.value, value)


class _Sources:
    """The sources of a contact's values. A page may give several values of a field; none pushes out another's source.

    The first is kept under the field's own name, the next as `phone:2`, and so on.
    """

    def __init__(self, session: Session, contact_id: str, run_id: str | None) -> None:
        self._session = session
        self._contact_id = contact_id
        self._run_id = run_id
        sources = contact_sources.list_sources(session, contact_id)
        self._known = {(source.url, source.field): source.value for source in sources}

    def keep(self, fact: Fact, value: str) -> None:
        url = fact.url[:_LONGEST_URL]
        place = self._place(fact.field, value, url)
        if self._known.get((url, place)) == value:
            return
        self._known[url, place] = value
        contact_sources.keep_source(
            self._session,
            contact_id=self._contact_id,
            field=place,
            value=value,
            url=url,
            method=fact.method,
            workflow_run_id=self._run_id,
        )

    def _place(self, field: FactField, value: str, url: str) -> str:
        places = [field.value, *(f"{field.value}:{number}" for number in range(2, _MOST_VALUES + 1))]
        for place in places:
            if self._known.get((url, place), value) == value:
                return place
        return places[-1]


def _is_named_for(slug: str, name: str) -> bool:
    """Whether a profile's slug has a word of the contact's name. A page may also link to somebody else's profile."""
    return any(len(word) > 1 and word in folded(slug) for word in name_words(name))
