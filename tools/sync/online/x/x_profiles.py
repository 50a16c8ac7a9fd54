"""Looking people up at X: a sync that is a run of type enrich."""

from collections.abc import Mapping, Sequence
from typing import Any

from onelane.storage.people import contacts
from onelane.storage.people.identities import contacts_on
from onelane.storage.platforms.accounts import Platform
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.runs.record import RunEnd
from onelane.tools.registry.runs.run import Run
from onelane.tools.registry.toolbox import Toolbox
from onelane.tools.research.run_configs import EnrichConfig
from onelane.tools.sync.online.online_lists import ONLINE
from onelane.tools.sync.online.online_runs import check_online, found_account, read_online
from onelane.tools.sync.online.online_sources import OnlineSources, SyncOptions
from onelane.tools.sync.sync_types import SyncSubType

_NAMED = 3


class XProfiles:
    """Looks people up at X, as a run of type enrich; a `ProfileSync`.

    Args:
        sources: the lists that are read
    """

    def __init__(self, sources: OnlineSources = ONLINE) -> None:
        self._sources = sources

    def found(self, config: EnrichConfig, toolbox: Toolbox) -> Mapping[str, Any]:
        """See `ProfileSync`."""
        return found_account(SyncSubType.X_ENRICH, config.platform_account_id, toolbox)

    def check(self, config: EnrichConfig, toolbox: Toolbox) -> None:
        """See `ProfileSync`."""
        check_online(SyncSubType.X_ENRICH, config.platform_account_id, toolbox, self._sources)
        if config.contact_ids is not None:
            _check_contacts(config.contact_ids, toolbox)

    def carry_out(self, run: Run, config: EnrichConfig, toolbox: Toolbox) -> RunEnd:
        """See `ProfileSync`."""
        options = SyncOptions(max_profiles=config.max_profiles, contact_ids=config.contact_ids or ())
        account_id = config.platform_account_id
        return read_online(run, SyncSubType.X_ENRICH, account_id, toolbox, self._sources, options=options)


def _check_contacts(ids: Sequence[str], toolbox: Toolbox) -> None:
    """See that whom a config names can be looked up: a list of nobody would be taken for everybody."""
    if not ids:
        raise BadRequest("contactIds names nobody. Leave it out to look up all whom X was never asked about.")
    with toolbox.services.database.read() as session:
        names = contacts.contact_names(session, ids)
        contacts_at_x = contacts_on(session, Platform.X, ids)
    if unknown_ids := [each for each in ids if each not in names]:
        raise BadRequest(f"There are no contacts with these ids: {_first(unknown_ids)}. search_contacts shows ids.")
    if not contacts_at_x:
        raise BadRequest(
            f"X can't be asked about {_first([names[each] or each for each in ids])}: X's number of them is not known. "
            "A sync of x_contacts, x_tweets or x_mentions brings it."
        )


def _first(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _NAMED:,} more" if len(ids) > _NAMED else ""
    return f"{', '.join(each[:100] for each in ids[:_NAMED])}{more}"
