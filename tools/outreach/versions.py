"""Versions: what a template says is checked and frozen when it becomes active (docs/sequences.md, "Versions")."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import orjson
import sqlalchemy as sa

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import table_of
from onelane.storage.outreach import sequence_enrollments, template_versions
from onelane.storage.outreach.template_versions import TemplateVersion
from onelane.storage.people.contacts import Contact
from onelane.storage.platforms.accounts import Platform
from onelane.storage.workflows.enrollments import ONGOING, Enrollment
from onelane.storage.workflows.templates import Template
from onelane.tools.outreach.lint import LintFacts, lint
from onelane.tools.outreach.reading import sending_accounts, written_template
from onelane.tools.outreach.template.problems import LintFailed, Problem, errors_of
from onelane.tools.outreach.template.sequence import Written

_PEOPLE = 1000
"""So many of those who are enrolled are looked at for what they lack."""


def lint_template(session: Session, template: Template) -> list[Problem]:
    """All that is wrong with a template."""
    return lint_written(session, template, written_template(session, template))


def lint_written(session: Session, template: Template, written: Written) -> list[Problem]:
    """All that would be wrong with a template if it said this."""
    accounts = sending_accounts(session, written.platform or Platform.GMAIL)
    facts = LintFacts(session.now(), accounts, _people(session, template.id))
    return lint(written, facts)


def freeze_sequence(session: Session, template: Template) -> TemplateVersion:
    """Check a template that becomes active, or that is and has changed, and keep what it says as a version.

    Whoever was enrolled before there was a version gets this one; who has one keeps it.

    Raises:
        LintFailed: it is wrong; it says where
    """
    problems = lint_template(session, template)
    if errors_of(problems):
        raise LintFailed(template.name, problems)
    version = _frozen(session, template)
    sequence_enrollments.give_version(session, template.id, version.id)
    return version


def _frozen(session: Session, template: Template) -> TemplateVersion:
    written = written_template(session, template)
    config = {
        **written.config,
        "platform": written.platform or Platform.GMAIL,
        "templateType": written.template_type,
    }
    kept, steps = _canonical(config), _canonical(list(written.steps))
    content_hash = sha256(f"{kept}\n{steps}".encode()).hexdigest()
    return template_versions.freeze_version(
        session, template_id=template.id, name=template.name, config=kept, steps=steps, content_hash=content_hash
    )


def _canonical(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _people(session: Session, template_id: str) -> Sequence[dict[str, Any]]:
    people, enrolled = table_of(Contact), table_of(Enrollment)
    query = sa.select(people).join_from(people, enrolled, people.c.id == enrolled.c.contact_id)
    query = query.where(enrolled.c.template_id == template_id, enrolled.c.status.in_(ONGOING))
    return [dict(row) for row in session.sql(query.order_by(enrolled.c.id).limit(_PEOPLE)).mappings()]
