"""The run types `enrich`, `search` and `prune` (docs/research.md)."""

from collections.abc import Mapping
from typing import Any

from onelane.storage.workflows.run_reading.exclusive_runs import sync_key
from onelane.storage.workflows.runs import WorkflowType
from onelane.storage.workflows.templates import TemplateType
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.runs.record import RunEnd
from onelane.tools.registry.runs.run import Run
from onelane.tools.registry.runs.run_config import asks_model
from onelane.tools.registry.runs.run_type import run_type
from onelane.tools.registry.toolbox import Toolbox
from onelane.tools.research.profile_sync import ProfileSync
from onelane.tools.research.run_configs import EnrichConfig, PruneConfig, PruneMode, SearchConfig


def check_reader(config: EnrichConfig | SearchConfig, toolbox: Toolbox) -> None:
    """See whether there is a model where one must read. NoModel when not."""
    asks_model(config.mode, toolbox.services.models)


def check_enrich(config: EnrichConfig, toolbox: Toolbox, *, profiles: ProfileSync | None = None) -> None:
    """See whether the platform can be asked, or pages be read.

    Raises:
        ToolError: not so
    """
    if config.sync_sub_type is None:
        check_reader(config, toolbox)
    else:
        _require_profiles(profiles).check(config, toolbox)


def found_account(config: EnrichConfig, toolbox: Toolbox, *, profiles: ProfileSync | None = None) -> Mapping[str, Any]:
    """The account that is asked, where the settings name none."""
    return {} if config.sync_sub_type is None else _require_profiles(profiles).found(config, toolbox)


def key_of(config: EnrichConfig) -> str | None:
    """What only one run at a time does: ask as an account about its platform's users."""
    return None if config.sync_sub_type is None else sync_key(config.platform_account_id, config.sync_sub_type)


def check_prune(config: PruneConfig, toolbox: Toolbox) -> None:
    """See whether somebody could be archived by it, and whether there is a model where one must decide.

    Raises:
        ToolError: nobody could, or there is none
    """
    if config.mode is PruneMode.RULES and config.words is not None:
        raise BadRequest("words are for the language model: leave them out, or set mode to words.")
    if not config.asks_model and config.criteria.are_empty:
        raise BadRequest(
            "A prune run needs criteria, such as {'criteria': {'noInteractionDays': 365}}, or words for a language "
            "model, such as {'mode': 'words', 'words': 'who left the field'}."
        )
    if config.asks_model and config.words is None:
        raise BadRequest("In the mode words, words must say whom to archive.")
    if config.asks_model:
        toolbox.services.models.check()


def ask_before_pruning(ctx: Context, config: PruneConfig) -> str | None:
    """What a person is asked before contacts are archived by these criteria."""
    from onelane.tools.research.prune_question import prune_question

    return prune_question(ctx, config)


@run_type(
    WorkflowType.ENRICH,
    config=EnrichConfig,
    check=check_enrich,
    finds_out=found_account,
    exclusive=key_of,
    carries_out=TemplateType.ENRICHMENT,
    client_may_drive=True,
)
def enrich(run: Run, config: EnrichConfig, toolbox: Toolbox, *, profiles: ProfileSync | None = None) -> RunEnd:
    """Look for what is missing in contacts on their pages; each value keeps its source."""
    if config.sync_sub_type is not None:
        return _require_profiles(profiles).carry_out(run, config, toolbox)
    from onelane.tools.research.enrich import enrich_contacts

    return enrich_contacts(run, config, toolbox)


@run_type(
    WorkflowType.SEARCH,
    config=SearchConfig,
    check=check_reader,
    carries_out=TemplateType.PROSPECTING,
    client_may_drive=True,
)
def search(run: Run, config: SearchConfig, toolbox: Toolbox) -> RunEnd:
    """Search the web for people who are no contacts yet, and keep them with the page that names them."""
    from onelane.tools.research.search_run import search_people

    return search_people(run, config, toolbox)


@run_type(
    WorkflowType.PRUNE,
    config=PruneConfig,
    check=check_prune,
    asks=ask_before_pruning,
    carries_out=TemplateType.PRUNING,
    client_may_drive=True,
)
def prune(run: Run, config: PruneConfig, toolbox: Toolbox) -> RunEnd:
    """Archive contacts that a person can do without, each with its reason."""
    from onelane.tools.research.prune import prune_contacts

    return prune_contacts(run, config, toolbox)


def _require_profiles(profiles: ProfileSync | None) -> ProfileSync:
    if profiles is None:
        raise BadRequest("Nothing here asks X about its users.")
    return profiles
