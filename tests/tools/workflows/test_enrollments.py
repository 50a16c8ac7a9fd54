"""Contacts are put into templates, are listed there, and are moved on by hand."""

from typing import Any

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.database.rows import insert_rows
from onelane.storage.people import contacts
from onelane.storage.people.contacts import Contact
from onelane.storage.search.contact_search import index_contacts
from onelane.storage.workflows import enrollments, templates
from onelane.storage.workflows.enrollments import EnrollmentStatus, StateReason
from onelane.storage.workflows.templates import TemplateStatus, TemplateType
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import BadRequest, Conflict, NotFound
from onelane.tools.workflows import enrollments as enrollment_tools
from onelane.tools.workflows.enroll_batches import Enrolled
from onelane.tools.workflows.enrollments import ChangedEnrollment, EnrollmentPage
from tests.databases import Clock
from tests.toolbox import Toolbox, toolbox

OVER = [EnrollmentStatus.COMPLETED, EnrollmentStatus.REPLIED, EnrollmentStatus.REMOVED]


@pytest.fixture
def tools(database: Database) -> Toolbox:
    return toolbox(database, enrollment_tools)


def template(tools: Toolbox, name: str = "Welcome", status: TemplateStatus = TemplateStatus.ACTIVE) -> str:
    with tools.database.write() as session:
        created = templates.create_template(session, name=name, template_type=TemplateType.OUTREACH, status=status)
        return created.id


def people(tools: Toolbox, *names: str) -> list[str]:
    with tools.database.write() as session:
        return [
            contacts.create_contact(session, name=name, email=f"{name.split()[0].lower()}@sample.test").id
            for name in names
        ]


def many_people(tools: Toolbox, number: int) -> list[str]:
    with tools.database.write() as session:
        ids = session.new_ids("con", number)
        rows = [(each, f"Person {place}", f"p{place}@sample.test") for place, each in enumerate(ids)]
        insert_rows(session, Contact, ("id", "name", "email"), rows)
        return ids


def enroll(tools: Toolbox, template_id: str, *contact_ids: str) -> Enrolled:
    return tools.call(Enrolled, "enroll_contacts", template_id=template_id, contact_ids=list(contact_ids))


def move(tools: Toolbox, enrollment_id: str, status: EnrollmentStatus) -> ChangedEnrollment:
    return tools.call(ChangedEnrollment, "update_enrollment", enrollment_id=enrollment_id, status=status)


def enrolled_at(tools: Toolbox, status: EnrollmentStatus) -> str:
    (contact_id,) = people(tools, "Ada Example")
    (answer,) = enroll(tools, template(tools), contact_id).data
    assert answer.enrollment_id is not None
    if status is not EnrollmentStatus.PENDING:
        move(tools, answer.enrollment_id, EnrollmentStatus.ACTIVE)
    if status.is_over:
        move(tools, answer.enrollment_id, status)
    return answer.enrollment_id


def test_enrolling_answers_for_each_contact_in_the_order_of_the_question(tools: Toolbox) -> None:
    ada, grace, gone = people(tools, "Ada Example", "Grace Sample", "Gone Person")
    with tools.database.write() as session:
        contacts.archive_contacts(session, [gone], "left")
    welcome = template(tools)
    enroll(tools, welcome, ada)

    answer = enroll(tools, welcome, "con_nobody", grace, gone, ada, grace)

    assert [(each.contact_name, each.outcome, each.reason) for each in answer.data] == [
        (None, "blocked", "not_found"),
        ("Grace Sample", "enrolled", None),
        ("Gone Person", "blocked", "contact_archived"),
        ("Ada Example", "already_enrolled", None),
    ]
    assert answer.counts == {"blocked": 2, "enrolled": 1, "already_enrolled": 1}
    assert answer.text().splitlines() == [
        "In Welcome:",
        "2 blocked: con_nobody (not found), Gone Person (contact archived)",
        "1 enrolled: Grace Sample",
        "1 already enrolled: Ada Example",
        f"Next: list_outbound(template_id='{welcome}') shows what waits for a person's yes.",
        "Not found: search_contacts shows who is there.",
        "Contact archived: restore_contacts brings them back.",
    ]


def test_enrolling_a_thousand_twice_changes_nothing_the_second_time(tools: Toolbox) -> None:
    ids = people(tools, *(f"Person {number}" for number in range(1000)))
    welcome = template(tools)

    assert enroll(tools, welcome, *ids).counts == {"enrolled": 1000}
    assert enroll(tools, welcome, *ids).counts == {"already_enrolled": 1000}

    with tools.database.read() as session:
        assert enrollments.count_enrollments(session, template_id=welcome) == 1000


def test_a_completed_template_takes_no_contacts(tools: Toolbox) -> None:
    (ada,) = people(tools, "Ada Example")
    ended = template(tools, status=TemplateStatus.COMPLETED)
    (answer,) = enroll(tools, ended, ada).data
    assert (answer.outcome, answer.reason, answer.enrollment_id) == ("blocked", "template_completed", None)


def test_a_template_may_be_named_by_its_name(tools: Toolbox) -> None:
    (ada,) = people(tools, "Ada Example")
    template(tools, "Fintech intro")
    assert enroll(tools, "fintech intro", ada).counts == {"enrolled": 1}


@pytest.mark.parametrize("whom", [{}, {"contact_ids": ["con_1"], "where": {"tag": "fintech"}}, {"where": {}}])
def test_a_call_says_whom_in_one_way(tools: Toolbox, whom: dict[str, Any]) -> None:
    with pytest.raises(BadRequest, match=r"Say whom|say whom"):
        tools.call(Enrolled, "enroll_contacts", template_id=template(tools), **whom)


def test_contacts_are_enrolled_by_a_tag_and_words(tools: Toolbox) -> None:
    ada, grace, zoe = people(tools, "Ada Example", "Grace Sample", "Zoe Fictional")
    with tools.database.write() as session:
        for each in (ada, grace):
            contacts.update_contact(session, each, tags='["Fintech"]')
        contacts.update_contact(session, zoe, tags='["fintech-news"]')
        index_contacts(session, [ada, grace, zoe])

    def enrolled(**where: str) -> list[str]:
        answer = tools.call(Enrolled, "enroll_contacts", template_id=template(tools), where=where)
        return [each.contact_id for each in answer.data]

    assert enrolled(tag="fintech") == [ada, grace]
    assert enrolled(query="grac") == [grace]
    assert enrolled(tag="fintech", query="ada") == [ada]
    # A typo that a search forgives enrolls nobody.
    assert enrolled(query="Grase") == []


def test_many_are_enrolled_in_batches_and_a_model_is_told_some_of_each_kind(tools: Toolbox) -> None:
    welcome = template(tools)
    ids = many_people(tools, 1001)
    call = tools.product.prepare("enroll_contacts", {"template_id": welcome, "contact_ids": ids[1:]}, Caller(Face.CLI))
    progress_calls: list[tuple[int, int]] = []
    call.tell_progress = lambda done, total: progress_calls.append((done, total))
    complete = call.run()
    assert isinstance(complete, Enrolled)
    assert progress_calls == [(1000, 1000)]
    assert [each.contact_id for each in complete.data] == ids[1:]

    answer = enroll(tools, welcome, *ids, "con_nobody")

    assert answer.counts == {"enrolled": 1, "already_enrolled": 1000, "blocked": 1}
    assert (answer.total, answer.blocked) == (1002, {"not_found": 1})
    assert len(answer.data) < 100
    assert {each.outcome for each in answer.data} == {"enrolled", "already_enrolled", "blocked"}


def test_enrollments_are_listed_page_by_page_with_name_and_address(tools: Toolbox) -> None:
    welcome = template(tools)
    enroll(tools, welcome, *people(tools, "Ada Example", "Grace Sample", "Zoe Fictional"))

    first = tools.call(EnrollmentPage, "list_enrollments", template_id=welcome, page_size=2)
    rest = tools.call(EnrollmentPage, "list_enrollments", template_id=welcome, page_size=2, cursor=first.next_cursor)

    assert [(each.contact_name, each.contact_email) for each in (*first.data, *rest.data)] == [
        ("Ada Example", "ada@sample.test"),
        ("Grace Sample", "grace@sample.test"),
        ("Zoe Fictional", "zoe@sample.test"),
    ]
    assert (first.total, rest.total, rest.next_cursor) == (3, 3, None)


def test_enrollments_are_filtered_by_state_and_by_contact(tools: Toolbox) -> None:
    welcome = template(tools)
    ada, grace = people(tools, "Ada Example", "Grace Sample")
    answer = enroll(tools, welcome, ada, grace)
    move(tools, answer.data[0].enrollment_id or "", EnrollmentStatus.ACTIVE)

    active = tools.call(EnrollmentPage, "list_enrollments", template_id=welcome, status="active")
    of_grace = tools.call(EnrollmentPage, "list_enrollments", template_id=welcome, contact_id=grace)

    assert [each.contact_name for each in active.data] == ["Ada Example"]
    assert [each.contact_name for each in of_grace.data] == ["Grace Sample"]
    assert active.text().endswith(f"1 of 1 enrollments in {active.template_name!r}.")


def test_a_cursor_from_elsewhere_is_refused(tools: Toolbox) -> None:
    with pytest.raises(BadRequest, match="Leave it out"):
        tools.call(EnrollmentPage, "list_enrollments", template_id=template(tools), cursor="17.run_x")


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (EnrollmentStatus.COMPLETED, StateReason.MANUAL),
        (EnrollmentStatus.REPLIED, StateReason.REPLY),
        (EnrollmentStatus.REMOVED, StateReason.MANUAL),
    ],
)
def test_an_active_enrollment_ends_with_its_time_and_its_reason(
    tools: Toolbox, clock: Clock, end: EnrollmentStatus, reason: StateReason
) -> None:
    enrollment_id = enrolled_at(tools, EnrollmentStatus.ACTIVE)
    clock.advance(hours=3)
    ended = move(tools, enrollment_id, end)
    assert (ended.status, ended.state_reason, ended.completed_at) == (end, reason, clock())


def test_a_pending_enrollment_is_taken_up_or_removed_and_nothing_else(tools: Toolbox) -> None:
    enrollment_id = enrolled_at(tools, EnrollmentStatus.PENDING)
    for end in (EnrollmentStatus.COMPLETED, EnrollmentStatus.REPLIED):
        with pytest.raises(Conflict, match="it can become: active, removed"):
            move(tools, enrollment_id, end)
    active = move(tools, enrollment_id, EnrollmentStatus.ACTIVE)
    assert (active.status, active.completed_at) == (EnrollmentStatus.ACTIVE, None)
    removed = move(tools, enrollment_id, EnrollmentStatus.REMOVED)
    assert removed.state_reason is StateReason.MANUAL
    assert removed.text() == f"Ada Example in Welcome: removed (manual), at step 0 ({enrollment_id})."


@pytest.mark.parametrize("end", OVER)
def test_an_enrollment_that_is_over_stays_over(tools: Toolbox, end: EnrollmentStatus) -> None:
    enrollment_id = enrolled_at(tools, end)
    for status in EnrollmentStatus:
        if status is end:
            assert move(tools, enrollment_id, status).status is end
        else:
            with pytest.raises(Conflict, match="enroll the contact anew"):
                move(tools, enrollment_id, status)


def test_an_unknown_enrollment_says_where_to_look(tools: Toolbox) -> None:
    with pytest.raises(NotFound, match="list_enrollments"):
        move(tools, "enr_nothing", EnrollmentStatus.ACTIVE)


def test_a_move_from_a_state_that_an_enrollment_has_left_changes_nothing(tools: Toolbox) -> None:
    enrollment_id = enrolled_at(tools, EnrollmentStatus.ACTIVE)
    with tools.database.write() as session:
        moved = enrollments.change_enrollment_status(
            session,
            enrollment_id,
            from_status=EnrollmentStatus.PENDING,
            to=EnrollmentStatus.REMOVED,
            reason=StateReason.MANUAL,
        )
        found = enrollments.get_enrollment(session, enrollment_id)
    assert not moved
    assert found is not None
    assert found.status is EnrollmentStatus.ACTIVE
