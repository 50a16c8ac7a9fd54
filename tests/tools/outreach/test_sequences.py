"""Sequences as people look at them: checked, moved to another version, and counted."""

from typing import Any, cast

import pytest

from onelane.storage.database.engine import Database, Session
from onelane.storage.outreach import inbound_messages, template_versions
from onelane.storage.outreach.inbound_messages import MessageKind
from onelane.storage.outreach.outbound import outbound_actions
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, ErrorClass, OutboundAction
from onelane.storage.people import contacts
from onelane.storage.platforms.accounts import Channel, Transport
from onelane.storage.workflows import enrollments
from onelane.storage.workflows.enrollments import Enrollment, EnrollmentStatus, Gate, StateReason
from onelane.storage.workflows.templates import TemplateStepType
from onelane.tools.outreach import sequences
from onelane.tools.outreach.reading.enrollment_facts import MOVED
from onelane.tools.outreach.sequence_views import LintReport, Moves, SequencePreview, TemplateFigures, VersionList
from onelane.tools.outreach.template.problems import LintFailed
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import BadRequest, NotFound
from onelane.tools.workflows import activation
from onelane.tools.workflows import templates as template_tools
from onelane.tools.workflows.template_views import TemplatePage, TemplateWithSteps
from tests.connected_mail import with_mail
from tests.databases import Clock
from tests.toolbox import Toolbox, toolbox

FIRST = {"step_type": "message", "config": {"label": "hello", "subject": "Hello", "text": "Hello {{ first_name }}"}}
SECOND = {"step_type": "message", "config": {"sameThread": True, "text": "Did you see this?"}, "delay_hours": 72}


@pytest.fixture
def tools(database: Database) -> Toolbox:
    return toolbox(with_mail(database), template_tools, activation, sequences)


def written(tools: Toolbox, *steps: dict[str, Any], **fields: Any) -> TemplateWithSteps:
    given = {"name": "Spring", "template_type": "outreach", "platform": "gmail", "status": "active", **fields}
    return tools.call(TemplateWithSteps, "create_template", steps=list(steps), **given)


def person(session: Session, template_id: str, name: str, *, version: int = 1, at_step: int = 0) -> Enrollment:
    """Somebody who is on their way in a version."""
    contact = contacts.create_contact(session, name=name, email=f"{name.split(maxsplit=1)[0].lower()}@x.test")
    kept = template_versions.find_version(session, template_id, version)
    assert kept is not None
    made = enrollments.enroll_contacts(
        session, template_id=template_id, contact_ids=[contact.id], version_id=kept.id, is_exclusive=True
    )
    enrollment = session.get_one(Enrollment, made[contact.id])
    enrollment.status, enrollment.current_step_index = EnrollmentStatus.ACTIVE, at_step
    enrollment.step_began_at = session.now()
    session.flush()
    return enrollment


def action(session: Session, of: Enrollment, status: ActionStatus, step: int = 0, **values: Any) -> OutboundAction:
    """What was written for one of their steps."""
    made = outbound_actions.create_action(
        session,
        action_key=outbound_actions.action_key(of.id, step, of.epoch),
        enrollment_id=of.id,
        contact_id=of.contact_id,
        template_id=of.template_id,
        template_version_id=of.template_version_id,
        channel=Channel.EMAIL,
        transport=Transport.SMTP,
        step_type=TemplateStepType.MESSAGE,
        step_index=step,
        content_hash="x",
        status=status,
        sent_at=session.now() if status is ActionStatus.SENT else None,
        **values,
    )
    assert made is not None
    return made


def came_back(session: Session, to: OutboundAction, kind: MessageKind) -> None:
    inbound_messages.create_message(
        session, message_id=f"<{to.id}.{kind}>", kind=kind, outbound_action_id=to.id, contact_id=to.contact_id
    )


def test_people_move_to_another_version_and_nobody_gets_anything_twice(tools: Toolbox) -> None:
    template = written(tools, FIRST, SECOND)
    with tools.database.write() as session:
        ada, bob, cy = (person(session, template.id, name) for name in ("Ada Young", "Bob Old", "Cy Kind"))
        ada.current_step_index = 1
        action(session, ada, ActionStatus.SENT)
        waits = action(session, ada, ActionStatus.APPROVED, step=1).id
        action(session, bob, ActionStatus.AWAITING_APPROVAL)
        action(session, cy, ActionStatus.SENDING)
        ids = [ada.id, bob.id, cy.id]
    # Something new comes first, and the second letter says something else.
    new = {"step_type": "message", "config": {"subject": "News", "text": "Something is new"}}
    other = {"step_type": "message", "config": {"sameThread": True, "text": "One more thing, {{ first_name }}"}}
    tools.call(TemplateWithSteps, "update_template", template_id=template.id, steps=[new, FIRST, other])
    shown = tools.call(Moves, "migrate_template", template_id=template.id, to=2, dry_run=True)
    assert [(each.contact_name, each.outcome, each.from_step, each.to_step) for each in shown.data] == [
        ("Ada Young", "moves", "1", "2"),
        ("Bob Old", "moves", "hello", "hello"),
        ("Cy Kind", "stays", "hello", None),
    ]
    coming = [each.next for each in shown.data]
    assert coming[0] is not None
    assert (coming[0].text or "").startswith("One more thing, Ada")
    assert [each.cancels for each in shown.data] == [True, True, False]
    with tools.database.read() as session:
        assert [session.get_one(Enrollment, each).epoch for each in ids] == [0, 0, 0]
    moved = tools.call(Moves, "migrate_template", template_id=template.id, to=2)
    assert (moved.counts, moved.dry_run) == ({"moves": 2, "stays": 1}, False)
    with tools.database.read() as session:
        rows = [session.get_one(Enrollment, each) for each in ids]
        assert [(row.current_step_index, row.epoch) for row in rows] == [(2, 1), (1, 1), (0, 0)]
        gone = session.get_one(OutboundAction, waits)
        assert (gone.status, gone.reason) == (ActionStatus.CANCELLED, MOVED)
    versions = tools.call(VersionList, "list_template_versions", template_id=template.id)
    assert [(each.version, each.enrolled) for each in versions.data] == [(2, 2), (1, 1)]
    # They go back as well, and are not sent again what they have.
    back = tools.call(Moves, "migrate_template", template_id=template.id, to=1)
    assert [(each.contact_name, each.to_step) for each in back.data] == [("Ada Young", "1"), ("Bob Old", "hello")]
    with pytest.raises(NotFound, match=r"has no version 3\. There are: 1, 2"):
        tools.call(Moves, "migrate_template", template_id=template.id, to=3)


def test_a_preview_shows_each_in_the_version_that_they_are_in(tools: Toolbox) -> None:
    template = written(tools, FIRST)
    with tools.database.write() as session:
        person(session, template.id, "Ada Young")
        bob = contacts.create_contact(session, name="Bob Old", email="bob@x.test").id
    later = {"step_type": "message", "config": {"subject": "Now", "text": "It is otherwise now"}}
    tools.call(TemplateWithSteps, "update_template", template_id=template.id, steps=[later])
    of_ada = tools.call(SequencePreview, "preview_sequence", template_id="Spring")
    of_bob = tools.call(SequencePreview, "preview_sequence", template_id="Spring", contact_ids=[bob])
    assert (of_ada.template_version, of_ada.data[0].steps[0].subject) == (2, "Hello")
    assert of_bob.data[0].steps[0].subject == "Now"
    assert "It is otherwise now" in of_bob.text()
    # What is not active yet is shown as it is written.
    tools.call(TemplateWithSteps, "update_template", template_id=template.id, status="paused", steps=[FIRST])
    draft = tools.call(SequencePreview, "preview_sequence", template_id="Spring", contact_ids=[bob])
    assert (draft.template_version, draft.data[0].steps[0].subject) == (None, "Hello")


def test_figures_say_what_came_of_each_step_and_what_the_reply_rate_is_of(tools: Toolbox, clock: Clock) -> None:
    template = written(tools, FIRST, SECOND, goal_metrics={"replies": 30})
    with tools.database.write() as session:
        names = ("Ada One", "Bob Two", "Cy Three", "Di Four", "Eve Five", "Fay Six")
        ada, bob, cy, di, eve, fay = (person(session, template.id, name) for name in names)
        for each in (ada, bob, cy, di):
            each.current_step_index = 1
        sent = [action(session, each, ActionStatus.SENT) for each in (ada, bob, cy, di)]
        action(session, eve, ActionStatus.FAILED, error_class=ErrorClass.REFUSED)
        action(session, ada, ActionStatus.AWAITING_APPROVAL, step=1)
        came_back(session, sent[0], MessageKind.AUTO_REPLY)
        came_back(session, sent[1], MessageKind.REPLY)
        came_back(session, sent[2], MessageKind.BOUNCE)
        ada.waiting_for, fay.waiting_for = Gate.APPROVAL, Gate.MISSING_DATA
        for each, status, reason in (
            (bob, EnrollmentStatus.REPLIED, StateReason.REPLY),
            (cy, EnrollmentStatus.REMOVED, StateReason.BOUNCE_HARD),
            # By a click: no mail says so.
            (di, EnrollmentStatus.REMOVED, StateReason.UNSUBSCRIBED),
            (eve, EnrollmentStatus.REMOVED, StateReason.BOUNCE_HARD),
        ):
            each.status, each.state_reason = status, reason
    found = tools.call(TemplateFigures, "get_template_stats", template_id=template.id)
    first, second = (step.model_dump(exclude_defaults=True) for step in found.data[0].steps)
    kind = TemplateStepType.MESSAGE
    assert first == {
        "step_index": 0, "step_type": kind, "planned": 6, "sent": 4, "failed": 1, "bounced": 2, "replied": 1,
        "auto_replied": 1, "unsubscribed": 1, "blocked": {"missing_data": 1},
    }  # fmt: skip
    assert second == {
        "step_index": 1, "step_type": kind, "planned": 1, "awaiting_approval": 1, "blocked": {"approval": 1},
    }  # fmt: skip
    assert found.people.model_dump() == {
        "enrolled": 6, "contacted": 4, "bounced": 2, "replied": 1, "unsubscribed": 1, "active": 2,
    }  # fmt: skip
    # Of four who were written to one bounced, and an absence is no reply.
    assert found.reply_rate.model_dump() == {"numerator": 1, "denominator": 3, "value": 1 / 3}
    assert found.goal_metrics == '{"replies":30}'


def test_an_answer_counts_for_whoever_gave_it_and_not_for_their_colleagues(tools: Toolbox) -> None:
    template = written(tools, FIRST, config='{"onAccountReply": "pause"}')
    with tools.database.write() as session:
        people = [person(session, template.id, name) for name in ("Ada One", "Bob Two", "Cy Three")]
        sent = [action(session, each, ActionStatus.SENT) for each in people]
        came_back(session, sent[0], MessageKind.REPLY)
        stands = (EnrollmentStatus.REPLIED, EnrollmentStatus.ACTIVE, EnrollmentStatus.REMOVED)
        for each, status in zip(people, stands, strict=True):
            each.status, each.state_reason = status, StateReason.REPLY
    found = tools.call(TemplateFigures, "get_template_stats", template_id=template.id)
    assert (found.data[0].steps[0].replied, found.people.replied) == (1, 1)
    assert (found.reply_rate.numerator, found.reply_rate.denominator) == (1, 3)


def test_a_draft_is_checked_and_what_is_no_sequence_is_refused(tools: Toolbox) -> None:
    written(tools, FIRST, {"step_type": "message", "config": {"text": "{{ frist_name }}"}}, status="draft")
    found = tools.call(LintReport, "lint_template", template_id="Spring")
    problems = [(each.step, each.code, each.severity) for each in found.problems]
    assert (1, "unknown_variable", "error") in problems
    assert (1, "no_subject", "error") in problems
    written(tools, name="Search", template_type="prospecting", status="draft")
    with pytest.raises(BadRequest, match="is no sequence"):
        tools.call(LintReport, "lint_template", template_id="Search")


@pytest.fixture
def quick(sqlite_database: Database) -> Toolbox:
    """Where the kind of the database makes no difference."""
    return toolbox(sqlite_database, template_tools, activation, sequences)


ODD_STEPS: list[tuple[dict[str, Any], str]] = [
    ({"config": {"message_template": "Hi"}}, "'steps.0.config.message_template'. There are: text, label, sameThread"),
    ({"config": {"subjct": "Hi"}}, "'steps.0.config.subjct'. Did you mean 'subject'?"),
    ({"config": {"text": 5}}, "'steps.0.config.text' must be a text."),
    ({"config": {"variants": [{"name": "a", "txt": "b"}]}}, "'steps.0.config.variants.0.txt'. Did you mean 'text'?"),
    ({"config": {"hours": 5}, "step_type": "connect"}, "'steps.0.config.hours'. There are: "),
    ({"message_template": "Hi"}, "'steps.0.message_template'. Did you mean 'config'?"),
]


def test_what_a_step_does_not_take_is_refused_with_the_names_of_its_level(quick: Toolbox) -> None:
    for step, complaint in ODD_STEPS:
        with pytest.raises(BadRequest) as raised:
            written(quick, {"step_type": "message", **step}, status="draft")
        assert complaint in raised.value.message
    with pytest.raises(BadRequest, match=r"'steps.0' is a message without words: its text is config.text"):
        written(quick, {"step_type": "message", "config": {"subject": "Hi"}}, status="draft")
    # What is only incomplete may be kept.
    assert written(quick, {"step_type": "condition"}, status="draft").steps


def test_a_setting_that_there_is_not_is_told_and_keeps_a_template_from_becoming_active(quick: Toolbox) -> None:
    call = quick.product.prepare(
        "create_template", {"name": "T", "template_type": "outreach", "config": {"windw": {}}}, Caller(Face.MCP)
    )
    call.run()
    assert call.notes == ["Unknown setting 'config.windw'. Did you mean 'window'? It can't become active with that."]


def test_every_way_to_become_active_goes_through_lint(quick: Toolbox) -> None:
    bad: dict[str, Any] = {"step_type": "message", "config": {"subject": "Hi", "text": "{{ frist_name }}"}}
    draft = written(quick, bad, status="draft").id
    ways: dict[str, dict[str, Any]] = {
        "create_template": {"name": "T", "template_type": "outreach", "status": "active", "steps": [bad]},
        "update_template": {"template_id": draft, "status": "active"},
        "activate_template": {"template_id": draft},
    }
    for name, arguments in ways.items():
        with pytest.raises(LintFailed) as raised:
            quick.product.call(name, arguments, Caller(Face.REST))
        problems = {each["code"]: each for each in cast("Any", raised.value.details)["problems"]}
        assert (problems["unknown_variable"]["step"], problems["unknown_variable"]["severity"]) == (0, "error")
        assert "Did you mean 'first_name'?" in problems["unknown_variable"]["message"]
    assert quick.call(TemplatePage, "list_templates", status="active").total == 0


def test_activating_says_what_lint_warns_of(tools: Toolbox) -> None:
    wait = {"step_type": "wait", "config": {"until": "2020-01-01T09:00"}}
    draft = written(tools, FIRST, wait, SECOND, status="draft")
    answer = tools.call(activation.Activated, "activate_template", template_id=draft.id)
    assert "Mind: until 2020-01-01T09:00 is past" in answer.next
