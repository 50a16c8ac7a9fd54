"""Who may enter a sequence: an answer for each, and the database decides."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from onelane.storage.contact_merge import unite_contacts
from onelane.storage.database.engine import Database, Session
from onelane.storage.outreach import suppressions
from onelane.storage.outreach.enrollment_ends import end_enrollment
from onelane.storage.outreach.outbound import outbound_actions
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.outreach.suppressions import SuppressionReason
from onelane.storage.people import contacts
from onelane.storage.people.emails import keep_email
from onelane.storage.platforms.accounts import Channel, Platform, Transport
from onelane.storage.search.contact_search import index_contacts
from onelane.storage.workflows import enrollments, templates
from onelane.storage.workflows.enrollments import EnrollmentStatus, StateReason
from onelane.storage.workflows.templates import TemplateStatus, TemplateStepType, TemplateType
from onelane.tools.outreach.open_templates import OpenTemplates
from onelane.tools.people import contacts as contact_tools
from onelane.tools.people.contact_views import SavedContact
from onelane.tools.registry.context import Caller, Context, Face
from onelane.tools.registry.errors import Conflict
from onelane.tools.registry.names import SeveralPeople
from onelane.tools.workflows import enrollments as enrollment_tools
from onelane.tools.workflows import templates as template_tools
from onelane.tools.workflows.enroll_batches import ContactEnrollment, Enrolled
from onelane.tools.workflows.templates import delete_template
from tests.databases import Clock
from tests.toolbox import Toolbox, toolbox

MODEL, PERSON = Caller(Face.MCP), Caller(Face.CLI)


@pytest.fixture
def tools(database: Database) -> Toolbox:
    return toolbox(database, enrollment_tools, template_tools, contact_tools)


def template(tools: Toolbox, status: TemplateStatus = TemplateStatus.ACTIVE, text: str = "Hi", **config: Any) -> str:
    with tools.database.write() as session:
        made = templates.create_template(
            session,
            name="T",
            template_type=TemplateType.OUTREACH,
            status=status,
            platform=Platform.GMAIL,
            config=orjson.dumps(config).decode(),
        )
        letter = orjson.dumps({"subject": "Hi", "text": text}).decode()
        templates.add_template_step(
            session, template_id=made.id, step_index=0, step_type=TemplateStepType.MESSAGE, config=letter
        )
        return made.id


def person(tools: Toolbox, name: str = "Ada Lovelace", **fields: Any) -> str:
    with tools.database.write() as session:
        return contacts.create_contact(session, **{"name": name, "email": "ada@example.com", **fields}).id


def enroll(tools: Toolbox, template_id: str, contact_id: str, caller: Caller = MODEL) -> ContactEnrollment:
    answer = tools.call_as(caller, Enrolled, "enroll_contacts", template_id=template_id, contact_ids=[contact_id])
    return answer.data[0]


def suppress(
    tools: Toolbox, address: str, channel: Channel, reason: SuppressionReason = SuppressionReason.UNSUBSCRIBED
) -> None:
    """An address whose text nobody has any more."""
    with tools.database.write() as session:
        address_hash = tools.services.vault.address_hash(address)
        suppressions.suppress(session, channel=channel, address_hash=address_hash, address=None, reason=reason)


def test_a_filter_that_fits_nobody_says_so(tools: Toolbox) -> None:
    answer = tools.call(Enrolled, "enroll_contacts", template_id=template(tools), where={"tag": "fintek"})
    assert answer.text() == "In T: nobody new, for nobody fits. search_contacts shows who is there."


def leave(session: Session, enrollment_id: str, reason: StateReason) -> None:
    end_enrollment(session, enrollment_id, EnrollmentStatus.REMOVED, reason, at=session.now())


def outcome_of(answer: ContactEnrollment) -> tuple[str, str | None]:
    return answer.outcome, answer.reason


def test_who_can_not_be_reached_or_must_not_be_is_blocked_with_the_reason(tools: Toolbox) -> None:
    mine = template(tools, text="At {{ company }}")
    assert outcome_of(enroll(tools, mine, person(tools, email=None))) == ("blocked", "no_channel")
    blocked = enroll(tools, mine, person(tools))
    assert outcome_of(blocked) == ("blocked", "missing_field")
    assert blocked.missing == ("company",)
    assert blocked.text().endswith(" (missing field: company)")
    assert outcome_of(enroll(tools, mine, person(tools, consent_basis="refused"))) == ("blocked", "suppressed")
    grace = person(tools, company="Navy", email="grace@example.com")
    suppress(tools, "Grace@Example.com", Channel.ALL)
    assert outcome_of(enroll(tools, mine, grace)) == ("blocked", "suppressed")


def test_nobody_enters_a_sequence_that_is_over_and_whoever_is_archived_or_unknown_is_named(tools: Toolbox) -> None:
    over, ada = template(tools, TemplateStatus.COMPLETED), person(tools)
    assert outcome_of(enroll(tools, over, ada)) == ("blocked", "template_completed")
    mine = template(tools)
    with tools.database.write() as session:
        contacts.archive_contacts(session, [ada], "gone")
    assert outcome_of(enroll(tools, mine, ada)) == ("blocked", "contact_archived")
    assert outcome_of(enroll(tools, mine, "con_none")) == ("blocked", "not_found")


def test_whoever_is_named_as_a_person_names_them_is_enrolled_where_only_one_is_called_so(tools: Toolbox) -> None:
    mine = template(tools)
    ada = tools.call(SavedContact, "save_contact", name="Ada Lovelace", email="ada@example.com")
    by_name = tools.call(Enrolled, "enroll_contacts", template_id=mine, contact_ids=["ada  lovelace", "Nobody Known"])
    assert [(each.contact_id, *outcome_of(each)) for each in by_name.data] == [
        (ada.id, "enrolled", None), ("Nobody Known", "blocked", "not_found")
    ]  # fmt: skip
    assert (
        "already enrolled"
        in tools.call(Enrolled, "enroll_contacts", template_id=mine, contact_ids=["Ada@Example.com"]).text()
    )
    other = tools.call(SavedContact, "save_contact", name="Ada Lovelace", title="Countess")
    with pytest.raises(SeveralPeople, match=f"(?s){ada.id}.*{other.id}, Countess"):
        tools.call(Enrolled, "enroll_contacts", template_id=mine, contact_ids=["Ada Lovelace"])
    program = Caller(Face.REST)
    by_program = tools.call_as(program, Enrolled, "enroll_contacts", template_id=mine, contact_ids=["Ada@Example.com"])
    assert outcome_of(by_program.data[0]) == ("blocked", "not_found")


def test_a_suppression_holds_for_whoever_has_the_address_as_one_of_theirs(tools: Toolbox) -> None:
    mine = template(tools)
    for address in ("old@example.com", "other@example.com"):
        suppress(tools, address, Channel.X if address.startswith("other") else Channel.EMAIL)
    both, other = person(tools, email="ada@example.com"), person(tools, email="other@example.com")
    with tools.database.write() as session:
        keep_email(session, both, address="old@example.com", normalized="old@example.com", source="x", is_verified=True)
    assert outcome_of(enroll(tools, mine, both)) == ("blocked", "suppressed")
    assert outcome_of(enroll(tools, mine, other)) == ("enrolled", None)


def test_an_address_that_bounced_holds_nobody_who_has_a_new_one(tools: Toolbox) -> None:
    mine = template(tools)
    old, new = person(tools, email="old@example.com"), person(tools, email="new@example.com")
    with tools.database.write() as session:
        keep_email(session, new, address="old@example.com", normalized="old@example.com", source="x", is_verified=True)
    suppress(tools, "old@example.com", Channel.EMAIL, SuppressionReason.BOUNCE_HARD)
    assert outcome_of(enroll(tools, mine, old)) == ("blocked", "suppressed")
    assert outcome_of(enroll(tools, mine, new)) == ("enrolled", None)
    assert outcome_of(enroll(tools, template(tools, TemplateStatus.DRAFT), person(tools))) == ("queued", None)


def test_somebody_is_in_one_exclusive_sequence_at_a_time_and_enters_a_template_once(
    tools: Toolbox, clock: Clock
) -> None:
    ada, one, two, open_to_all = person(tools), template(tools), template(tools), template(tools, exclusive=False)
    first = enroll(tools, one, ada)
    assert outcome_of(first) == ("enrolled", None)
    assert outcome_of(enroll(tools, two, ada)) == ("blocked", "in_other_sequence")
    assert outcome_of(enroll(tools, open_to_all, ada)) == ("enrolled", None)
    assert outcome_of(enroll(tools, one, ada)) == ("already_enrolled", None)
    with tools.database.write() as session:
        leave(session, first.enrollment_id or "", StateReason.TEMPLATE_ENDED)
    assert outcome_of(enroll(tools, one, ada)) == ("blocked", "entered_before")
    again = template(tools, reenroll={"afterDays": 30})
    entry = enroll(tools, again, ada)
    with tools.database.write() as session:
        leave(session, entry.enrollment_id or "", StateReason.TEMPLATE_ENDED)
    assert outcome_of(enroll(tools, again, ada)) == ("blocked", "entered_before")
    clock.instant += timedelta(days=30)
    assert outcome_of(enroll(tools, again, ada)) == ("enrolled", None)


def test_whom_a_person_removed_only_a_person_takes_back(tools: Toolbox) -> None:
    ada, mine = person(tools), template(tools)
    entry = enroll(tools, mine, ada)
    with tools.database.write() as session:
        leave(session, entry.enrollment_id or "", StateReason.MANUAL)
    assert outcome_of(enroll(tools, mine, ada)) == ("blocked", "removed_by_hand")
    assert outcome_of(enroll(tools, mine, ada, PERSON)) == ("enrolled", None)
    with tools.database.read() as session:
        rows = enrollments.list_enrollments(session, template_id=mine)
    assert [(row["entry"], row["enrolled_via"]) for row in rows] == [(1, "mcp"), (2, "cli")]


def written_action(tools: Toolbox, enrollment_id: str, template_id: str, status: ActionStatus) -> str:
    with tools.database.write() as session:
        action = outbound_actions.create_action(
            session,
            action_key=outbound_actions.action_key(enrollment_id, 0, 0),
            enrollment_id=enrollment_id,
            template_id=template_id,
            channel=Channel.EMAIL,
            transport=Transport.SMTP,
            step_type=TemplateStepType.MESSAGE,
            step_index=0,
            content_hash="h",
            status=status,
        )
        assert action is not None
        return action.id


def test_merging_two_who_are_each_in_a_sequence_keeps_the_one_further_ahead(tools: Toolbox) -> None:
    same, other = template(tools), template(tools, exclusive=False)
    kept, gone = person(tools), person(tools, email="l@example.com")
    behind, ahead = enroll(tools, same, kept), enroll(tools, same, gone)
    enroll(tools, other, kept)
    with tools.database.write() as session:
        pending, active = EnrollmentStatus.PENDING, EnrollmentStatus.ACTIVE
        enrollments.change_enrollment_status(
            session, ahead.enrollment_id or "", from_status=pending, to=active, reason=None
        )
    action = written_action(tools, behind.enrollment_id or "", same, ActionStatus.APPROVED)
    with tools.database.write() as session:
        unite_contacts(session, kept_id=kept, gone_id=gone)
    with tools.database.read() as session:
        rows = enrollments.list_enrollments(session, contact_id=kept)
        cancelled = outbound_actions.get_action(session, action)
    assert sorted((row["template_id"] == same, row["status"]) for row in rows) == [(False, "pending"), (True, "active")]
    assert cancelled is not None
    assert (cancelled.status, cancelled.reason) == (ActionStatus.CANCELLED, "manual")


def test_merging_two_in_different_exclusive_sequences_ends_the_one_behind(tools: Toolbox) -> None:
    kept, gone = person(tools), person(tools, email="l@example.com")
    one, two = template(tools), template(tools)
    for _ in range(2):
        entry = enroll(tools, one, gone, PERSON)
        with tools.database.write() as session:
            leave(session, entry.enrollment_id or "", StateReason.MANUAL)
    enroll(tools, one, kept)
    enroll(tools, two, gone)
    with tools.database.write() as session:
        unite_contacts(session, kept_id=kept, gone_id=gone)
    with tools.database.read() as session:
        rows = enrollments.list_enrollments(session, contact_id=kept)
    assert sorted((row["template_id"] == one, row["entry"], row["status"]) for row in rows) == [
        (False, 1, "removed"),
        (True, 1, "pending"),
        (True, 2, "removed"),
        (True, 3, "removed"),
    ]
    assert outcome_of(enroll(tools, one, kept)) == ("already_enrolled", None)


def test_a_template_from_which_something_was_sent_is_ended_and_not_deleted(tools: Toolbox) -> None:
    ada, mine = person(tools), template(tools)
    entry = enroll(tools, mine, ada)
    written_action(tools, entry.enrollment_id or "", mine, ActionStatus.SENT)
    with pytest.raises(Conflict, match="completed"), tools.database.write() as session:
        delete_template(Context(session, tools.services, MODEL), mine)


def test_a_template_that_stays_open_enrolls_whoever_comes_to_fit_but_nobody_who_was_removed(
    tools: Toolbox, clock: Clock
) -> None:
    mine = template(tools, enrollWhere={"tag": "fintech"})
    open_templates = OpenTemplates(tools.database, tools.services.vault)
    ada, grace = tagged(tools, "Ada Lovelace"), person(tools, "Grace Hopper", email="grace@example.com")
    assert [open_templates.enroll_fitting() for _ in range(2)] == [1, 0]
    clock.instant += timedelta(minutes=10)
    with tools.database.write() as session:
        contacts.update_contact(session, grace, tags='["fintech"]')
        index_contacts(session, [grace])
        (row,) = enrollments.list_enrollments(session, contact_id=ada)
        leave(session, row["id"], StateReason.MANUAL)
    assert [open_templates.enroll_fitting() for _ in range(2)] == [1, 0]
    clock.instant += timedelta(hours=2)
    assert OpenTemplates(tools.database, tools.services.vault).enroll_fitting() == 0
    with tools.database.read() as session:
        rows = enrollments.list_enrollments(session, template_id=mine)
    assert [(row["contact_id"], row["status"], row["enrolled_via"]) for row in rows] == [
        (ada, "removed", "onelane"),
        (grace, "pending", "onelane"),
    ]


def test_a_template_that_is_no_more_active_or_is_over_stays_open_for_nobody(tools: Toolbox, clock: Clock) -> None:
    template(tools, TemplateStatus.PAUSED, enrollWhere={"tag": "fintech"})
    over = template(tools, enrollWhere={"tag": "fintech"})
    with tools.database.write() as session:
        templates.update_template(session, over, ends_at=clock.instant)
    tagged(tools, "Ada Lovelace")
    assert OpenTemplates(tools.database, tools.services.vault).enroll_fitting() == 0


def tagged(tools: Toolbox, name: str) -> str:
    made = person(tools, name, tags='["fintech"]')
    with tools.database.write() as session:
        index_contacts(session, [made])
    return made


def test_a_given_name_is_derived_of_a_person_and_not_of_an_organisation(tools: Toolbox) -> None:
    mine = template(tools, text="Hi {{ first_name }}")
    assert outcome_of(enroll(tools, mine, person(tools, "Ada Lovelace"))) == ("enrolled", None)
    assert outcome_of(enroll(tools, mine, person(tools, "Acme Widgets", is_organisation=True))) == (
        "blocked",
        "missing_field",
    )
