"""The runs that a template starts: their type and settings.

A template's config may say:

- `workflowType`: the type of its runs; without it, what the template is for decides
- `parameters`: a list of `{name, description, default?, required?}`; `{{name}}` in the config, and in the steps of a
  sequence, stands for the value
- `about`: what a reader should know of it; not a setting of runs
- everything else: settings of its runs, over which those of a single run go
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson

from onelane.storage.workflows.runs import WorkflowType
from onelane.storage.workflows.templates import Template
from onelane.tools.registry.arguments.errors import nearest
from onelane.tools.registry.budgets import BUDGETS
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.runs.run_config import ALLOWED, FILE
from onelane.tools.registry.runs.run_type import RunType, RunTypes

WORKFLOW_TYPE, PARAMETERS, ABOUT = "workflowType", "parameters", "about"
CAPS = tuple(name for name in BUDGETS if name != "budget")
"""Budgets that hold for all runs of a template together: a single run may lower them, and not raise them."""

_NOT_A_RUNS = frozenset({WORKFLOW_TYPE, PARAMETERS, ABOUT, FILE, ALLOWED})
_WORD = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_LONGEST_VALUE_CHARS = 4000

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TemplateParameter:
    """A parameter of a template.

    Args:
        name: its word in double braces
        description: what to give
        default: what stands there when nothing is given
        required: it can't be done without
    """

    name: str
    description: str
    default: object
    required: bool


def run_type_of(template: Template, run_types: RunTypes) -> RunType:
    """The run type that carries out a template.

    Raises:
        BadRequest: its config names one that there is not
    """
    type_name = _config(template).get(WORKFLOW_TYPE)
    if type_name is None:
        return run_types.carrying_out(template.template_type)
    if type_name not in list(WorkflowType):
        raise BadRequest(
            f"Template {template.name!r} says {WORKFLOW_TYPE} {type_name!r}; there are: {', '.join(WorkflowType)}. "
            "Correct its config with update_template."
        )
    return run_types[WorkflowType(type_name)]


def settings_of(template: Template, overrides: Mapping[str, Any], run_type: RunType) -> Json:
    """The config of a run of this template: the template's, with what is given laid over it and its words filled in.

    Objects are laid over each other key by key, lists and values replace each other. Which file a run reads, and where
    files may lie, is never for a template to say.

    Args:
        template: the template
        overrides: values of its parameters, and settings
        run_type: what its run is

    Raises:
        BadRequest: something is given that neither the template nor its run takes; or a parameter that must be given
            is missing, or has no usable value
    """
    config = _config(template)
    _check_names(template, overrides, run_type)
    values = values_of(template, overrides)
    kept_config = {name: value for name, value in config.items() if name not in _NOT_A_RUNS}
    own = {name: value for name, value in overrides.items() if name not in values}
    # What is given is put in as it is: braces in it are no words.
    settings = _laid_over(cast("Json", fill(kept_config, values)), own)
    for cap in CAPS:
        if cap in kept_config and cap in own:
            settings[cap] = _lower(fill(kept_config[cap], values), own[cap])
    return settings


def parameters_of(template: Template) -> list[TemplateParameter]:
    """The places that a template wants filled in."""
    declarations = [_object(each) for each in _list(_config(template).get(PARAMETERS))]
    parameters = [each for each in declarations if isinstance(each.get("name"), str)]
    return [
        TemplateParameter(
            each["name"],
            str(each.get("description") or each["name"]),
            each.get("default", ""),
            bool(each.get("required", "default" not in each)),
        )
        for each in parameters
    ]


def values_of(template: Template, overrides: Mapping[str, Any]) -> Json:
    """The value of each parameter: what is given, else its default.

    Raises:
        BadRequest: one that must be given is missing, or is of the wrong kind
    """
    parameters = parameters_of(template)
    missing = [each for each in parameters if each.required and overrides.get(each.name) in (None, "")]
    if missing:
        needs = "; ".join(f"{each.name} ({each.description})" for each in missing)
        raise BadRequest(
            f"Template {template.name!r} needs to know: {needs}. Give it in overrides, as in "
            f'{{"{missing[0].name}": "..."}}; ask the person if you do not know.'
        )
    return {each.name: _value(each, overrides.get(each.name)) for each in parameters}


def fill(value: object, values: Mapping[str, Any]) -> object:
    """The same with words in double braces replaced by their values; other words are left alone."""
    if isinstance(value, str):
        return _filled_text(value, values)
    if isinstance(value, dict):
        return {name: fill(part, values) for name, part in cast("Json", value).items()}
    return [fill(part, values) for part in cast("list[object]", value)] if isinstance(value, list) else value


def _check_names(template: Template, overrides: Mapping[str, Any], run_type: RunType) -> None:
    words = [parameter.name for parameter in parameters_of(template)]
    config_names = [name for name in _config(template) if name not in (PARAMETERS, WORKFLOW_TYPE, ABOUT)]
    known_names = dict.fromkeys([*words, *config_names, *run_type.settings])
    unknown = [name for name in overrides if name not in known_names]
    if unknown:
        raise BadRequest(
            " ".join(f"Template {template.name!r} takes no {name!r}.{nearest(name, known_names)}" for name in unknown)
        )


def _filled_text(text: str, values: Mapping[str, Any]) -> object:
    alone = _WORD.fullmatch(text.strip())
    if alone is not None and alone[1] in values:
        # A word that stands alone is the value itself, so that numbers stay numbers.
        return values[alone[1]]
    return _WORD.sub(lambda word: _text_of(values[word[1]]) if word[1] in values else word[0], text)


def _text_of(value: object) -> str:
    return ", ".join(map(str, cast("list[object]", value))) if isinstance(value, list) else str(value)


def _value(parameter: TemplateParameter, value: object) -> object:
    if value is None:
        return parameter.default
    if isinstance(parameter.default, int | float) and not isinstance(parameter.default, bool):
        return _number(parameter, value)
    if isinstance(value, Mapping) or len(_text_of(value)) > _LONGEST_VALUE_CHARS:
        raise BadRequest(
            f"{parameter.name!r} must be a text, a number or a list of them, with at most {_LONGEST_VALUE_CHARS} "
            f"characters: {parameter.description}."
        )
    return value


def _number(parameter: TemplateParameter, value: object) -> int | float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    try:
        return int(str(value))
    except ValueError as error:
        raise BadRequest(f"{parameter.name!r} must be a number: {parameter.description}.") from error


def _laid_over(below: Json, above: Mapping[str, Any]) -> Json:
    result = dict(below)
    for name, value in above.items():
        under = result.get(name)
        deeper = isinstance(under, dict) and isinstance(value, dict)
        result[name] = _laid_over(cast("Json", under), cast("Json", value)) if deeper else value
    return result


def _lower(template_limits: object, run_limits: object) -> object:
    """The given limits, each as low as the kept one at most."""
    limits = _object(template_limits)
    return {**limits, **{name: _lowest(limits.get(name), value) for name, value in _object(run_limits).items()}}


def _lowest(template_limit: object, run_limit: object) -> object:
    if isinstance(template_limit, int | float) and isinstance(run_limit, int | float):
        return min(template_limit, run_limit)
    return run_limit if template_limit is None else template_limit


def _config(template: Template) -> Json:
    return orjson.loads(template.config)


def _object(value: object) -> Json:
    return cast("Json", value) if isinstance(value, dict) else {}


def _list(value: object) -> Sequence[object]:
    return cast("list[object]", value) if isinstance(value, list) else []
