"""The key that seals what is secret in the database: where the settings have it (docs/storage.md, "Vault")."""

from onelane.server.settings import Settings
from onelane.tools.registry.gate.vault import Vault, key_of_home, key_of_text, system_keyring


def vault_of(settings: Settings) -> Vault:
    """The vault of a home; its key is read, or made, when it is first needed."""
    given = settings.secret_key
    if given is not None:
        return Vault(lambda: key_of_text(given.get_secret_value()))
    return Vault(lambda: key_of_home(settings.secret_key_file, system_keyring()))
