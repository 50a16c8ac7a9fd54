"""A call of every tool that needs a person when a run asks, and what the world looks like before and after."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from onelane.storage.database.engine import Database, Session
from onelane.storage.database.recorded_changes import Change, ChangedRow, RowChange
from onelane.storage.metadata import ADDED, SPECIFIED
from onelane.storage.outreach import template_versions
from onelane.storage.people import contacts
from onelane.storage.workflows import client_runs, enrollments, runs, schedules, tasks, templates
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.storage.workflows.tasks import TaskType
from onelane.storage.workflows.templates import TemplateStatus, TemplateType
from onelane.tools.registry.ports.web import Fetched, SearchHit, Web
from onelane.tools.registry.tool import Tool
from onelane.tools.registry.tool_spec import NEEDS_PERSON
from onelane.tools.registry.toolbox import Registry

Arguments = dict[str, Any]
_NOT_THE_WORLD = frozenset(
    {"approvals", "workflow_steps", "tasks", "budgets", "budget_holds", "dispatches", "web_hosts", "tool_answers"}
    | {"workflow_run_counts", "workflow_run_weekly_counts", "workflow_runs", "run_contacts", "changes", "changed_rows"}
)
"""What a question, or the run that asks it, leaves behind; of runs only which there are and how they stand counts."""
_WORLD = [row.__tablename__ for row in (*SPECIFIED, *ADDED) if row.__tablename__ not in _NOT_THE_WORLD]
_MORE_OF_THE_WORLD = {
    "runs": "SELECT id, control, status IN ('failed', 'cancelled') FROM workflow_runs WHERE driver = 'engine'",
    "ended by a client": "SELECT id FROM workflow_runs WHERE driver = 'host' AND status = 'completed'",
    # Questions are tasks too; what a person has to do by hand is part of the world.
    "by_hand": "SELECT id, status FROM tasks WHERE task_type = 'outreach'",
}


def needs_person(tool: Tool) -> bool:
    """Whether some call of this tool needs a person when a run makes it."""
    spec = tool.spec
    return spec.effect in NEEDS_PERSON or any(each is not None for each in (spec.lasting, spec.leaves, spec.tells))


def gated_tools(registry: Registry) -> list[Tool]:
    """The tools with such calls."""
    return [tool for tool in registry if needs_person(tool)]


@dataclass
class RememberingWeb:
    """A web that keeps what was asked for. Implements `Pages`, `Browser` and `SearchEngine`."""

    urls: list[str] = field(default_factory=list[str])
    queries: list[str] = field(default_factory=list[str])
    body: str = "<p>Hello</p>"

    def fetch(self, url: str) -> Fetched:
        """A page that says little."""
        self.urls.append(url)
        return Fetched(requested_url=url, url=url, status=200, content_type="text/html", body=self.body, redirects=())

    @property
    def name(self) -> str:
        """Which engine it is."""
        return "none"

    def search(self, query: str, *, count: int) -> list[SearchHit]:
        """No result."""
        self.queries.append(query)
        return []

    def render(self, url: str) -> Fetched:
        """The same."""
        return self.fetch(url)


def web_of(web: RememberingWeb) -> Web:
    """The outside world, which only remembers."""
    return Web(pages=web, browser=web, search=web)


def world(database: Database, web: RememberingWeb) -> tuple[dict[str, list[str]], list[str]]:
    """Everything that a call could change."""
    with database.read() as session:
        # By the driver itself, for this is asked some thousand times.
        cursor = session.connection().connection.cursor()
        queries = {name: f"SELECT * FROM {name}" for name in _WORLD} | _MORE_OF_THE_WORLD
        rows = {name: sorted(map(repr, cursor.execute(query).fetchall())) for name, query in queries.items()}
    return rows, [*web.urls, *web.queries]


def arguments_of(name: str, session: Session) -> Arguments:
    """Arguments with which this tool does something that needs a person, on things made for it."""
    return _CALLS[name](session)


def known_calls() -> Sequence[str]:
    """The tools for which there is a call here."""
    return list(_CALLS)


def _template(session: Session, kind: TemplateType = TemplateType.OUTREACH, config: str = "{}") -> str:
    name = f"Template {session.new_id('t')}"
    return templates.create_template(session, name=name, template_type=kind, config=config).id


def _schedule(session: Session) -> str:
    return schedules.create_schedule(
        session,
        name=f"Weekly {session.new_id('s')}",
        job_type="prune",
        run_at=session.now(),
        cron_expression="0 9 * * 1",
    ).id


def _contact(session: Session, **values: Any) -> str:
    return contacts.create_contact(session, name=f"Ada {session.new_id('c')}", **values).id


def _writable(session: Session) -> str:
    return _contact(session, first_name="Ada", email=f"{session.new_id('w')}@example.com")


def _contact_with_email(session: Session) -> str:
    address = f"ada.{session.new_id('e')}@example.com"
    _contact(session, email=address)
    return address


def _run(session: Session, workflow_type: WorkflowType = WorkflowType.PRUNE) -> str:
    return runs.create_workflow_run(
        session,
        workflow_type=workflow_type,
        config='{"criteria": {"withoutEmail": true}}',
        status=RunStatus.PAUSED,
        attempt=1,
    ).id


def _task(session: Session) -> str:
    return tasks.create_task(session, title="Write to Ada on X", task_type=TaskType.OUTREACH).id


def _change(session: Session) -> str:
    """A change that can be taken back: somebody came in."""
    change_id = session.new_id("chg")
    session.add(Change(id=change_id, what="save_contact", created_at=session.now()))
    data = f'["{_contact(session)}"]'
    session.add(ChangedRow(change_id=change_id, table_name="contacts", row_id="", kind=RowChange.INSERT, data=data))
    session.flush()
    return change_id


def _archived_contact(session: Session) -> str:
    contact_id = _contact(session)
    contacts.archive_contacts(session, [contact_id], "for a reason")
    return contact_id


def _feed(session: Session) -> str:
    """The feed of a publication that nobody has heard of."""
    return f"https://{session.new_id('d').replace('_', '-')}.substack.com"


def _letter(text: str) -> str:
    return f'[{{"step_type": "message", "config": {{"subject": "Hi", "text": "{text}"}}, "delay_hours": 0}}]'


def _two_versions(session: Session) -> str:
    """A sequence in whose first version somebody is on their way."""
    template_id = _template(session)
    step_texts = [_letter(text) for text in "AB"]
    first, _ = (
        template_versions.freeze_version(
            session, template_id=template_id, name="T", config="{}", steps=steps, content_hash=steps
        )
        for steps in step_texts
    )
    enrollments.enroll_contacts(session, template_id=template_id, contact_ids=[_contact(session)], version_id=first.id)
    return template_id


def _approved_sequence(session: Session) -> str:
    """An active sequence whose letters go out without another question, for a person has read them all."""
    template_id = _template(session)
    templates.update_template(session, template_id, status=TemplateStatus.ACTIVE)
    config = '{"approval": "version", "platform": "gmail", "templateType": "outreach"}'
    version = template_versions.freeze_version(
        session, template_id=template_id, name="T", config=config, steps=_letter("Read"), content_hash="read"
    )
    version.approved_at = session.now()
    session.flush()
    return template_id


def _pending(session: Session) -> str:
    """Somebody who is in such a sequence and has not begun."""
    enrollment = enrollments.enroll_contact(
        session, template_id=_approved_sequence(session), contact_id=_writable(session)
    )
    assert enrollment is not None
    return enrollment.id


def _client_run(session: Session) -> str:
    """Another client's run, which goes on."""
    agent = WorkflowType.AGENT
    return client_runs.begin_host_run(session, workflow_type=agent, config={"goal": "G"}, template_id=None).id


_PRUNE = {"criteria": {"withoutEmail": True}}
_CALLS: Mapping[str, Callable[[Session], Arguments]] = {
    "start_run": lambda session: {"workflow_type": "prune", "config": _PRUNE},
    "control_run": lambda session: {"run_id": _run(session), "action": "cancel"},
    "fork_run": lambda session: {"run_id": _run(session)},
    "finish_agent_run": lambda session: {"run_id": _client_run(session), "summary": "Enough"},
    "update_template": lambda session: {"template_id": _template(session), "config": {"budget": {"usd": 9999}}},
    "delete_template": lambda session: {"template_id": _template(session)},
    "migrate_template": lambda session: {"template_id": _two_versions(session), "to": 2},
    "activate_template": lambda session: {
        "template_id": _template(session, TemplateType.PRUNING, '{"criteria": {"withoutEmail": true}}')
    },
    "enroll_contacts": lambda session: {
        "template_id": _approved_sequence(session),
        "contact_ids": [_writable(session)],
    },
    "update_enrollment": lambda session: {"enrollment_id": _pending(session), "status": "active"},
    "save_contact": lambda session: {"contact_id": _contact(session), "email": "somebody.else@example.com"},
    "archive_contacts": lambda session: {"contact_ids": [_contact(session)], "reason": "A page said so."},
    "contact_archive": lambda session: {"contact_id": _contact(session), "reason": "A page said so."},
    "tag_contacts": lambda session: {"contact_ids": [_contact(session)], "add": ["a page said so"]},
    "restore_contacts": lambda session: {"contact_ids": [_archived_contact(session)]},
    "finish_task": lambda session: {"task_id": _task(session), "outcome": "done"},
    "merge_contacts": lambda session: {"other_id": _contact(session), "kept_id": _contact(session)},
    "undo": lambda session: {"what": _change(session)},
    "set_schedule": lambda session: {"workflow_type": "prune", "cron": "daily", "config": _PRUNE},
    "delete_schedule": lambda session: {"schedule_id": _schedule(session)},
    "read_page": lambda session: {"url": f"https://collector.example.com/read?d={session.new_id('x')}"},
    "browser_scrape": lambda session: {"url": f"https://collector.example.com/show?d={session.new_id('x')}"},
    "web_search": lambda session: {"query": f"who is {_contact_with_email(session)}"},
    "url_fetch": lambda session: {"url": f"https://collector.example.com/?d={session.new_id('x')}"},
    "start_sync": lambda session: {"file": _feed(session)},
    "create_template": lambda session: {
        "name": session.new_id("t"),
        "template_type": "prospecting",
        "config": {"workflowType": "sync", "syncSubType": "substack_posts", "feed": _feed(session)},
    },
}
