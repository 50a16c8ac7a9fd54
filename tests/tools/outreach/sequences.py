"""Sequences, people and accounts for tests of the planner."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from onelane.storage.platforms.accounts import Platform
from onelane.storage.workflows.enrollments import EnrollmentStatus
from onelane.storage.workflows.templates import TemplateType
from onelane.tools.outreach.planning.facts import AccountFacts, ContactFacts, EnrollmentFacts, Surroundings
from onelane.tools.outreach.template.sequence import OutreachSequence, TemplateSource, read_sequence

MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
MAIL = {"subject": "Hello", "text": "Hello {{ first_name }}"}


def step(step_type: str, delay_hours: int = 0, *, config: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"step_type": step_type, "delay_hours": delay_hours, "config": {**(config or {}), **more}}


def mail(delay_hours: int = 0, **config: Any) -> dict[str, Any]:
    return step("message", delay_hours, config={**MAIL, **config})


def written(
    *steps: dict[str, Any], platform: Platform = Platform.GMAIL, more: dict[str, Any] | None = None, **config: Any
) -> TemplateSource:
    return TemplateSource("S", platform, TemplateType.OUTREACH, config, steps, **(more or {}))


def sequence(*steps: dict[str, Any], **config: Any) -> OutreachSequence:
    read, problems = read_sequence(written(*steps, **config))
    assert read is not None, problems
    return read


def person(**changes: Any) -> ContactFacts:
    fields: dict[str, str | None] = {"name": "Ada Lovelace", "email": "ada@example.com", **changes.pop("fields", {})}
    return replace(ContactFacts("con_1", "Ada Lovelace", fields, address="ada@example.com"), **changes)


def enrolled(began: datetime = MONDAY, **changes: Any) -> EnrollmentFacts:
    return replace(EnrollmentFacts("enr_1", EnrollmentStatus.ACTIVE, 0, began), **changes)


def account(**changes: Any) -> AccountFacts:
    return replace(AccountFacts("acc_1"), **changes)


def around(now: datetime = MONDAY, **changes: Any) -> Surroundings:
    return replace(Surroundings(now, template_id="tpl_1"), **changes)
