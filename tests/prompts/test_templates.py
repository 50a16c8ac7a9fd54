"""Ready-made templates are written right, and a file that is not is refused with its name."""

from collections import Counter

import pytest

from onelane.prompts.library import BadPrompt
from onelane.prompts.templates import ReadyTemplate, Source, parse_template, sources

HEAD = '+++\nname = "A"\ndescription = "B"\ntemplate_type = "outreach"\ntext_is = "messages"\n[config]\n'


@pytest.fixture(params=[source.key for source in sources()])
def template(request: pytest.FixtureRequest) -> ReadyTemplate:
    return next(parse_template(source) for source in sources() if source.key == request.param)


def test_there_are_enough_of_each_kind() -> None:
    kinds = Counter(parse_template(source).template_type for source in sources())
    least = {"prospecting": 3, "enrichment": 3, "pruning": 2, "outreach": 1, "nurture": 1, "content": 1}
    assert {kind: count for kind, count in least.items() if kinds[kind] < count} == {}


def test_each_says_what_it_does_and_what_each_parameter_is_for(template: ReadyTemplate) -> None:
    assert template.name
    assert len(template.description) > 60
    for parameter in template.config["parameters"]:
        assert parameter["description"]
        assert ("default" in parameter) != parameter.get("required", False)


def test_each_has_a_type_of_run_and_what_that_needs(template: ReadyTemplate) -> None:
    needed = {
        "search": {"queries", "requirements", "maxContacts", "budget"},
        "enrich": {"missing", "mode", "budget"},
        "prune": {"mode", "maxContacts"},
        "agent": {"goal", "systemPrompt", "budget"},
        "sequence": set[str](),
    }
    run_type = template.config["workflowType"]
    assert needed[run_type] <= template.config.keys()
    assert bool(template.steps) == (run_type == "sequence")


def test_a_template_that_uses_a_model_has_a_limit_in_dollars(template: ReadyTemplate) -> None:
    if template.config["workflowType"] in ("search", "agent") or template.config.get("mode") in (
        "model",
        "auto",
        "words",
    ):
        assert 0 < template.config["budget"]["usd"] <= 5


def test_no_two_are_called_the_same() -> None:
    names = [parse_template(source).name for source in sources()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("no beginning", "must begin with TOML"),
        ("+++\nname = \n+++\n", "is not right"),
        ("+++\nname = 'A'\n+++\n", "is not right"),
        (f"{HEAD}word = '{{{{word}}}}'\n+++\n", "must both declare and use: word"),
        (f"{HEAD}[[parameters]]\nname = 'word'\n+++\n", "must both declare and use: word"),
        (f"{HEAD}[[steps]]\nstep_type = 'message'\nmessage = 'Gone'\n+++\n## Here\nHi", "no section 'Gone'"),
    ],
)
def test_a_file_that_is_not_written_right_is_named(content: str, complaint: str) -> None:
    with pytest.raises(BadPrompt, match=complaint) as raised:
        parse_template(Source("odd", content.encode()))
    assert "odd.md" in str(raised.value)


def test_a_variable_filled_in_for_each_person_is_no_parameter() -> None:
    text = (
        f"{HEAD}[[steps]]\nstep_type = 'message'\nmessage = 'Hi'\n+++\n## Hi\n\nHello {{{{ first_name or \"you\" }}}}"
    )
    (step,) = parse_template(Source("fine", text.encode())).steps
    assert step == {"step_type": "message", "config": {"text": 'Hello {{ first_name or "you" }}'}, "delay_hours": 0}
