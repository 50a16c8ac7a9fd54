"""The fields in which a step is written, and the config that they say; what no field shows stays as it is."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import orjson

from onelane.storage.workflows.templates import TemplateStepType

Fields = dict[str, str]
Json = dict[str, Any]

AT = "#"
"""Stands before the key of a step that has no label yet and that a jump leads to."""
CONDITION_FIELDS = ("kind", "field", "is", "value", "tag", "step", "outcome", "json")
_CONDITION_NAMES = tuple(f"if_{name}" for name in CONDITION_FIELDS)
_REACHES = ("label", "words", "url")
FIELD_NAMES: Mapping[TemplateStepType, Sequence[str]] = {
    TemplateStepType.MESSAGE: ("label", "subject", "text", "html", "same_thread"),
    TemplateStepType.WAIT: ("label", "kind", "amount", "until", "timeout", "else", *_CONDITION_NAMES),
    TemplateStepType.CONDITION: ("label", "then", "else", *_CONDITION_NAMES),
    TemplateStepType.CONNECT: _REACHES,
    TemplateStepType.FOLLOW: _REACHES,
    TemplateStepType.LIKE: _REACHES,
    TemplateStepType.COMMENT: _REACHES,
}
"""The fields of each type of step, besides its delay and the wordings of a message."""
VARIANT_FIELDS: Sequence[str] = ("name", "weight", "subject", "text")
_WAITS = {"hours": "hours", "days": "days", "business_days": "businessDays"}
_DAY_HOURS = 24


@dataclass(slots=True)
class WrittenStep:
    """A step as it stands in the form.

    Args:
        key: what it is called in the form, wherever it stands
        step_type: what it does
        was: the JSON of the config from which it began
        delay: how long after the step before, in its unit
        unit: hours or days
        fields: what the fields say
        variants: the wordings of a message, each with its fields
    """

    key: str
    step_type: TemplateStepType
    was: str = "{}"
    delay: str = "0"
    unit: str = "hours"
    fields: Fields = field(default_factory=dict[str, str])
    variants: list[Fields] = field(default_factory=list[Fields])


def step_of(key: str, step_type: TemplateStepType, config: str, delay_hours: int) -> WrittenStep:
    """A step of a template, as its form says it."""
    values: Json = orjson.loads(config)
    in_days = delay_hours > 0 and delay_hours % _DAY_HOURS == 0
    delay = delay_hours // _DAY_HOURS if in_days else delay_hours
    fields, variants = _read(step_type, values)
    return WrittenStep(key, step_type, config, str(delay), "days" if in_days else "hours", fields, variants)


def new_step(key: str, step_type: TemplateStepType) -> WrittenStep:
    """A step that says nothing yet."""
    step = step_of(key, step_type, "{}", 0)
    if step_type is TemplateStepType.CONDITION:
        step.fields["if_kind"] = "replied"
    elif step_type is TemplateStepType.WAIT:
        step.fields |= {"kind": "days", "amount": "3", "if_kind": "replied", "timeout": "7"}
    return step


def config_of(step: WrittenStep, *, following: str, labels: Mapping[str, str]) -> Json:
    """The config that a step's fields say; the one from which it began, where they say the same.

    Args:
        step: the step
        following: where "the next step" leads
        labels: of the steps that jumps lead to, by their keys
    """
    old_config: Json = orjson.loads(step.was)
    lacks_else = step.step_type is TemplateStepType.CONDITION and "else" not in old_config
    label, write = labels.get(step.key), _WRITERS[step.step_type]
    before = step_of(step.key, step.step_type, step.was, 0)
    form_config = write(step, following, labels)
    is_same = form_config == write(before, following, labels) and step.fields["label"] == before.fields["label"]
    if is_same and not lacks_else:
        return old_config if label is None else {**old_config, "label": label}
    other_values = {name: value for name, value in old_config.items() if name not in _FORM_NAMES[step.step_type]}
    new_label = label or step.fields["label"]
    return {**other_values, **({"label": new_label} if new_label else {}), **form_config}


def condition_fields(value: object) -> Fields:
    """A condition, as its fields say it."""
    condition: Json = cast("Json", value) if isinstance(value, dict) else {}
    empty = dict.fromkeys(_CONDITION_NAMES, "")
    if isinstance(condition.get("replied"), bool) and len(condition) == 1:
        return {**empty, "if_kind": "replied" if condition["replied"] else "not_replied"}
    for kind, names in (("field", {"field", "is", "value"}), ("tag", {"tag"}), ("step", {"step", "outcome"})):
        if (
            kind in condition
            and condition.keys() <= names
            and all(isinstance(each, str) for each in condition.values())
        ):
            return {**empty, "if_kind": kind, **{f"if_{name}": each for name, each in condition.items()}}
    return (
        empty
        if value is None
        else {**empty, "if_kind": "other", "if_json": _pretty(condition or str(cast("object", value)))}
    )


def number(text: str) -> object:
    """A number where the text is one; else the text, about which the check will complain."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def parse(text: str) -> object:
    """JSON where the text is some; else the text, about which the check will complain."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _read(step_type: TemplateStepType, config: Json) -> tuple[Fields, list[Fields]]:
    fields = {name: _text(config.get(_SPELLINGS.get(name, name))) for name in FIELD_NAMES[step_type]}
    variants: list[Fields] = []
    if step_type is TemplateStepType.MESSAGE:
        fields["same_thread"] = "yes" if config.get("sameThread") else ""
        wordings = config.get("variants")
        for wording in cast("list[object]", wordings) if isinstance(wordings, list) else []:
            values = cast("Json", wording) if isinstance(wording, dict) else {}
            variants.append({name: _text(values.get(name)) for name in VARIANT_FIELDS})
    elif step_type is TemplateStepType.CONDITION:
        fields |= condition_fields(config.get("if"))
    elif step_type is TemplateStepType.WAIT:
        fields |= {**_wait_fields(config), **condition_fields(config.get("for"))}
    else:
        fields["words"] = _text(config.get("text") if config.get("text") is not None else config.get("note"))
    return fields, variants


def _wait_fields(config: Json) -> Fields:
    kind = next((kind for kind, name in _WAITS.items() if config.get(name) is not None), "")
    amount = _text(config.get(_WAITS[kind])) if kind else ""
    kind = kind or ("until" if config.get("until") is not None else "for" if config.get("for") is not None else "")
    return {"kind": kind, "amount": amount}


def _message(step: WrittenStep, following: str, labels: Mapping[str, str]) -> Json:
    config = _filled_fields(step.fields, "subject", "text", "html")
    if step.fields["same_thread"]:
        config["sameThread"] = True
    if step.variants:
        config["variants"] = [_variant(each) for each in step.variants]
    return config


def _variant(fields: Fields) -> Json:
    wording = _filled_fields(fields, "name", "subject", "text")
    return {**wording, "weight": number(fields["weight"])} if fields["weight"] else wording


def _reach(step: WrittenStep, following: str, labels: Mapping[str, str]) -> Json:
    config = _filled_fields(step.fields, "words", "url")
    words = config.pop("words", None)
    key = "note" if "note" in orjson.loads(step.was) else "text"
    return config if words is None else {key: words, **config}


def _wait(step: WrittenStep, following: str, labels: Mapping[str, str]) -> Json:
    fields = step.fields
    kind = fields["kind"]
    if kind in _WAITS:
        return {_WAITS[kind]: number(fields["amount"])}
    if kind == "until":
        return {"until": fields["until"]}
    if kind != "for":
        return {}
    config: Json = {"for": _condition(fields, labels), "else": _place(fields["else"] or following, labels)}
    return {**config, "timeoutDays": number(fields["timeout"])} if fields["timeout"] else config


def _fork(step: WrittenStep, following: str, labels: Mapping[str, str]) -> Json:
    then = {"then": _place(step.fields["then"], labels)} if step.fields["then"] else {}
    otherwise = _place(step.fields["else"] or following, labels)
    return {"if": _condition(step.fields, labels), **then, "else": otherwise}


def _condition(fields: Fields, labels: Mapping[str, str]) -> object:
    kind = fields["if_kind"]
    if kind in ("replied", "not_replied"):
        return {"replied": kind == "replied"}
    if kind == "field":
        return {"field": fields["if_field"], "is": fields["if_is"] or "present"} | _part(fields, "value")
    if kind == "tag":
        return {"tag": fields["if_tag"]}
    if kind == "step":
        return {"step": _place(fields["if_step"], labels)} | _part(fields, "outcome")
    return parse(fields["if_json"])


def _part(fields: Fields, name: str) -> Json:
    return {name: fields[f"if_{name}"]} if fields[f"if_{name}"] else {}


def _place(target: str, labels: Mapping[str, str]) -> str:
    """The label of where a jump leads."""
    return labels.get(target.removeprefix(AT), target) if target.startswith(AT) else target


def _filled_fields(fields: Fields, *names: str) -> Json:
    return {name: fields[name] for name in names if fields[name]}


def _text(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else orjson.dumps(value).decode()


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


_SPELLINGS = {"timeout": "timeoutDays"}
_REACH_NAMES = frozenset({"label", "text", "note", "url"})
_FORM_NAMES: Mapping[TemplateStepType, frozenset[str]] = {
    TemplateStepType.MESSAGE: frozenset({"label", "subject", "text", "html", "sameThread", "variants"}),
    TemplateStepType.WAIT: frozenset({"label", "until", "for", "timeoutDays", "else", *_WAITS.values()}),
    TemplateStepType.CONDITION: frozenset({"label", "if", "then", "else"}),
    TemplateStepType.CONNECT: _REACH_NAMES,
    TemplateStepType.FOLLOW: _REACH_NAMES,
    TemplateStepType.LIKE: _REACH_NAMES,
    TemplateStepType.COMMENT: _REACH_NAMES,
}
_WRITERS: Mapping[TemplateStepType, Callable[[WrittenStep, str, Mapping[str, str]], Json]] = {
    TemplateStepType.MESSAGE: _message,
    TemplateStepType.WAIT: _wait,
    TemplateStepType.CONDITION: _fork,
    TemplateStepType.CONNECT: _reach,
    TemplateStepType.FOLLOW: _reach,
    TemplateStepType.LIKE: _reach,
    TemplateStepType.COMMENT: _reach,
}
