"""The rail: a template's steps one after the other with the waits between them, in words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from onelane.server.dashboard.pages.templates.step_fields import AT, Fields, Json, WrittenStep
from onelane.server.dashboard.pages.templates.template_form import WrittenTemplate
from onelane.server.dashboard.pages.templates.version_changes import pairs_between
from onelane.storage.platforms.accounts import Platform
from onelane.storage.workflows.templates import TemplateStepType
from onelane.tools.outreach.planning.policies import Mode, mode_of
from onelane.tools.outreach.template.problems import Problem
from onelane.tools.outreach.template.template_steps import END

_VARIABLE = re.compile(r"\{\{\s*(\w+)([^{}]*)\}\}")
_SHOWN_CHARS = 400
_FIGURES: Sequence[str] = ("sent", "replied", "awaitingApproval", "failed", "uncertain", "bounced", "unsubscribed")
_WAITS = {"hours": "hour", "days": "day", "business_days": "business day"}


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of a text: words, or the name of a variable.

    Args:
        text: what it says
        is_variable: whether it stands for something else
        is_bare: whether nothing stands in its place when it is empty
    """

    text: str
    is_variable: bool = False
    is_bare: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    """Where a step goes on, and when."""

    icon: str
    when: str
    where: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A step on the rail.

    Args:
        number: its place, from 1
        step: what it says
        subject: the words of its subject
        text: the first words of its text
        summary: what it does, where that is no text
        branches: where it goes on
        mode: who carries it out; None of what reaches nobody
        figures: what came of it
        problems: what is wrong with it
    """

    number: int
    step: WrittenStep
    subject: Sequence[Word] = ()
    text: Sequence[Word] = ()
    summary: str = ""
    branches: Sequence[Branch] = ()
    mode: Mode | None = None
    figures: Mapping[str, int] = field(default_factory=dict[str, int])
    problems: Sequence[Problem] = ()


def stops_of(
    template: WrittenTemplate, problems: Sequence[Problem], figures: Mapping[int, Mapping[str, int]]
) -> list[Stop]:
    """The steps of a template as they stand on the rail.

    Args:
        template: as it is written
        problems: all that is wrong with it
        figures: what came of each step, by its key where it is one that was saved
    """
    return [
        _stop(template, index, [each for each in problems if each.step == index], figures)
        for index in range(len(template.steps))
    ]


def figures_by_step(
    stats: Mapping[str, Any], versions: Sequence[Mapping[str, Any]], steps: Sequence[Mapping[str, Any]]
) -> dict[int, dict[str, int]]:
    """What came of each step that is there now, over all versions in which it was.

    Args:
        stats: the template's figures as REST gives them
        versions: its versions
        steps: the steps that it has now
    """
    current_steps = [{"step_type": each["stepType"], "config": orjson.loads(each["config"])} for each in steps]
    pairs_by_version = {each["version"]: pairs_between(orjson.loads(each["steps"]), current_steps) for each in versions}
    figures: dict[int, dict[str, int]] = (
        {index: dict.fromkeys(_FIGURES, 0) for index in range(len(current_steps))} if versions else {}
    )
    for version in stats["data"]:
        for place, index in pairs_by_version.get(version["version"], {}).items():
            for name in _FIGURES:
                figures[place][name] += version["steps"][index][name]
    return figures


def words_of(text: str) -> list[Word]:
    """A text with its variables told apart."""
    words, at = list[Word](), 0
    for match in _VARIABLE.finditer(text):
        words += [Word(text[at : match.start()])] if match.start() > at else []
        is_bare = not re.search(r"\bor\b|\||\bif\b", match[2]) and match[1] != "unsubscribe"
        words.append(Word(match[1], is_variable=True, is_bare=is_bare))
        at = match.end()
    return [*words, Word(text[at:])] if at < len(text) else words


def question_of(template: WrittenTemplate, fields: Fields) -> str:
    """What a condition asks, in words."""
    kind = fields["if_kind"]
    if kind in ("replied", "not_replied"):
        return "Have they replied?" if kind == "replied" else "Have they not replied?"
    if kind == "field":
        value = f" {fields['if_value']!r}" if fields["if_value"] else ""
        relation = {"equals": "equal to", "contains": "one that contains"}.get(fields["if_is"], fields["if_is"])
        return f"Is their {fields['if_field'].replace('_', ' ') or '…'} {relation or 'present'}{value}?"
    if kind == "tag":
        return f"Do they have the tag {fields['if_tag'] or '…'!r}?"
    if kind == "step":
        return f"Was {_place(template, fields['if_step']) or 'a step'} {fields['if_outcome'] or 'done'}?"
    return "A condition of its own"


def _stop(
    template: WrittenTemplate, index: int, problems: Sequence[Problem], figures: Mapping[int, Mapping[str, int]]
) -> Stop:
    step = template.steps[index]
    fields = step.fields
    subject = fields.get("subject") or (step.variants[0]["subject"] if step.variants else "")
    text = fields.get("text") or fields.get("words") or (step.variants[0]["text"] if step.variants else "")
    platform = Platform(template.platform) if template.platform else Platform.GMAIL
    reaches = step.step_type not in (TemplateStepType.WAIT, TemplateStepType.CONDITION)
    return Stop(
        number=index + 1,
        step=step,
        subject=words_of("" if fields.get("same_thread") else subject),
        text=words_of(" ".join(text[:_SHOWN_CHARS].split())),
        summary=_summary(template, step),
        branches=_branches(template, step),
        mode=mode_of(platform, step.step_type) if reaches and template.is_sequence else None,
        figures=figures.get(int(step.key), {}) if step.key.isdecimal() else {},
        problems=problems,
    )


def _summary(template: WrittenTemplate, step: WrittenStep) -> str:
    fields = step.fields
    if step.step_type is TemplateStepType.CONDITION:
        return question_of(template, fields)
    if step.step_type is not TemplateStepType.WAIT:
        return "in the same thread" if fields.get("same_thread") else ""
    if fields["kind"] in _WAITS:
        unit = _WAITS[fields["kind"]]
        return f"Wait {fields['amount'] or '…'} {unit}{'' if fields['amount'] == '1' else 's'}"
    if fields["kind"] == "until":
        return f"Wait until {fields['until'].replace('T', ' ') or '…'}, by their clock"
    return f"Wait for: {question_of(template, fields)}" if fields["kind"] == "for" else "Wait"


def _branches(template: WrittenTemplate, step: WrittenStep) -> list[Branch]:
    fields = step.fields
    if step.step_type is TemplateStepType.WAIT and fields["kind"] == "for":
        late = f"After {fields['timeout'] or '…'} days"
        return [Branch("check", "Yes", "goes on"), Branch("clock", late, _target_words(template, fields["else"]))]
    if step.step_type is not TemplateStepType.CONDITION:
        return []
    yes, no = {"replied": ("Replied", "No reply"), "not_replied": ("No reply", "Replied")}.get(
        fields["if_kind"], ("Yes", "No")
    )
    return [
        Branch("reply" if yes == "Replied" else "check", yes, _target_words(template, fields["then"])),
        Branch("reply" if no == "Replied" else "arrow-down", no, _target_words(template, fields["else"])),
    ]


def _target_words(template: WrittenTemplate, target: str) -> str:
    if not target:
        return "goes on"
    if target == END:
        return "ends here"
    place = _place(template, target)
    return f"goes to {place}" if place else f"goes to {target!r}, which is not there"


def _place(template: WrittenTemplate, target: str) -> str:
    """A step that is jumped to, by its number; empty where there is none."""
    for number, step in enumerate(template.steps, 1):
        if target in (step.fields["label"], f"{AT}{step.key}") and target:
            return f"step {number}"
    return ""


def targets_of(template: WrittenTemplate, index: int) -> dict[str, str]:
    """Where a step may jump to: the later ones, by what the form says of them."""
    later = enumerate(template.steps[index + 1 :], index + 2)
    targets = {target_of(step): f"Step {number}: {_brief(step)}" for number, step in later}
    return {"": "go on with the next step", **targets, END: "end here"}


def earlier_of(template: WrittenTemplate, index: int) -> dict[str, str]:
    """The steps before one that it can ask about."""
    before = enumerate(template.steps[:index], 1)
    return {target_of(step): f"Step {number}: {_brief(step)}" for number, step in before}


def target_of(step: WrittenStep) -> str:
    """What a jump to a step says in the form."""
    return step.fields["label"] or f"{AT}{step.key}"


def _brief(step: WrittenStep) -> str:
    title = step.fields.get("subject") or step.fields.get("label") or ""
    return f"{step.step_type.label}{f' {title[:40]!r}' if title else ''}"


def settings_words(config: Json) -> str:
    """When something goes and who says yes, in a line."""
    window: dict[str, Any] = config.get("window") or {}
    days: list[str] = window.get("days") or []
    day_names = (
        "Weekdays" if days == ["mon", "tue", "wed", "thu", "fri"] else ", ".join(each.capitalize() for each in days)
    )
    hours = f"{window.get('from', '00:00')} to {window.get('to', '24:00')}" if window else "At any time"
    zone = ", where each person lives" if window else ""
    yes = "one yes for a whole version" if config.get("approval") == "version" else "each message needs your yes"
    return f"{f'{day_names} ' if day_names else ''}{hours}{zone} · {yes}"


def local_words(text: str) -> str:
    """An instant as clocks show it where somebody lives."""
    at = datetime.fromisoformat(text)
    return f"{at:%a} {at.day} {at:%b}, {at:%H:%M}"
