"""Hashing suppressed addresses anew, when the vault has another key (docs/sequences.md, "The switch")."""

from onelane.storage.database.engine import Session
from onelane.storage.outreach import suppressions
from onelane.storage.outreach.suppressions import Suppression
from onelane.tools.registry.gate.vault import Vault

_AT_ONCE = 1000


def hash_anew(session: Session, vault: Vault) -> int:
    """Let this key recognise the addresses that are known; how many are not, for their people were erased."""
    lost_count, after_id = 0, None
    while page := suppressions.list_suppressions(session, after_id=after_id, limit=_AT_ONCE):
        after_id = page[-1].id
        for row in page:
            if row.address is None:
                lost_count += 1
            else:
                suppressions.change_hash(session, row.id, vault.address_hash(row.address))
    return lost_count


def is_recognised(vault: Vault, row: Suppression) -> bool:
    """Whether this key made the hash of an address that is known."""
    return row.address is None or vault.address_hash(row.address) == row.address_hash
