"""Templates as they are shown: one by one, in lists, and with their steps (docs/tables.md, "Composed answers")."""

from collections.abc import Sequence
from textwrap import shorten
from typing import ClassVar

import orjson

from onelane.storage.platforms.accounts import Platform
from onelane.storage.workflows.templates import TemplateStatus, TemplateStepType, TemplateType
from onelane.tools.people.contact_fields import one_line
from onelane.tools.registry.json_values import JsonText
from onelane.tools.registry.result import Instant, ListItem, PageResult, Result, when

_PURPOSE_CHARS = 100


class TemplateView(ListItem):
    """A template."""

    left_to_one: ClassVar[frozenset[str]] = frozenset({"config", "goal_metrics"})

    untold_in_lists: ClassVar[frozenset[str]] = frozenset(
        {"description", "goal_metrics", "created_at", "updated_at", "source_template_id"}
    )

    name: str
    description: str | None
    platform: Platform | None
    template_type: TemplateType
    status: TemplateStatus
    config: JsonText
    goal_metrics: JsonText
    starts_at: Instant | None
    ends_at: Instant | None
    source_template_id: str | None
    created_at: Instant
    updated_at: Instant

    def text(self) -> str:
        """One line: id, name, type, status, and what it does."""
        purpose = shorten(one_line(self.description or ""), _PURPOSE_CHARS, placeholder=" …")
        return "\t".join(filter(None, [self.head(), purpose]))

    def head(self) -> str:
        """How its line begins: id, name, type, status."""
        return f"{self.id}\t{self.name}\t{self.template_type}\t{self.status}"


class TemplatePage(PageResult[TemplateView]):
    """A page of templates."""

    noun: ClassVar[str] = "templates"
    first_comes_by: ClassVar[str] = "create_template makes one."


class TemplateStepView(Result):
    """A template step."""

    untold: ClassVar[frozenset[str]] = frozenset({"id", "template_id"})

    id: str
    template_id: str
    step_index: int
    step_type: TemplateStepType
    config: JsonText
    delay_hours: int

    def text(self) -> str:
        """What it does and when, then all that it says, each line of it set in."""
        lines = [f"{self.step_index}\t{self.step_type}\tafter {self.delay_hours} h"]
        for name, value in orjson.loads(self.config).items():
            words = value if isinstance(value, str) else orjson.dumps(value).decode()
            lines.append(f"  {name}: " + words.replace("\n", "\n    "))
        return "\n".join(lines)


class TemplateWithSteps(TemplateView):
    """A template with its steps and how many are enrolled: see docs/tables.md, "Composed answers"."""

    steps: Sequence[TemplateStepView]
    enrollment_count: int

    def text(self) -> str:
        """The template's line and its settings, then its steps with their words."""
        window = f"from {when(self.starts_at) or 'now'} until {when(self.ends_at) or 'further notice'}"
        lines = [f"{self.head()}\t{self.enrollment_count} enrolled\t{window}"]
        if self.description:
            lines.append(self.description)
        if self.config != "{}":
            lines.append(f"config: {self.config}")
        return "\n".join([*lines, *(step.text() for step in self.steps), *self.next_lines()])

    def next_lines(self) -> list[str]:
        """What a draft lacks until it does something."""
        if self.status is not TemplateStatus.DRAFT:
            return []
        if self.template_type is TemplateType.OUTREACH and not self.steps:
            return [f"It is a draft without steps: update_template(template_id={self.id!r}) gives it some."]
        return [f"It is a draft: activate_template(template_id={self.id!r}) sets it going."]
