"""Loading the ready-made templates: on the first start, and anew when a version of Onelane brings newer ones.

A person's own work is never touched: a ready-made template that they changed is theirs and stays, one that they deleted
stays deleted, and copies know nothing of what they were copied from.
"""

from typing import Any

import orjson

from onelane.prompts import templates as texts
from onelane.prompts.templates import ReadyTemplate, Source
from onelane.storage.database.engine import Database, Session
from onelane.storage.platforms.accounts import Platform
from onelane.storage.workflows import enrollments, ready_templates, templates
from onelane.storage.workflows.templates import Template, TemplateStatus, TemplateStepType, TemplateType
from onelane.tools.outreach.entry import is_sequence


def load_ready_templates(database: Database) -> int:
    """Load what is new; how many templates were added or changed.

    Any number of processes may do this at once. When nothing is new, it costs one question to the database.
    """
    sources = list(texts.sources())
    with database.read() as session:
        loaded_hashes = ready_templates.loaded_hashes(session)
    if all(loaded_hashes.get(source.key) == source.content_hash for source in sources):
        return 0
    with database.write() as session:
        return sum(_load(session, source, loaded_hashes.get(source.key)) for source in sources)


def _load(session: Session, source: Source, loaded_hash: str | None) -> bool:
    source_hash = source.content_hash
    if loaded_hash == source_hash:
        return False
    if loaded_hash is None:
        return ready_templates.take_new(session, source.key, source_hash) and _add(session, source)
    is_taken = ready_templates.take_newer(session, source.key, loaded_hash=loaded_hash, content_hash=source_hash)
    return is_taken and _refresh(session, source)


def _add(session: Session, source: Source) -> bool:
    ready = texts.parse_template(source)
    template = templates.create_template(session, system_key=ready.key, is_system=True, **_values(source, ready))
    templates.add_template_steps(session, template.id, _steps(ready))
    ready_templates.note_template(session, ready.key, template.id)
    return True


def _refresh(session: Session, source: Source) -> bool:
    entry = ready_templates.find_ready_template(session, source.key)
    template = (
        None if entry is None or entry.template_id is None else templates.get_template(session, entry.template_id)
    )
    if template is None or not template.is_system:
        return False
    if enrollments.count_enrollments(session, template_id=template.id):
        # People are on their way through its steps; what they are written does not change halfway.
        return False
    ready = texts.parse_template(source)
    templates.update_template(session, template.id, **_values(source, ready))
    templates.replace_template_steps(session, template.id, _steps(ready))
    _check(session, template)
    return True


def _check(session: Session, template: Template) -> None:
    """What a sequence that is active says anew is checked and kept as a version, or it pauses with its run."""
    if template.status is not TemplateStatus.ACTIVE or not is_sequence(template):
        return
    from onelane.tools.outreach.moving.sequence_runs import follow_template
    from onelane.tools.outreach.template.problems import LintFailed
    from onelane.tools.outreach.versions import freeze_sequence

    session.refresh(template)
    try:
        freeze_sequence(session, template)
    except LintFailed:
        active, paused = TemplateStatus.ACTIVE, TemplateStatus.PAUSED
        templates.change_template_status(session, template.id, from_any=[active], to=paused)
        follow_template(session, template, is_moved=False)


def _values(source: Source, ready: ReadyTemplate) -> dict[str, Any]:
    return {
        "name": ready.name,
        "description": ready.description,
        "template_type": TemplateType(ready.template_type),
        "platform": None if ready.platform is None else Platform(ready.platform),
        "config": orjson.dumps(ready.config).decode(),
        "goal_metrics": orjson.dumps(ready.goal_metrics).decode(),
        "content_hash": source.content_hash,
    }


def _steps(ready: ReadyTemplate) -> list[dict[str, Any]]:
    return [
        {
            "step_type": TemplateStepType(step["step_type"]),
            "config": orjson.dumps(step["config"]).decode(),
            "delay_hours": step["delay_hours"],
        }
        for step in ready.steps
    ]
