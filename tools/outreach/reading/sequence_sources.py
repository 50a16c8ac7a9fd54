"""Templates as they are written, and as their versions keep them."""

from typing import Any

import orjson

from onelane.storage.database.engine import Session
from onelane.storage.outreach import template_versions
from onelane.storage.outreach.template_versions import TemplateVersion
from onelane.storage.platforms.accounts import Platform
from onelane.storage.workflows import templates
from onelane.storage.workflows.templates import Template, TemplateType
from onelane.tools.outreach.template.sequence import OutreachSequence, TemplateSource, read_sequence
from onelane.tools.registry.errors import BadRequest


def written_template(session: Session, template: Template) -> TemplateSource:
    """A template as it is written now."""
    steps = [
        {"step_type": step.step_type, "config": orjson.loads(step.config), "delay_hours": step.delay_hours}
        for step in templates.list_template_steps(session, template.id)
    ]
    config: dict[str, Any] = orjson.loads(template.config)
    return TemplateSource(
        template.name, template.platform, template.template_type, config, steps, template.starts_at, template.ends_at
    )


def written_version(template: Template, version: TemplateVersion) -> TemplateSource:
    """A template as a version of it keeps it; when it begins and ends the template itself says."""
    config: dict[str, Any] = orjson.loads(version.config)
    platform = config.get("platform")
    return TemplateSource(
        version.name,
        template.platform if platform is None else Platform(platform),
        TemplateType(config.get("templateType", template.template_type)),
        config,
        orjson.loads(version.steps),
        template.starts_at,
        template.ends_at,
    )


def sequence_of(session: Session, template: Template, version_id: str | None) -> OutreachSequence:
    """The sequence that somebody is in: their version, else the latest one, else the template as it is written.

    Raises:
        BadRequest: it can't be read; lint says why
    """
    version = template_versions.get_version(session, version_id) if version_id else None
    version = version or template_versions.latest_version(session, template.id)
    return read_source(written_template(session, template) if version is None else written_version(template, version))


def read_source(source: TemplateSource) -> OutreachSequence:
    """A sequence as it is written.

    Raises:
        BadRequest: it can't be read; lint says why
    """
    sequence, problems = read_sequence(source)
    if sequence is None:
        text = "; ".join(each.message for each in problems[:5])
        raise BadRequest(f"Template {source.name!r} is not written right: {text}. Correct it with update_template.")
    return sequence
