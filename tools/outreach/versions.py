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
from onelane.tools.outreach.lint.lint import lint
from onelane.tools.outreach.lint.lint_facts import LintFacts
from onelane.tools.outreach.reading.account_facts import sending_accounts
from onelane.tools.outreach.reading.sequence_sources import written_template
from onelane.tools.outreach.template.problems import LintFailed, Problem, errors_of
from onelane.tools.outreach.template.sequence import TemplateSource

_PEOPLE = 1000
"""So many of those who are enrolled are looked at for what they lack."""


def lint_template(session: Session, template: Template) -> list[Problem]:
    """All that is wrong with a template."""
    return lint_source(session, template, written_template(session, template))


def lint_source(session: Session, template: Template, source: TemplateSource) -> list[Problem]:
    """All that would be wrong with a template if it said this."""
    accounts = sending_accounts(session, source.platform or Platform.GMAIL)
    facts = LintFacts(session.now(), accounts, _people(session, template.id))
    return lint(source, facts)


def freeze_sequence(session: Session, template: Template) -> TemplateVersion:
    """Check a template that becomes active, or that is and has changed, and keep what it says as a version.

    Whoever was enrolled before there was a version gets this one; who has one keeps it.

    Raises:
        LintFailed: it is wrong; it says where
    """
    check_sequence(session, template)
    return keep_version(session, template)


def check_sequence(session: Session, template: Template) -> list[Problem]:
    """What a template warns of that may become active.

    Raises:
        LintFailed: it is wrong; it says where
    """
    problems = lint_template(session, template)
    if errors_of(problems):
        raise LintFailed(template.name, problems)
    return problems


def keep_version(session: Session, template: Template) -> TemplateVersion:
    """Keep what a template says that was checked as a version, and give it to whoever has none yet."""
    version = _freeze(session, template)
    sequence_enrollments.give_version(session, template.id, version.id)
    return version


def _freeze(session: Session, template: Template) -> TemplateVersion:
    source = written_template(session, template)
    config = {
        **source.config,
        "platform": source.platform or Platform.GMAIL,
        "templateType": source.template_type,
    }
    config_text, steps = _canonical(config), _canonical(list(source.steps))
    content_hash = sha256(f"{config_text}\n{steps}".encode()).hexdigest()
    return template_versions.freeze_version(
        session, template_id=template.id, name=template.name, config=config_text, steps=steps, content_hash=content_hash
    )


def _canonical(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _people(session: Session, template_id: str) -> Sequence[dict[str, Any]]:
    people, stays = table_of(Contact), table_of(Enrollment)
    query = sa.select(people).join_from(people, stays, people.c.id == stays.c.contact_id)
    query = query.where(stays.c.template_id == template_id, stays.c.status.in_(ONGOING))
    return [dict(row) for row in session.sql(query.order_by(stays.c.id).limit(_PEOPLE)).mappings()]
