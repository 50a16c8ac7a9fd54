"""Suppressed: who must not be written to, known by the keyed hash of any of their addresses.

See docs/sequences.md, "Suppressions".
"""

from collections.abc import Collection, Mapping

from onelane.storage.database.engine import Session
from onelane.storage.outreach import suppressions
from onelane.storage.outreach.suppressions import Suppression, SuppressionReason
from onelane.storage.people import emails
from onelane.storage.platforms.accounts import Channel
from onelane.tools.registry.gate.vault import Vault


def suppressions_of(
    session: Session, vault: Vault, addresses: Mapping[str, str | None], channel: Channel
) -> dict[str, str]:
    """Why people must not be written to by a channel, by contact; nobody who may be.

    What holds for any address of somebody holds for them: whoever unsubscribed with one address meant no other one.
    Only a bounce is about its address alone.

    Args:
        session: for reading
        vault: hashes the addresses
        addresses: where each contact is reached
        channel: by which they would be
    """
    if not suppressions.has_any(session):
        return {}
    in_use = {contact_id: vault.address_hash(address) for contact_id, address in addresses.items() if address}
    owners = _owners(session, vault, addresses, in_use)
    rows = suppressions.find_holding(session, channel, address_hashes=owners, contact_ids=addresses)
    found: dict[str, str] = {}
    for row in rows:
        for contact_id in _held(row, addresses, owners, in_use):
            found.setdefault(contact_id, row.reason)
    return found


def _owners(
    session: Session, vault: Vault, contact_ids: Collection[str], in_use: Mapping[str, str]
) -> dict[str, set[str]]:
    """Whose each hash is."""
    owners: dict[str, set[str]] = {}
    for contact_id, address_hash in in_use.items():
        owners.setdefault(address_hash, set()).add(contact_id)
    for contact_id, address in emails.read_addresses(session, contact_ids):
        owners.setdefault(vault.address_hash(address), set()).add(contact_id)
    return owners


def _held(
    row: Suppression, contact_ids: Collection[str], owners: Mapping[str, set[str]], in_use: Mapping[str, str]
) -> set[str]:
    of_address = owners.get(row.address_hash, set[str]())
    if row.reason is SuppressionReason.BOUNCE_HARD:
        return {each for each in of_address if in_use.get(each) == row.address_hash}
    about = {row.contact_id} if row.contact_id is not None else set[str]()
    return of_address | about.intersection(contact_ids)
