"""What `onelane doctor` sees of accounts that sign in: who knows Onelane, the key, the port, and when that ends."""

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

from onelane.server.cli.checks.outreach_checks import Finding, State
from onelane.server.secret_key import vault_of
from onelane.server.settings import Settings
from onelane.storage.database.engine import Session
from onelane.storage.platforms import accounts
from onelane.storage.platforms.accounts import Account, AccountStatus, AuthType, Platform, Transport
from onelane.tools.platforms.online.connections import connection_of
from onelane.tools.registry.gate.vault import Vault, VaultClosed


def platform_findings(settings: Settings) -> Iterator[Finding]:
    """Which platforms know Onelane, and whether a browser can come back from them; secrets are never shown."""
    client_ids = {
        "X": settings.x_client_id,
        "Google": settings.google_client_id,
        "LinkedIn": settings.linkedin_client_id,
        "Microsoft": settings.microsoft_client_id,
    }
    names = [name for name, client_id in client_ids.items() if client_id is not None]
    if not names:
        summary = "No platform knows Onelane; what they know comes in from export files"
        yield Finding("platforms", State.OPTIONAL, summary, "export ONELANE_X_CLIENT_ID=...")
        return
    yield Finding("platforms", State.OK, f"Accounts can sign in at {', '.join(names)}")
    yield _redirect(settings.oauth_redirect_url)


def account_findings(session: Session, settings: Settings) -> Iterator[Finding]:
    """Whether the key opens what is sealed, and how each account that signs in stands."""
    rows = accounts.list_accounts(session)
    if any(row.credentials_encrypted is not None for row in rows):
        yield _key(rows, settings)
    for row in rows:
        if row.auth_type is not AuthType.FILE and (row.transport is None or row.auth_type is AuthType.OAUTH):
            yield _account(session, row, settings)


def readable_vault(settings: Settings) -> Vault:
    """What opens what is sealed; where the key is gone, none is made by looking."""
    has_key = settings.secret_key is not None or settings.secret_key_file.exists()
    return vault_of(settings) if has_key else Vault.of_nobody()


def _redirect(url: str) -> Finding:
    parts = urlsplit(url)
    place = (parts.hostname or "127.0.0.1", parts.port or 80)
    with socket.socket(socket.AF_INET6 if ":" in place[0] else socket.AF_INET) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(place)
        except OSError:
            summary = f"Port {parts.port} is in use, so that no browser can come back from a sign-in at X or LinkedIn"
            return Finding("redirect", State.TODO, summary, "Close what uses it, or set ONELANE_OAUTH_REDIRECT_URL")
    return Finding("redirect", State.OK, f"Browsers come back to {url}")


def _key(rows: list[Account], settings: Settings) -> Finding:
    sealed = [row for row in rows if row.credentials_encrypted is not None]
    if settings.secret_key is None and not settings.secret_key_file.exists():
        summary = f"{settings.secret_key_file} is gone, without which no account can sign in"
        return Finding("secret key", State.PROBLEM, summary, "Put it back from a copy, or connect the accounts again")
    try:
        for row in sealed:
            vault_of(settings).open(row.credentials_encrypted or "", row.id)
    except VaultClosed as error:
        return Finding("secret key", State.PROBLEM, error.message, "onelane accounts list")
    return Finding("secret key", State.OK, "It opens what is sealed")


def _account(session: Session, row: Account, settings: Settings) -> Finding:
    can_open = settings.secret_key is not None or settings.secret_key_file.exists()
    standing = connection_of(readable_vault(settings), row, session.now()) if can_open else None
    where = f"{row.display_name} ({row.platform.label})"
    if standing is None or row.status is AccountStatus.NEEDS_REAUTH or not standing.features:
        step = None if standing is None else standing.next_step
        return Finding(
            "account", State.TODO, f"{where} is not signed in", step or f"onelane accounts connect {row.platform}"
        )
    if (name := _missing_client_id(row, settings)) is not None:
        summary = f"{where} is signed in, and {name} is not set here, without which that can't be renewed"
        return Finding("account", State.TODO, summary, f"export {name}=...")
    until = "" if standing.ends_at is None else f", until {standing.ends_at:%Y-%m-%d}"
    summary = f"{where} is signed in for {', '.join(standing.features)}{until}"
    return Finding("account", State.OK if standing.next_step is None else State.TODO, summary, standing.next_step)


def _missing_client_id(row: Account, settings: Settings) -> str | None:
    """The setting that an account needs every hour or two, where it is missing; LinkedIn renews nothing."""
    if row.platform is Platform.X and settings.x_client_id is None:
        return "ONELANE_X_CLIENT_ID"
    # One that sends by SMTP may have signed in at Microsoft.
    is_googles = row.platform is Platform.GMAIL and row.transport is not Transport.SMTP
    return "ONELANE_GOOGLE_CLIENT_ID" if is_googles and settings.google_client_id is None else None
