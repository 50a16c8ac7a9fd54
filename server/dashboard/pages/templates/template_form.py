"""A template as it stands in its form: what was typed, what may still be wrong in it, and what it would be saved as."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from onelane.server.dashboard.pages.templates.setting_fields import SETTING_FIELDS, setting_fields, settings_of
from onelane.server.dashboard.pages.templates.step_fields import (
    AT,
    FIELD_NAMES,
    VARIANT_FIELDS,
    Fields,
    Json,
    WrittenStep,
    config_of,
    new_step,
    step_of,
)
from onelane.server.dashboard.visit import Form, whole_number
from onelane.storage.platforms.accounts import Platform
from onelane.storage.workflows.templates import TemplateStepType, TemplateType
from onelane.tools.outreach.entry import is_sequence_type
from onelane.tools.outreach.template.sequence import TemplateSource
from onelane.tools.outreach.template.template_steps import END, STEP_CONFIGS
from onelane.tools.registry.errors import BadRequest

_MOST_STEPS = 100
_HOURS = {"hours": 1, "days": 24}
_LONG_DELAY_DIGITS = 5
_KEY = re.compile(r"n?\d{1,3}", re.ASCII)
_NO_FORM = "That form is not one of this page. Load the page again; nothing was changed."


@dataclass(slots=True)
class WrittenTemplate:
    """A template in its form.

    Args:
        template_type: what it is for
        seen: by what is known whether somebody changed the template since it was shown
        was: the JSON of the config from which it began
        name: what it is called
        description: what it does
        platform: its channel; empty for none
        fields: what the fields of its settings say
        steps: its steps
    """

    template_type: TemplateType
    seen: str
    was: str
    name: str
    description: str
    platform: str
    fields: Fields
    steps: list[WrittenStep] = field(default_factory=list[WrittenStep])

    @property
    def is_sequence(self) -> bool:
        """Whether people go through its steps."""
        return is_sequence_type(self.template_type, self.was)

    def config(self) -> Json:
        """Its settings, as they would be saved.

        Raises:
            BadRequest: they can't be read
        """
        return settings_of(self.fields, self.was, is_sequence=self.is_sequence)

    def saved_steps(self) -> list[Json]:
        """Its steps, as they would be saved.

        Raises:
            BadRequest: one has a delay that is no number
        """
        labels, steps = self._labels(), list[Json]()
        for index, step in enumerate(self.steps):
            following = f"{AT}{self.steps[index + 1].key}" if index + 1 < len(self.steps) else END
            config = config_of(step, following=following, labels=labels)
            steps.append({"step_type": step.step_type.value, "config": config, "delay_hours": _hours(index, step)})
        return steps

    def written(self) -> TemplateSource:
        """What it would say, as checks and previews read it.

        Raises:
            BadRequest: something is written that can't be read at all
        """
        platform = Platform(self.platform) if self.platform else None
        return TemplateSource(self.name, platform, self.template_type, self.config(), self.saved_steps())

    def arrange(self, act: str) -> str:
        """Add, move or remove a step or a wording; the key of the step that is looked at then.

        Raises:
            BadRequest: there is no such act or step
        """
        verb, _, rest_of_act = act.partition(":")
        if verb == "add":
            return self._add(rest_of_act)
        key, _, number = rest_of_act.partition(":")
        place = next((index for index, step in enumerate(self.steps) if step.key == key), None)
        if place is None or verb not in ("up", "down", "remove", "variant", "unvariant"):
            raise BadRequest("That step is not there any more. Load the page again.")
        if verb in ("up", "down"):
            to = min(len(self.steps) - 1, max(0, place + (1 if verb == "down" else -1)))
            self.steps.insert(to, self.steps.pop(place))
        elif verb == "remove":
            del self.steps[place]
            return self.steps[min(place, len(self.steps) - 1)].key if self.steps else ""
        else:
            _change_variants(self.steps[place], whole_number(number))
        return key

    def _add(self, kind: str) -> str:
        if kind not in STEP_CONFIGS or len(self.steps) >= _MOST_STEPS:
            raise BadRequest(f"Choose what the step does. A template has at most {_MOST_STEPS} steps.")
        keys = {step.key for step in self.steps}
        key = next(f"n{number}" for number in range(_MOST_STEPS + 1) if f"n{number}" not in keys)
        self.steps.append(new_step(key, TemplateStepType(kind)))
        return key

    def _labels(self) -> dict[str, str]:
        """The labels of the steps that jumps lead to: their own, or one that they get for it."""
        target_keys = self._wanted_keys()
        used_labels, labels = {step.fields["label"] for step in self.steps}, dict[str, str]()
        for number, step in enumerate(self.steps, 1):
            if step.key in target_keys:
                usual = f"{step.step_type.value}-{number}"
                free = next(name for name in (usual, f"{usual}-{step.key}") if name not in used_labels)
                labels[step.key] = step.fields["label"] or free
        return labels

    def _wanted_keys(self) -> set[str]:
        """The keys of the steps that a jump or a question names."""
        found = {target for index in range(len(self.steps)) for target in self._targets(index)}
        return {each.removeprefix(AT) for each in found if each.startswith(AT)}

    def _targets(self, index: int) -> list[str]:
        step, following = self.steps[index], self.steps[index + 1 : index + 2]
        fields = step.fields
        if step.step_type is not TemplateStepType.CONDITION and fields.get("kind") != "for":
            return []
        asked = fields["if_step"] if fields["if_kind"] == "step" else ""
        after = f"{AT}{following[0].key}" if following else ""
        return [fields.get("then", ""), fields["else"] or after, asked]


def from_template(template: Mapping[str, Any]) -> WrittenTemplate:
    """A template as it is saved, given as REST gives it."""
    kind = TemplateType(template["templateType"])
    config: str = template["config"]
    return WrittenTemplate(
        template_type=kind,
        seen=seen_of(template),
        was=config,
        name=template["name"],
        description=template["description"] or "",
        platform=template["platform"] or "",
        fields=setting_fields(config, is_sequence=is_sequence_type(kind, config)),
        steps=[
            step_of(str(index), TemplateStepType(each["stepType"]), each["config"], each["delayHours"])
            for index, each in enumerate(template["steps"])
        ],
    )


def from_form(form: Form, template: Mapping[str, Any]) -> WrittenTemplate:
    """What was typed into the form of a template.

    Raises:
        BadRequest: it is no such form
    """
    fields = {name: _typed(form, f"set.{name}") for name in SETTING_FIELDS}
    fields["days"] = ",".join(form.all("set.days"))
    return WrittenTemplate(
        template_type=TemplateType(template["templateType"]),
        seen=form.text("seen"),
        was=_json(form.text("set.was")),
        name=form.text("name"),
        description=form.text("description"),
        platform=_platform(form.text("platform")),
        fields=fields,
        steps=[_step(form, key) for key in _keys(form)],
    )


def seen_of(template: Mapping[str, Any]) -> str:
    """The hash of what a template says, given as REST gives it."""
    steps = [[each["stepType"], each["config"], each["delayHours"]] for each in template["steps"]]
    said = [template["name"], template["description"] or "", template["platform"], template["config"], steps]
    return hashlib.sha256(orjson.dumps(said)).hexdigest()


def _keys(form: Form) -> Sequence[str]:
    keys = form.all("step")
    if len(set(keys)) < len(keys) or not all(_KEY.fullmatch(key) for key in keys) or len(keys) > _MOST_STEPS:
        raise BadRequest(_NO_FORM)
    return keys


def _platform(name: str) -> str:
    if name and name not in set(Platform):
        raise BadRequest(_NO_FORM)
    return name


def _step(form: Form, key: str) -> WrittenStep:
    kind = form.text(f"{key}.type")
    if kind not in STEP_CONFIGS:
        raise BadRequest(_NO_FORM)
    step_type = TemplateStepType(kind)
    return WrittenStep(
        key=key,
        step_type=step_type,
        was=_json(form.text(f"{key}.was")),
        delay=form.text(f"{key}.delay"),
        unit="days" if form.text(f"{key}.unit") == "days" else "hours",
        fields={name: _typed(form, f"{key}.{name}") for name in FIELD_NAMES[step_type]},
        variants=[
            {name: _typed(form, f"{key}.v{number}.{name}") for name in VARIANT_FIELDS}
            for number in form.all(f"{key}.variant")
        ],
    )


def _json(text: str) -> str:
    """The config from which something began; it comes back as it was sent."""
    try:
        if isinstance(orjson.loads(text), dict):
            return text
    except orjson.JSONDecodeError:
        pass
    raise BadRequest(_NO_FORM)


def _typed(form: Form, name: str) -> str:
    """A text as it was typed, with the blanks around it where it has several lines."""
    given = form.all(name)
    return "" if not given else given[-1] if "\n" in given[-1] else given[-1].strip()


def _hours(index: int, step: WrittenStep) -> int:
    amount = whole_number(step.delay or "0", most_digits=_LONG_DELAY_DIGITS)
    if amount is None:
        raise BadRequest(f"Step {index + 1}: write how long after the step before it goes as a whole number.")
    return amount * _HOURS[step.unit]


def _change_variants(step: WrittenStep, gone: int | None) -> None:
    """Take a wording away; or add one, the first of which begins with what the message says."""
    if gone is not None:
        step.variants[gone : gone + 1] = []
        return
    given: Sequence[str] = ("A", "1", step.fields.get("subject", ""), step.fields.get("text", ""))
    first: Fields = dict(zip(VARIANT_FIELDS, given, strict=True))
    later: Fields = dict.fromkeys(VARIANT_FIELDS, "") | {"name": chr(ord("A") + len(step.variants) % 26), "weight": "1"}
    step.variants.append(later if step.variants else first)
