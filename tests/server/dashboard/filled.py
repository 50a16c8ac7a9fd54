"""A database with a run of each type, steps of each type, and whatever words a test puts into every column of text."""

from dataclasses import dataclass
from datetime import timedelta

import orjson

from onelane.storage.database.change_log import Origin
from onelane.storage.database.engine import Database, Session
from onelane.storage.people.contact_sources import SourceMethod, keep_source
from onelane.storage.people.contacts import Contact, create_contact
from onelane.storage.people.engagements import Engagement, EngagementType
from onelane.storage.people.identities import create_identity
from onelane.storage.platforms import content
from onelane.storage.platforms.accounts import Platform
from onelane.storage.platforms.content import ContentOrigin, ContentPost, ContentStatus, ContentType, Direction
from onelane.storage.search.contact_search import index_contacts
from onelane.storage.workflows.approvals import Asked, create_approval
from onelane.storage.workflows.enrollments import enroll_contact
from onelane.storage.workflows.runs import Run, RunStatus, WorkflowType, create_workflow_run
from onelane.storage.workflows.schedules import Schedule, ScheduleStatus, create_schedule
from onelane.storage.workflows.steps import (
    NewStep,
    StepResult,
    StepStatus,
    StepType,
    append_steps,
    create_workflow_step,
)
from onelane.storage.workflows.tasks import create_task
from onelane.storage.workflows.templates import Template, TemplateStatus, TemplateType, create_template
from onelane.tools.people.merge_questions import ask
from tests.connected_mail import connect_mail
from tests.messages import sequence

HOSTILE = "<img src=x onerror=document.title='owned'>\"'&{{7*7}}"
"""What would run if it were taken for markup anywhere."""
CHANGE = Origin("chg_000000000000000000000000", "save_contact", None)
"""What is written as a part of this can be taken back."""


@dataclass(frozen=True, slots=True)
class Filled:
    """The ids of what stands there.

    Args:
        runs: a run of each type
        agent: the agent's run, which is running
        asking: the run that asks its person
        contact: somebody with something of everything
        twin: who may be the same
        template: the template that the contact is in
        schedule: a schedule whose last run failed
        draft: a draft that waits; a post is published besides
        sequence: an active template of two letters
    """

    runs: dict[WorkflowType, str]
    agent: str
    asking: str
    contact: str
    twin: str
    template: str
    schedule: str
    draft: str
    sequence: str


def fill(database: Database, words: str = "Ada Example of Example Bank") -> Filled:
    """Put a run of each type there, in all states, with steps of every type; every text says `words`."""
    with database.write() as session:
        contact = create_contact(session, name=words, company=words, title=words)
        template = create_template(
            session, name=words, description=words, template_type=TemplateType.ENRICHMENT, status=TemplateStatus.ACTIVE
        )
        states = list(RunStatus)
        runs = {
            kind: _run(session, kind, states[number % len(states)], words, template.id)
            for number, kind in enumerate(WorkflowType)
        }
        agent = _agent(session, words)
        for kind, run in runs.items():
            _steps(session, run.id, words, contact.id, kind)
        asking = _run(session, WorkflowType.AGENT, RunStatus.PAUSED, words, None)
        _ask(session, asking.id, words)
        twin, template = _know(session, contact, words, agent.id)
        letters = sequence(session, words)
        schedule = _schedule(session, words)
        draft = _content(session, words, connect_mail(session, words).id)
        return Filled(
            {kind: run.id for kind, run in runs.items()},
            agent.id,
            asking.id,
            contact.id,
            twin.id,
            template.id,
            schedule.id,
            draft,
            letters.id,
        )


def _know(session: Session, contact: Contact, words: str, run_id: str) -> tuple[Contact, Template]:
    """Let everything be known of somebody who may be there twice."""
    contact.notes, contact.website = words, f"javascript:{words}"
    contact.tags = orjson.dumps([words]).decode()
    session.flush()
    twin = create_contact(session, name=f"{words} again", email="twin@example.com")
    ask(session, twin, contact.id, f"they have the same name {words}", run_id=run_id)
    create_task(session, title=words, description=words, related_contact_id=contact.id)
    create_identity(
        session,
        contact_id=contact.id,
        platform=Platform.X,
        platform_user_id=words,
        platform_url=f"javascript:{words}",
    )
    for field, value in (("notes", words), ("bio", words)):
        keep_source(
            session,
            contact_id=contact.id,
            field=field,
            value=value,
            url=f"javascript:{words}",
            method=SourceMethod.MODEL,
            workflow_run_id=run_id,
        )
    template = create_template(
        session, name=words, template_type=TemplateType.OUTREACH, status=TemplateStatus.DRAFT, description=words
    )
    enroll_contact(session, template_id=template.id, contact_id=contact.id)
    session.add(
        Engagement(
            id=session.new_id("eng"),
            contact_id=contact.id,
            engagement_type=EngagementType.REPLY,
            direction=Direction.INBOUND,
            template_id=template.id,
            created_at=session.now(),
        )
    )
    index_contacts(session, [contact.id, twin.id])
    return twin, template


def _content(session: Session, words: str, account_id: str) -> str:
    draft = content.create_item(
        session,
        title=words,
        body=words,
        content_type=ContentType.POST,
        platform_target=words,
        origin=ContentOrigin.AUTHORED,
        generation_prompt=words,
    )
    item = content.create_item(
        session, title=words, body=words, content_type=ContentType.POST, status=ContentStatus.IMPORTED
    )
    post = ContentPost(
        id=session.new_id("pst"),
        content_item_id=item.id,
        platform_account_id=account_id,
        platform_url=f"javascript:alert('{words}')",
        published_at=session.now() - timedelta(days=3),
        engagement_snapshot=orjson.dumps({"likes": 12, "retweets": 3}).decode(),
    )
    session.add(post)
    session.flush()
    return draft.id


def _schedule(session: Session, words: str) -> Schedule:
    now = session.now()
    return create_schedule(
        session,
        name=words,
        job_type=WorkflowType.PRUNE.value,
        payload=orjson.dumps({"words": words, "dryRun": True}).decode(),
        cron_expression="0 9 * * *",
        timezone="Europe/Berlin",
        run_at=now + timedelta(hours=2),
        next_run_at=now + timedelta(hours=2),
        status=ScheduleStatus.FAILED,
        error=words,
        last_triggered_at=now - timedelta(days=1),
    )


def _run(session: Session, kind: WorkflowType, status: RunStatus, words: str, template_id: str | None) -> Run:
    configs = {
        WorkflowType.SYNC: {"syncSubType": "linkedin_contacts", "file": f"/home/ada/{words.replace('/', '')}.csv"},
        WorkflowType.SEARCH: {"queries": [words]},
        WorkflowType.PRUNE: {"words": words},
        WorkflowType.AGENT: {"goal": words},
    }
    now = session.now()
    return create_workflow_run(
        session,
        workflow_type=kind,
        status=status,
        template_id=template_id if kind is WorkflowType.ENRICH else None,
        config=orjson.dumps(configs.get(kind, {})).decode(),
        result=orjson.dumps({"message": words, "archived": 2}).decode(),
        errors=orjson.dumps([words]).decode(),
        status_reason=words if status is not RunStatus.COMPLETED else None,
        model=words if kind is WorkflowType.AGENT else None,
        total_items=40,
        processed_items=22,
        error_items=1,
        started_at=None if status is RunStatus.PENDING else now - timedelta(minutes=5),
        completed_at=now if status.is_over else None,
    )


def _steps(session: Session, run_id: str, words: str, contact_id: str, kind: WorkflowType) -> None:
    output = {"message": words, "thinking": words, "says": {"0": words}}

    def done(step_type: StepType) -> StepResult:
        is_error = step_type is StepType.ERROR
        return StepResult(
            output=output,
            status=StepStatus.FAILED if is_error else StepStatus.COMPLETED,
            contact_id=contact_id,
            url=f"javascript:alert('{words}')",
            error=words if is_error else None,
        )

    steps = [NewStep(None, each, done(each), words, {words: words}, 1200) for each in StepType]
    append_steps(session, run_id, steps)


def _agent(session: Session, words: str) -> Run:
    run = create_workflow_run(
        session,
        workflow_type=WorkflowType.AGENT,
        status=RunStatus.RUNNING,
        config=orjson.dumps({"goal": words, "budget": {"usd": 2}}).decode(),
        model="claude-sonnet-5-5",
        input_tokens=61_840,
        cache_read_tokens=48_100,
        output_tokens=4_212,
        cost_usd=0.19,
        started_at=session.now() - timedelta(minutes=1),
        step_count=0,
    )
    turn: dict[str, object] = {
        "prompt_tokens": 5120,
        "cache_read_tokens": 0,
        "output_tokens": 190,
        "cost_usd": 0.0182,
        "says": {"0": words},
    }
    rows: list[tuple[StepType, str | None, dict[str, object], dict[str, object]]] = [
        (StepType.THINKING, None, {}, {"thinking": words}),
        (StepType.DECISION, None, {}, turn),
        (StepType.TOOL_CALL, "search_contacts", {"query": words}, {"id": "1"}),
        (StepType.TOOL_RESULT, "search_contacts", {}, {"text": words}),
    ]
    for step_type, tool, given, out in rows:
        create_workflow_step(
            session,
            workflow_run_id=run.id,
            step_type=step_type,
            status=StepStatus.COMPLETED,
            tool=tool,
            input=orjson.dumps(given).decode(),
            output=orjson.dumps(out).decode(),
            duration_ms=4100,
        )
    return run


def _ask(session: Session, run_id: str, words: str) -> None:
    asked = Asked(run_id, "call", "delete_template", "{}", shown=words, content_hash="hash-of-it")
    create_approval(session, session.new_id("apr"), asked, seal="", lifetime=timedelta(hours=1))
