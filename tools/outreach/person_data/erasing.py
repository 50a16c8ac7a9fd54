"""Erasing a person: nothing is kept of them but what keeps them from being written to again.

See docs/sequences.md, "A person's data". It is no tool: only a person does it, at one of their doors.
"""

from collections.abc import Mapping

from onelane.storage.contact_erasure import erase_contact, find_mentions
from onelane.storage.database.engine import Session
from onelane.storage.outreach import suppressions
from onelane.storage.outreach.enrollment_ends import end_all_of_contacts
from onelane.storage.outreach.suppressions import SuppressionReason
from onelane.storage.people import contacts, emails, identities
from onelane.storage.people.contacts import Contact
from onelane.storage.platforms.accounts import CHANNEL_OF, Channel
from onelane.storage.workflows.enrollments import StateReason
from onelane.tools.people.contact_fields import one_line
from onelane.tools.people.contact_saving import known_contact
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import Conflict
from onelane.tools.registry.gate.deciding import check_writable
from onelane.tools.registry.result import Result


class Erased(Result):
    """A person who was erased."""

    id: str
    erased: bool = True
    suppressed: int
    """How many of their addresses are known again, and not written to."""

    def text(self) -> str:
        """One line."""
        return (
            f"{self.id} is erased. {self.suppressed} of their addresses will not be written to again. "
            "Backups that were made before still hold them: delete these, or erase again after one is restored."
        )


def question_of(services: Services, contact_id: str) -> str:
    """What a person reads before they erase somebody.

    Raises:
        NotFound: there is no such contact
    """
    with services.database.read() as session:
        contact = known_contact(session, contact_id)
        details = ", ".join(part for part in (contact.title, contact.company, contact.email, contact.id) if part)
    return (
        f"Erase {one_line(contact.name)} ({one_line(details)})? Everything that is kept of them goes for good; "
        "only that something was sent, and that they are not written to again, stays."
    )


def erase_person(services: Services, contact_id: str) -> Erased:
    """Remove everything that is kept of a person, and keep the hashes of their addresses, so that nobody writes again.

    Args:
        services: the database, and the vault that makes the hashes
        contact_id: whom

    Raises:
        Forbidden: nothing may be changed here
        NotFound: there is no such contact
        Conflict: it is the user
    """
    check_writable(services, "Onelane runs in read-only mode, so nobody is erased here.")
    with services.database.read() as session:
        contact = known_contact(session, contact_id)
        if contact.is_self:
            raise Conflict(f"{contact_id} is you, and stays.")
        mentions = find_mentions(session, contact_id, _mail_addresses(session, contact))
    with services.database.write(is_durable=True) as session:
        contacts.hold_contacts(session, [contact_id])
        contact = known_contact(session, contact_id)
        addresses = _mail_addresses(session, contact)
        hashes = _suppress(session, services, {**dict.fromkeys(addresses, Channel.ALL), **_profiles(session, contact)})
        end_all_of_contacts(session, [contact_id], StateReason.CONTACT_ERASED)
        session.expunge(contact)
        erase_contact(session, contact_id, addresses=addresses, address_hashes=hashes, mentions=mentions)
    return Erased(id=contact_id, suppressed=len(hashes))


def _mail_addresses(session: Session, contact: Contact) -> list[str]:
    addresses = [address for _, address in emails.read_addresses(session, [contact.id])]
    return list(dict.fromkeys([*addresses, *([contact.email.strip().lower()] if contact.email else [])]))


def _profiles(session: Session, contact: Contact) -> dict[str, Channel]:
    """Where they are reached on platforms, in each of the ways in which a sequence may name it."""
    channels: dict[str, Channel] = {}
    for each in identities.list_identities(session, contact.id):
        channel = CHANNEL_OF[each.platform]
        if channel is not Channel.EMAIL:
            ways = (each.platform_url, each.platform_handle, each.platform_user_id)
            channels |= {way: channel for way in ways if way}
    if contact.profile_url:
        channels.setdefault(contact.profile_url, Channel.ALL)
    return channels


def _suppress(session: Session, services: Services, addresses: Mapping[str, Channel]) -> list[str]:
    """The hashes by which they are known again."""
    hashes = {services.vault.address_hash(address): channel for address, channel in addresses.items()}
    for address_hash, channel in hashes.items():
        suppressions.suppress(
            session,
            channel=channel,
            address_hash=address_hash,
            address=None,
            reason=SuppressionReason.ERASED,
            source="erase",
        )
    return list(hashes)
