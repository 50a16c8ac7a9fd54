"""What faces show of sequences; apart from what finds it out, so that listing tools stays quick."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from pydantic import BaseModel

from onelane.storage.platforms.accounts import Platform
from onelane.storage.workflows.enrollments import Gate
from onelane.storage.workflows.templates import HELD, TemplateStatus, TemplateStepType
from onelane.tools.outreach.entry import Obstacle
from onelane.tools.outreach.planning.policies import Mode
from onelane.tools.outreach.planning.words import Verdict, ZoneSource
from onelane.tools.outreach.template.problems import Problem
from onelane.tools.people.contact_fields import one_line
from onelane.tools.registry.json_values import JsonText
from onelane.tools.registry.result import Instant, Result, when


class Part(BaseModel):
    """A part of a result, which may have a field called `text`."""

    model_config = Result.model_config


class GateView(Part):
    """Whether a gate is open."""

    gate: Gate
    passes: bool
    detail: str | None
    until: Instant | None

    def line(self) -> str:
        """One line, such as `cap closed: As many as may go have gone. Until 2026-11-02 10:00Z.`."""
        if self.passes:
            return f"{self.gate}\tpasses"
        return f"{self.gate}\tclosed: {self.detail}" + (f" Until {when(self.until)}." if self.until else "")


class Explanation(Result):
    """Why something has not gone yet."""

    untold: ClassVar[frozenset[str]] = frozenset({"about", "template_status"})

    about: Literal["contact", "enrollment", "action"]
    id: str
    enrollment_id: str
    contact_id: str
    contact_name: str | None
    template_id: str
    template_name: str
    template_status: TemplateStatus
    verdict: Verdict
    next_at: Instant | None
    """When it can go; an instant that is past says that time does not hold it; null when it never goes."""
    gates: Sequence[GateView]

    def for_model(self) -> Result:
        """The gates that are closed."""
        return self.model_copy(update={"gates": [each for each in self.gates if not each.passes]})

    def text(self) -> str:
        """Who, in what, the verdict, then the gates that are closed."""
        goes = "" if self.next_at is None else f"\tfrom {when(self.next_at)} on"
        person = f"{one_line(self.contact_name or self.contact_id)} in {one_line(self.template_name)}"
        closed_gates = [each for each in self.gates if not each.passes and not self._is_past(each)]
        head = f"{self.id}\t{person}\t{self.verdict}{goes}"
        return "\n".join([head, *(each.line() for each in closed_gates), *self._next_lines()])

    def _next_lines(self) -> list[str]:
        """What sets a template going that is not yet, or no more."""
        if self.verdict is Verdict.STOPPED or self.template_status not in HELD:
            return []
        return [f"Next: activate_template(template_id={self.template_id!r}) sets it going."]

    def _is_past(self, gate: GateView) -> bool:
        """Whether a gate asks a person about something that never goes."""
        return self.verdict is Verdict.STOPPED and gate.gate in (Gate.APPROVAL, Gate.UNDO)


class StepPreview(Part):
    """A step as it would go."""

    step_index: int
    step_type: TemplateStepType
    at: Instant
    local: str
    """What clocks show there where the person lives."""
    account_id: str | None
    subject: str | None
    text: str | None
    gate: Gate | None
    """What moves it, or waits for a person."""

    def line(self) -> str:
        """When by the clocks of the person's zone, which their own line names; what, and its words."""
        gate_note = f"\t[{self.gate}]" if self.gate else ""
        words = " | ".join(part for part in (self.subject, self.text) if part)
        return f"  {self.local[:16].replace('T', ' ')}\t{self.step_type}{gate_note}\t{words}"


class PersonPreview(Part):
    """What somebody would be sent."""

    contact_id: str
    contact_name: str | None
    outcome: Literal["planned", "blocked"]
    reason: Obstacle | None
    missing: Sequence[str] = ()
    """The fields that its texts need and that are empty."""
    time_zone: str | None
    time_zone_from: ZoneSource | None
    steps: Sequence[StepPreview]

    def lines(self) -> list[str]:
        """Who, and a line for each step."""
        missing_note = f" ({', '.join(self.missing)})" if self.missing else ""
        why = f": {self.reason.replace('_', ' ')}{missing_note}" if self.reason else ""
        zone = f"\t{self.time_zone} ({self.time_zone_from})" if self.time_zone else ""
        name = self.contact_name or self.contact_id
        return [f"{name}\t{self.outcome}{why}{zone}", *(step.line() for step in self.steps)]


class SequencePreview(Result):
    """What everybody would be sent, and when."""

    template_id: str
    template_version: int | None
    """Null where it is shown as it is written now, which is no version yet."""
    starts_at: Instant
    data: Sequence[PersonPreview]
    counts: dict[str, int]
    finishes_at: Instant | None

    def text(self) -> str:
        """How many, then a line for each person and each step."""
        call = f"preview_sequence(template_id={self.template_id!r}, contact_ids=[...])"
        nobody = f"nobody is in it; {call} shows what people would get"
        counts = ", ".join(f"{count} {outcome}" for outcome, count in self.counts.items()) or nobody
        ends = "no step goes" if self.finishes_at is None else f"until {when(self.finishes_at)}"
        lines = [line for person in self.data for line in person.lines()]
        rest_count = sum(self.counts.values()) - len(self.data)
        lines += [f"... and {rest_count} more; name them in contact_ids."] if rest_count else []
        return "\n".join([f"From {when(self.starts_at)}, {ends}: {counts}. Nothing was written.", *lines])

    @property
    def length(self) -> int:
        """How many people are told one by one."""
        return len(self.data)

    def first(self, count: int) -> "SequencePreview":
        """The same with fewer people told one by one; the counts are those of all."""
        return self.model_copy(update={"data": self.data[:count]})


class LintReport(Result):
    """What is wrong with a template."""

    problems: Sequence[Problem]

    def text(self) -> str:
        """A line for each problem."""
        return "\n".join(each.text() for each in self.problems) or "Nothing is wrong."


class VersionView(Part):
    """A version of a template."""

    version: int
    content_hash: str
    created_at: Instant
    approved_at: Instant | None
    enrolled: int
    """How many are on their way in it."""
    name: str
    config: JsonText
    steps: JsonText


class VersionList(Result):
    """The versions of a template, the newest first."""

    noun: ClassVar[str] = "versions"

    data: Sequence[VersionView]
    total: int
    next_cursor: str | None = None

    def text(self) -> str:
        """A line for each."""
        lines = [
            f"{each.version}\tsince {when(each.created_at)}\t{each.enrolled} on their way"
            + (f"\tapproved {when(each.approved_at)}" if each.approved_at else "")
            for each in self.data
        ]
        return "\n".join(lines) or "It has no version yet: the first is made when it becomes active."


class StepFigures(Part):
    """What came of a step."""

    step_index: int
    step_type: TemplateStepType
    planned: int = 0
    """How many people have come to it, whatever became of them."""
    awaiting_approval: int = 0
    sent: int = 0
    failed: int = 0
    uncertain: int = 0
    bounced: int = 0
    replied: int = 0
    auto_replied: int = 0
    unsubscribed: int = 0
    blocked: Mapping[str, int] = {}
    """How many wait here now, by the gate that holds them."""

    def line(self) -> str:
        """One line with what is not 0."""
        counts = self.model_dump(exclude={"step_index", "step_type", "blocked"})
        parts = [f"{count} {name.replace('_', ' ')}" for name, count in counts.items() if count]
        parts += [f"{count} held by {gate}" for gate, count in self.blocked.items()]
        return f"  {self.step_index}\t{self.step_type}\t{', '.join(parts) or 'nothing yet'}"


class VersionFigures(Part):
    """What came of a version's steps."""

    version: int
    steps: Sequence[StepFigures]


class PeopleFigures(Part):
    """How many people there were, each counted once."""

    enrolled: int
    contacted: int
    bounced: int
    replied: int
    unsubscribed: int
    active: int


class Rate(Part):
    """A rate with what it is of."""

    numerator: int
    denominator: int
    value: float | None
    """Null where it is of nobody."""


class TemplateFigures(Result):
    """What came of a template."""

    template_id: str
    data: Sequence[VersionFigures]
    people: PeopleFigures
    reply_rate: Rate
    goal_metrics: JsonText

    def text(self) -> str:
        """The people, the rate, then a line for each step of each version."""
        people = ", ".join(f"{count} {name}" for name, count in self.people.model_dump().items())
        rate = self.reply_rate
        share = "" if rate.value is None else f" ({rate.value:.0%})"
        goal = "" if self.goal_metrics == "{}" else f"; goal: {self.goal_metrics}"
        replies = f"{rate.numerator} of {rate.denominator} reached" if rate.denominator else "nobody is reached yet"
        lines = [people, f"Replies: {replies}{share}{goal}"]
        for version in self.data:
            lines += [f"Version {version.version}", *(step.line() for step in version.steps)]
        return "\n".join(lines)


class MoveView(Part):
    """Somebody who moves to another version, or why they don't."""

    contact_id: str
    contact_name: str
    enrollment_id: str
    outcome: Literal["moves", "stays"]
    reason: str | None
    from_version: int | None
    from_step: str
    to_step: str | None
    """The step that comes next for them there; `end` when none does."""
    cancels: bool
    """Whether something that is written and has not left is written anew."""
    next: StepPreview | None
    """What they would be sent next, as far as nothing else happens before."""

    def line(self) -> str:
        """Who, from where to where, and what comes next."""
        if self.outcome == "stays":
            return f"{self.contact_name}\tstays: {self.reason}"
        anew = "\twhat waits is written anew" if self.cancels else ""
        next_line = "" if self.next is None else f"\n{self.next.line()}"
        version = "no version" if self.from_version is None else f"version {self.from_version}"
        return f"{self.contact_name}\t{version}, step {self.from_step} -> step {self.to_step}{anew}{next_line}"


class Moves(Result):
    """Who moves to another version of a template."""

    template_id: str
    to_version: int
    dry_run: bool
    """Whether it was only shown."""
    data: Sequence[MoveView]
    total: int
    counts: dict[str, int]

    def text(self) -> str:
        """How many, then a line for each."""
        verb = "would move" if self.dry_run else "moved"
        head = f"{self.counts.get('moves', 0)} {verb} to version {self.to_version}, {self.counts.get('stays', 0)} stay."
        more = [] if len(self.data) == self.total else [f"... and {self.total - len(self.data)} more"]
        return "\n".join([head, *(each.line() for each in self.data), *more])

    @property
    def length(self) -> int:
        """How many people are told one by one."""
        return len(self.data)

    def first(self, count: int) -> "Moves":
        """The same with fewer people told one by one; the counts are those of all."""
        return self.model_copy(update={"data": self.data[:count]})


class PolicyView(Part):
    """How a step may be carried out on a platform, and where that was read."""

    platform: Platform
    step_type: TemplateStepType
    mode: Mode
    why: str
    source: str
    checked_on: str


class PolicyList(Result):
    """How each step may be carried out on each platform."""

    data: Sequence[PolicyView]
    total: int
    next_cursor: str | None = None

    def text(self) -> str:
        """A line for each."""
        return "\n".join(
            f"{each.platform}\t{each.step_type}\t{each.mode}\t{each.why}\t{each.source}" for each in self.data
        )
