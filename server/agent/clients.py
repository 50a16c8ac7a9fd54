"""Builds the clients for the model, the web and the browser from the settings.

See docs/house.md, "Putting together".
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import sleep

import orjson

from onelane.server.agent.budget_keeper import RunBudgetKeeper
from onelane.server.agent.claude.client import Claude
from onelane.server.agent.extraction import AnthropicModels
from onelane.server.agent.model import Model
from onelane.server.agent.model_search import ModelSearch
from onelane.server.settings import Settings
from onelane.storage.database.engine import Database, Session
from onelane.storage.workflows import runs
from onelane.storage.workflows.budgets import BudgetUnit, Limits
from onelane.tools.registry.ports.telemetry import Telemetry
from onelane.tools.registry.ports.web import Web
from onelane.tools.registry.workspace_settings import WorkspaceSettings
from onelane.tools.web.browser.browser import Chromium
from onelane.tools.web.fetching import Fetcher
from onelane.tools.web.network import Network, SystemNetwork
from onelane.tools.web.search.choice import search_engine


@dataclass(frozen=True)
class OutsideClients:
    """Clients for the model, the web and the browser."""

    model: Model
    models: AnthropicModels
    budget_keeper: RunBudgetKeeper
    web: Web
    browser: Chromium

    def close(self) -> None:
        """Let go of the browser and of the model's connections."""
        self.browser.close()
        self.model.close()


def outside_clients(
    settings: Settings,
    database: Database,
    network: Network | None = None,
    telemetry: Telemetry | None = None,
    model: Model | None = None,
    pause: Callable[[float], None] = sleep,
) -> OutsideClients:
    """Put together; nothing is connected, and no heavy library is imported, before it is used.

    Args:
        settings: keys, addresses and limits
        database: where budgets and hosts are
        network: how names are resolved and connections made
        telemetry: watches calls of the model
        model: what is asked instead of the settings' own
        pause: lets so many seconds pass
    """
    model = model or Claude(settings.anthropic_api_key, base_url=settings.anthropic_base_url, telemetry=telemetry)
    budget_keeper = RunBudgetKeeper(database, partial(_day_of, settings.workspace))
    fetcher = Fetcher(network or SystemNetwork(), database, sleep=pause)
    browser = Chromium(fetcher, executable=settings.chromium)
    by_model = None
    if settings.anthropic_api_key is not None:
        by_model = ModelSearch(model, budget_keeper, settings.extraction_model)
    web = Web(fetcher, browser, search_engine(settings.search_settings, model=by_model), fetcher)
    models = AnthropicModels(
        model, budget_keeper, model_name=settings.extraction_model, choose_model=partial(extraction_model_of, database)
    )
    return OutsideClients(model, models, budget_keeper, web, browser)


def _day_of(workspace: WorkspaceSettings, session: Session) -> Limits:
    """What may be spent a day in all."""
    usd = workspace.read(session).daily_usd
    return {} if usd is None else {BudgetUnit.USD: usd}


def extraction_model_of(database: Database, run_id: str | None) -> str | None:
    """The model that a run's config, which holds its template's, names for reading: its `extractModel`."""
    if run_id is None:
        return None
    with database.read() as session:
        row = runs.read_run(session, run_id)
    model = None if row is None else orjson.loads(row["config"]).get("extractModel")
    return model if isinstance(model, str) and model else None
