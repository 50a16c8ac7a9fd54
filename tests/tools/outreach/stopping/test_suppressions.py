"""Suppressions: who is not written to any more, and what was on its way to them."""

from dataclasses import replace
from time import perf_counter

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.outreach import suppressions
from onelane.storage.outreach.suppressions import SuppressionReason
from onelane.storage.people.emails import keep_email
from onelane.storage.people.identities import create_identity
from onelane.storage.platforms.accounts import Channel, Platform
from onelane.storage.workflows import enrollments, templates
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.enrollments import EnrollmentStatus
from onelane.storage.workflows.templates import TemplateType
from onelane.tools.outreach.stopping import suppression_list
from onelane.tools.outreach.stopping.suppressed import suppressions_of
from onelane.tools.outreach.stopping.suppressing import unsubscribe
from onelane.tools.outreach.stopping.suppression_list import Suppressed, SuppressionPage, SuppressionView, lift
from onelane.tools.registry.errors import BadRequest, NotFound
from onelane.tools.registry.gate.vault import Vault
from tests.toolbox import Toolbox, toolbox
from tests.tools.outreach.inbound.correspondence import Letterbox, letterbox
from tests.tools.outreach.mail.sample_mail import THEM


@pytest.fixture
def box(database: Database) -> Letterbox:
    return letterbox(database, Vault.of_nobody())


@pytest.fixture
def tools(box: Letterbox) -> Toolbox:
    made = toolbox(box.database, suppression_list)
    return replace(made, services=replace(made.services, vault=box.vault))


def listed(tools: Toolbox, **arguments: object) -> list[tuple[str | None, str, str]]:
    page = tools.call(SuppressionPage, "list_suppressions", **arguments)
    assert page.total == len(page.data)
    return [(each.address, each.channel.value, each.reason.value) for each in page.data]


def test_a_suppressed_address_ends_what_is_on_its_way_to_its_people(box: Letterbox, tools: Toolbox) -> None:
    first = tools.call(SuppressionView, "suppress_address", address=f" {THEM.upper()} ", channel="email")
    again = tools.call(SuppressionView, "suppress_address", address=THEM, channel="email")
    assert (first.id, first.address, first.contact_id) == (again.id, THEM, box.contact_id)
    assert (first.reason, first.source) == (SuppressionReason.MANUAL, "mcp")
    assert box.state == ("removed", "suppressed", "cancelled")


def test_a_suppressed_contact_is_known_by_all_their_addresses(box: Letterbox, tools: Toolbox) -> None:
    with box.database.write() as session:
        keep_email(
            session, box.contact_id, address="G@old.example", normalized="g@old.example", source="x", is_verified=False
        )
    done = tools.call(Suppressed, "suppress_contact", contact_id=box.contact_id)
    assert (done.channel, done.ended) == (Channel.ALL, 1)
    assert f"({box.contact_id}) is not written to at all any more; 1 enrollment ended." in done.text()
    assert listed(tools) == [("g@old.example", "all", "manual"), (THEM, "all", "manual")]
    assert listed(tools, address="G@OLD.example") == [("g@old.example", "all", "manual")]
    with pytest.raises(NotFound, match="search_contacts"):
        tools.call(Suppressed, "suppress_contact", contact_id="con_gone")


def test_a_suppression_of_another_channel_leaves_e_mail_alone(box: Letterbox, tools: Toolbox) -> None:
    with box.database.write() as session:
        on_platform = create_identity(session, contact_id=box.contact_id, platform=Platform.X, platform_user_id="42")
        on_platform.platform_handle = "Grace"
        template = templates.create_template(
            session, name="X", template_type=TemplateType.OUTREACH, platform=Platform.X
        )
        on_x = enrollments.enroll_contact(session, template_id=template.id, contact_id=box.contact_id)
        assert on_x is not None
    assert tools.call(SuppressionView, "suppress_address", address="@grace", channel="x").contact_id == box.contact_id
    assert box.state == ("active", None, "approved")
    with box.database.read() as session:
        ended = enrollments.get_enrollment(session, on_x.id)
        assert ended is not None
        assert ended.status is EnrollmentStatus.REMOVED
        at_x = {box.contact_id: "https://x.com/Grace"}
        assert suppressions_of(session, box.vault, at_x, Channel.X) == {box.contact_id: "manual"}
        assert suppressions_of(session, box.vault, {box.contact_id: THEM}, Channel.EMAIL) == {}


def test_only_the_person_lifts_a_suppression(box: Letterbox, tools: Toolbox) -> None:
    tools.call(SuppressionView, "suppress_address", address=THEM)
    assert {tool.name for tool in tools.registry} == {"suppress_contact", "suppress_address", "list_suppressions"}
    lifted = lift(tools.services, via=Door.CLI, address=THEM.upper())
    assert [each.address for each in lifted.data] == [THEM]
    assert listed(tools) == []
    with pytest.raises(NotFound, match="onelane suppressions list"):
        lift(tools.services, via=Door.CLI, suppression_id=lifted.data[0].id)


@pytest.mark.parametrize(
    ("address", "channel"),
    [("ada", "email"), ("a b@c", "all"), ("@", "x"), ("a\u202eb", "x"), ("Ada Lovelace", "all")],
)
def test_what_is_no_address_is_not_suppressed(tools: Toolbox, address: str, channel: str) -> None:
    with pytest.raises(BadRequest, match="is no "):
        tools.call(SuppressionView, "suppress_address", address=address, channel=channel)
    assert listed(tools) == []


def test_suppressions_come_page_by_page_and_a_full_last_page_is_the_last(tools: Toolbox) -> None:
    for number in range(4):
        tools.call(SuppressionView, "suppress_address", address=f"person{number}@example.com")
    first = tools.call(SuppressionPage, "list_suppressions", page_size=2)
    last = tools.call(SuppressionPage, "list_suppressions", page_size=2, cursor=first.next_cursor)
    assert [each.address for each in (*first.data, *last.data)] == [f"person{n}@example.com" for n in range(4)]
    assert (last.total, last.next_cursor) == (4, None)
    with pytest.raises(BadRequest, match="not from a list of suppressions"):
        tools.call(SuppressionPage, "list_suppressions", cursor="con_gone")


def test_a_token_unsubscribes_its_recipient_and_twice_is_once(box: Letterbox, tools: Toolbox) -> None:
    token = box.vault.token(box.action_id)
    for nothing in ("", "x", token[:-1], "ü" * 40, "a" * 10_000, box.vault.token("out_gone")):
        unsubscribe(tools.services, nothing)
    assert box.state == ("active", None, "approved")
    for _ in range(2):
        unsubscribe(tools.services, token)
    assert box.state == ("removed", "unsubscribed", "cancelled")
    assert box.suppressed_addresses() == [(THEM, "unsubscribed")]


def test_a_hundred_thousand_people_are_compared_with_what_is_suppressed(sqlite_database: Database) -> None:
    vault, channel = Vault.of_nobody(), Channel.EMAIL
    people = {f"con_{number}": f"person{number}@example.com" for number in range(100_000)}
    with sqlite_database.write() as session:
        for number in range(0, 100_000, 25_000):
            address_hash = vault.address_hash(people[f"con_{number}"])
            suppressions.suppress(
                session, channel=channel, address_hash=address_hash, address=None, reason=SuppressionReason.ERASED
            )
    with sqlite_database.read() as session:
        began = perf_counter()
        found = suppressions_of(session, vault, people, channel)
        print(f"100,000 people: {perf_counter() - began:.2f} s")  # noqa: T201 - the figure
    assert found == dict.fromkeys(("con_0", "con_25000", "con_50000", "con_75000"), "erased")
