"""What ready-made templates say is what the runs that carry them out take."""

from datetime import UTC, datetime

import orjson
import pytest

from onelane.prompts.templates import parse_template, sources
from onelane.server.run_types import all_run_types
from onelane.storage.workflows.templates import Template, TemplateType
from onelane.tools.workflows.template_runs import parameters_of, run_type_of, settings_of

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture(params=[source.key for source in sources()])
def template(request: pytest.FixtureRequest) -> Template:
    ready = next(parse_template(source) for source in sources() if source.key == request.param)
    config = orjson.dumps(ready.config).decode()
    kind = TemplateType(ready.template_type)
    return Template(id="tpl_x", name=ready.name, template_type=kind, config=config, created_at=NOW, updated_at=NOW)


def test_its_settings_are_taken_once_its_words_are_filled_in(template: Template) -> None:
    words = {each.name: "some words" for each in parameters_of(template) if each.required}
    given = {name: ["con_1"] if name == "contact_ids" else word for name, word in words.items()}
    run_type = run_type_of(template, all_run_types())
    settings = settings_of(template, given, run_type)
    assert run_type.lacking(settings) == []
    assert b"{{" not in orjson.dumps(settings)
