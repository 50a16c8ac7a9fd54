"""Suppressed: who must not be written to, known by the keyed hash of any of their addresses.

See docs/sequences.md, "Suppressions".
"""

from collections.abc import Mapping

from onelane.storage.database.engine import Session
from onelane.storage.outreach import suppressions
from onelane.storage.outreach.suppressions import SuppressionReason
from onelane.storage.platforms.accounts import Channel
from onelane.tools.outreach.stopping.addresses import addresses_of
from onelane.tools.registry.gate.vault import Vault, written_once


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
    in_use = {contact_id: written_once(address) for contact_id, address in addresses.items() if address}
    known_addresses = addresses_of(session, addresses, channel)
    owners: dict[str, set[str]] = {}
    for contact_id, address in (*in_use.items(), *known_addresses):
        owners.setdefault(address, set()).add(contact_id)
    by_hash = {vault.address_hash(address): address for address in owners}
    rows = suppressions.find_holding(session, channel, address_hashes=by_hash, contact_ids=addresses)
    reasons: dict[str, str] = {}
    for row in rows:
        address = by_hash.get(row.address_hash, "")
        of_address = owners.get(address, set[str]())
        if row.reason is SuppressionReason.BOUNCE_HARD:
            contact_ids = {each for each in of_address if in_use.get(each) == address}
        else:
            contact_ids = of_address.union(addresses.keys() & {row.contact_id})
        reasons |= dict.fromkeys(contact_ids - reasons.keys(), row.reason)
    return reasons
