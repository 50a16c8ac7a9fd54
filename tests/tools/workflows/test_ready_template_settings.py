"""What ready-made templates say is what the runs that carry them out take."""

from datetime import UTC, datetime

import orjson
import pytest

from onelane.prompts.templates import parsed, sources
from onelane.server.agent.plan import read_plan
from onelane.storage.workflows.runs import WorkflowType
from onelane.storage.workflows.templates import Template, TemplateType
from onelane.tools.registry.run_config import RunConfig, read_config
from onelane.tools.research.enrich import EnrichConfig
from onelane.tools.research.prune import PruneConfig
from onelane.tools.research.search_run import SearchConfig
from onelane.tools.workflows.activation import SETTINGS
from onelane.tools.workflows.template_runs import parameters_of, run_type_of, settings_of

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
CONFIGS: dict[WorkflowType, type[RunConfig]] = {
    WorkflowType.SEARCH: SearchConfig,
    WorkflowType.ENRICH: EnrichConfig,
    WorkflowType.PRUNE: PruneConfig,
}


@pytest.fixture(params=[source.key for source in sources()])
def template(request: pytest.FixtureRequest) -> Template:
    ready = next(parsed(source) for source in sources() if source.key == request.param)
    config = orjson.dumps(ready.config).decode()
    kind = TemplateType(ready.template_type)
    return Template(id="tpl_x", name=ready.name, template_type=kind, config=config, created_at=NOW, updated_at=NOW)


def test_its_settings_are_taken_once_its_words_are_filled_in(template: Template) -> None:
    words = {each.name: "some words" for each in parameters_of(template) if each.required}
    given = {name: ["con_1"] if name == "contact_ids" else word for name, word in words.items()}
    settings = settings_of(template, given)
    run_type = run_type_of(template)
    if run_type in CONFIGS:
        read_config(CONFIGS[run_type], settings)
    elif run_type is WorkflowType.AGENT:
        assert read_plan(settings).goal
    else:
        assert run_type is WorkflowType.SEQUENCE
    assert b"{{" not in orjson.dumps(settings)


@pytest.mark.parametrize("run_type", list(CONFIGS))
def test_an_activation_takes_the_settings_that_a_run_takes(run_type: WorkflowType) -> None:
    taken = {field.alias for field in CONFIGS[run_type].model_fields.values()}
    assert taken <= set(SETTINGS[run_type])
