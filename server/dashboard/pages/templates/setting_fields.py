"""The fields in which a template's settings are written, and the config that they say."""

from collections.abc import Mapping
from typing import Any, cast

import orjson

from onelane.server.dashboard.pages.templates.step_fields import Fields, Json, number
from onelane.tools.outreach.template.template_config import Weekday
from onelane.tools.registry.errors import BadRequest

DAYS = {Weekday.MON: "Mon", Weekday.TUE: "Tue", Weekday.WED: "Wed", Weekday.THU: "Thu", Weekday.FRI: "Fri",
        Weekday.SAT: "Sat", Weekday.SUN: "Sun"}  # fmt: skip
_PLAIN = {"accountId": "account", "timeZone": "time_zone", "sender": "sender", "unsubscribeLine": "unsubscribe"}
_CHOICES = {"approval": ("approval", "each"), "onMissing": ("on_missing", "block")}
"""Settings with few values, and the one that holds when nothing is said."""
SETTING_FIELDS = (
    *_PLAIN.values(), *(name for name, _ in _CHOICES.values()), "days", "from", "to", "per_day", "shared", "more",
)  # fmt: skip
_FORM_NAMES = frozenset({*_PLAIN, *_CHOICES, "window", "dailyLimit", "exclusive"})


def setting_fields(config: str, *, is_sequence: bool) -> Fields:
    """A template's config, as its fields say it; all of it as JSON where nobody goes through its steps."""
    values: Json = orjson.loads(config)
    empty = dict.fromkeys(SETTING_FIELDS, "")
    if not is_sequence:
        return {**empty, "more": _json(values)}
    fields = {field: _text(values.get(name)) for name, field in _PLAIN.items()}
    fields |= {field: _text(values.get(name)) or usual for name, (field, usual) in _CHOICES.items()}
    window = _object(values.get("window"))
    fields |= {"from": _text(window.get("from")), "to": _text(window.get("to")), "days": _days(window)}
    caps = _object(values.get("caps"))
    fields["per_day"] = _text(values.get("dailyLimit", caps.get("perDay")))
    fields["shared"] = "yes" if values.get("exclusive") is False else ""
    other_values = {name: value for name, value in values.items() if name not in _FORM_NAMES}
    if "dailyLimit" not in values and "caps" in other_values:
        other_values["caps"] = {name: value for name, value in caps.items() if name != "perDay"}
        other_values = (
            other_values
            if other_values["caps"]
            else {name: value for name, value in other_values.items() if name != "caps"}
        )
    return {**empty, **fields, "more": _json(other_values)}


def settings_of(fields: Fields, old_config: str, *, is_sequence: bool) -> Json:
    """The config that the fields say; the one from which it began, where they say the same.

    Raises:
        BadRequest: what is written as JSON is none
    """
    before: Json = orjson.loads(old_config)
    if not is_sequence:
        return _read_json(fields["more"])
    config = _config_of(fields, before)
    return before if config == _config_of(setting_fields(old_config, is_sequence=True), before) else config


def _config_of(fields: Fields, before: Json) -> Json:
    config = _read_json(fields["more"])
    config |= {name: fields[field] for name, field in _PLAIN.items() if fields[field]}
    if before.get("unsubscribeLine") == "" and not fields["unsubscribe"]:
        config["unsubscribeLine"] = ""
    for name, (field, usual) in _CHOICES.items():
        if fields[field] and (fields[field] != usual or name in before):
            config[name] = fields[field]
    if fields["shared"] or "exclusive" in before:
        config["exclusive"] = not fields["shared"]
    config |= _window(fields)
    return config | _caps(fields["per_day"], config, before)


def _window(fields: Fields) -> Json:
    window: Json = {"days": fields["days"].split(",")} if fields["days"] else {}
    window |= {name: fields[name] for name in ("from", "to") if fields[name]}
    return {"window": window} if window else {}


def _caps(per_day: str, config: Json, before: Json) -> Json:
    if not per_day:
        return {}
    if "dailyLimit" in before:
        return {"dailyLimit": number(per_day)}
    return {"caps": {**_object(config.get("caps")), "perDay": number(per_day)}}


def _days(window: Json) -> str:
    if not window:
        return ""
    days = window.get("days", list(DAYS))
    return ",".join(map(str, cast("list[object]", days))) if isinstance(days, list) else ""


def _read_json(text: str) -> Json:
    try:
        value: object = orjson.loads(text or "{}")
    except orjson.JSONDecodeError as error:
        raise BadRequest(
            f"What is written as JSON in the settings can't be read: {error}. Nothing was saved."
        ) from error
    if not isinstance(value, dict):
        raise BadRequest('What is written as JSON in the settings must be an object, such as {"consent": "any"}.')
    return cast("Json", value)


def _json(value: Mapping[str, Any]) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() if value else ""


def _object(value: object) -> Json:
    return cast("Json", value) if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else orjson.dumps(value).decode()
