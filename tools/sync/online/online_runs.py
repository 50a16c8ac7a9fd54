"""Runs that ask a platform: what is looked at before they start, and how they are carried out."""

from collections.abc import Mapping, Sequence
from typing import Any

from onelane.storage.platforms.accounts import InboundSource
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.runs.record import RunEnd
from onelane.tools.registry.runs.run import Run
from onelane.tools.registry.toolbox import Toolbox
from onelane.tools.sync.online.connected_accounts import account_to_ask, is_read_by_imap, require_sign_in_for
from onelane.tools.sync.online.online_sources import OnlineSources, SyncOptions
from onelane.tools.sync.sync_types import SyncSubType

ACCOUNT = "platformAccountId"


def found_account(sub_type: SyncSubType, account_id: str | None, toolbox: Toolbox) -> Mapping[str, Any]:
    """The account that is asked, as a setting."""
    return {ACCOUNT: account_to_ask(toolbox.services, sub_type, account_id).id}


def check_online(
    sub_type: SyncSubType,
    account_id: str | None,
    toolbox: Toolbox,
    sources: OnlineSources,
    *,
    online_settings: Sequence[str] = (),
) -> None:
    """See whether a platform can be asked.

    Raises:
        BadRequest: nothing here asks for that
        ToolError: no account can, or its sign-in does not include that
    """
    account = account_to_ask(toolbox.services, sub_type, account_id)
    if sub_type not in sources and account.inbound is not InboundSource.IMAP:
        raise BadRequest(f"{sub_type.label} can't be asked for here; import a file of them instead.")
    if not is_read_by_imap(toolbox.services.vault, account, sub_type):
        require_sign_in_for(toolbox.services.vault, account, sub_type)
    elif online_settings:
        raise BadRequest(
            f"{', '.join(online_settings)}: a mailbox is read by IMAP from where the last look ended. Leave it out."
        )


def read_online(
    run: Run,
    sub_type: SyncSubType,
    account_id: str | None,
    toolbox: Toolbox,
    sources: OnlineSources,
    *,
    options: SyncOptions,
    max_pages: int | None = None,
) -> RunEnd:
    """Ask the platform, or read the mailbox of an account that has no other way."""
    services = toolbox.services
    account = account_to_ask(services, sub_type, account_id)
    if is_read_by_imap(services.vault, account, sub_type):
        from onelane.tools.sync.inbox_sync import sync_inbox

        return sync_inbox(run, account.id, services)
    from onelane.tools.sync.online.online_sync import OnlineRequest, sync_online

    request = OnlineRequest(sub_type, account.id, max_pages, options)
    return sync_online(run, request, services, sources[sub_type]())
