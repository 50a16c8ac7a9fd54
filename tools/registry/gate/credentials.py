"""The credentials of an account: one JSON, sealed in its row, with a part for each way in which it signs in.

See docs/storage.md, "Vault".
"""

import json
from typing import Any

from onelane.storage.platforms.accounts import Account
from onelane.tools.registry.gate.vault import Vault, VaultClosed

MAIL = "mail"
"""The part with the mail servers, and the password that they take."""
GRANT = "grant"
"""The part with what a platform granted at a sign-in."""
MICROSOFT = "microsoft"
"""The part with what Microsoft granted: mail servers that take no password let the account in by it."""


def open_parts(vault: Vault, account: Account) -> dict[str, Any]:
    """The parts of an account's credentials, by name; none while it is not connected.

    Raises:
        VaultClosed: they do not open
    """
    return json.loads(vault.open(account.credentials_encrypted, account.id)) if account.credentials_encrypted else {}


def keep_part(vault: Vault, account: Account, name: str, part: dict[str, Any]) -> None:
    """Seal a part into an account's row beside the others; those that do not open any more are lost anyway."""
    try:
        others = open_parts(vault, account)
    except VaultClosed:
        others = {}
    account.credentials_encrypted = vault.seal(json.dumps({**others, name: part}), account.id)


def drop_part(vault: Vault, account: Account, name: str) -> None:
    """Take a part out of an account's row; the others stay.

    Raises:
        VaultClosed: they do not open
    """
    parts = open_parts(vault, account)
    if parts.pop(name, None) is not None:
        account.credentials_encrypted = vault.seal(json.dumps(parts), account.id)
