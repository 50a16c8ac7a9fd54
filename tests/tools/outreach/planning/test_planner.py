"""The planner: what comes next, when, and what holds it; the same at each look."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onelane.storage.outreach.outbound.outbound_actions import ActionStatus
from onelane.storage.platforms.accounts import AccountStatus, InboundSource, Platform
from onelane.storage.workflows.enrollments import EnrollmentStatus, Gate, StateReason
from onelane.storage.workflows.templates import TemplateStatus
from onelane.tools.outreach.planning.facts import ActionFacts
from onelane.tools.outreach.planning.gates import Verdict, first_closed, gates_of, verdict_of
from onelane.tools.outreach.planning.pace import PaceLimits, Sending
from onelane.tools.outreach.planning.planner import DecisionKind, plan
from onelane.tools.outreach.planning.simulation import Traveller, simulate
from onelane.tools.outreach.template.sequence import OutreachSequence
from tests.proof import FULL
from tests.tools.outreach.sequences import MONDAY, account, around, enrolled, mail, person, sequence, step

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FREE = PaceLimits()
AT_ITS_END = enrolled(step_index=9)
WRITTEN_TO = enrolled(outcomes={0: "sent"})
OFFICE = {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:00"}
ZONES = sorted(available_timezones())


def closed(read: OutreachSequence, **said: Any) -> tuple[Verdict, Gate | None, datetime | None]:
    """The verdict, the gate that names itself, and until when it is closed."""
    who, where = said.get("who", person()), said.get("where", enrolled())
    facts = (read, where, who, said.get("account", account()), said.get("around", around()))
    action = said.get("action", ActionFacts(ActionStatus.APPROVED, is_approved_alone=True))
    gates = gates_of(*facts, plan(*facts, action), action=action, missing=said.get("missing"))
    first = first_closed(gates)
    return verdict_of(gates), first and first.gate, first and first.until


def test_a_step_goes_once_its_delay_is_over() -> None:
    found = plan(sequence(mail(48)), enrolled(), person(), account(), around())
    assert (found.at, found.look_at) == (MONDAY + 48 * HOUR, MONDAY + 48 * HOUR)


def test_reading_a_plan_six_times_changes_nothing() -> None:
    read = sequence(mail(), step("wait", days=3), mail(), spacing={"seconds": 60, "jitterSeconds": 600}, window=OFFICE)
    sendings = [Sending(MONDAY - timedelta(seconds=5))]
    plans = [
        plan(read, enrolled(seed=7), person(), account(sendings=sendings), around(MONDAY + timedelta(seconds=look)))
        for look in range(6)
    ]
    assert len({found.at for found in plans}) == 1


def test_a_wait_for_days_keeps_the_local_time_when_the_clocks_change() -> None:
    read = sequence(step("wait", days=1), mail())
    friday = datetime(2026, 10, 24, 8, tzinfo=UTC)
    found = plan(read, enrolled(friday), person(fields={"time_zone": "Europe/Berlin"}), account(), around(friday))
    assert found.at == datetime(2026, 10, 25, 9, tzinfo=UTC)


def test_a_wait_until_a_time_is_that_time_where_the_person_lives() -> None:
    read = sequence(step("wait", until="2026-12-01T09:00"), mail())
    found = plan(read, enrolled(), person(fields={"time_zone": "Asia/Tokyo"}), account(), around())
    assert found.at == datetime(2026, 12, 1, 0, tzinfo=UTC)


def test_a_wait_for_something_goes_on_when_it_is_so_and_by_its_other_way_when_time_is_over() -> None:
    read = sequence(
        step("wait", config={"for": {"tag": "hot"}, "timeoutDays": 3, "else": "late"}),
        mail(label="soon"),
        mail(label="late"),
    )
    met = plan(read, enrolled(), person(tags=frozenset({"hot"})), account(), around(MONDAY + HOUR))
    assert (met.step and met.step.index, met.at) == (1, MONDAY + HOUR)
    silent = plan(read, enrolled(), person(), account(), around(MONDAY + HOUR))
    assert (silent.waits_at, silent.at, silent.look_at) == (0, MONDAY + 3 * DAY, MONDAY + 2 * HOUR)
    over = plan(read, enrolled(), person(), account(), around(MONDAY + 4 * DAY))
    assert (over.step and over.step.index, over.decisions[0].kind) == (2, DecisionKind.TIMED_OUT)


@pytest.mark.parametrize(
    ("question", "index"),
    [
        ({"field": "company", "is": "present"}, 2),
        ({"field": "name", "is": "contains", "value": "LOVE"}, 1),
        ({"not": {"replied": True}}, 1),
        ({"all": [{"tag": "a"}, {"tag": "b"}]}, 2),
        ({"any": [{"tag": "a"}, {"tag": "b"}]}, 1),
        ({"step": "first", "outcome": "sent"}, 2),
    ],
)
def test_a_condition_leads_one_way_or_the_other(question: dict[str, Any], index: int) -> None:
    read = sequence(step("condition", config={"if": question, "else": "other"}), mail(), mail(label="other"))
    found = plan(read, enrolled(), person(tags=frozenset({"a"})), account(), around())
    assert found.step is not None
    assert found.step.index == index


def test_a_jump_never_leads_back() -> None:
    read = sequence(mail(label="a"), step("condition", config={"if": {"tag": "x"}, "else": "a"}), mail())
    found = plan(read, enrolled(step_index=1), person(), account(), around())
    assert found.step is not None
    assert found.step.index == 2


def test_a_sequence_that_has_no_step_left_is_completed_and_so_is_one_whose_goal_is_reached() -> None:
    read = sequence(mail(), goal={"tag": "customer"})
    over = plan(read, enrolled(step_index=1), person(), account(), around())
    assert over.ending is not None
    assert (over.ending.status, over.ending.reason) == (EnrollmentStatus.COMPLETED, None)
    reached = plan(read, enrolled(), person(tags=frozenset({"customer"})), account(), around())
    assert reached.ending is not None
    assert reached.ending.reason is StateReason.GOAL_REACHED


def test_what_is_too_late_is_skipped_where_the_template_says_so_and_moves_where_not() -> None:
    late = around(MONDAY + 5 * DAY)
    skips = sequence(mail(), mail(24), maxLateness={"hours": 72, "then": "skip"})
    found = plan(skips, enrolled(), person(), account(), late)
    assert (found.decisions[0].kind, found.at) == (DecisionKind.TOO_LATE, MONDAY + 6 * DAY)
    assert plan(sequence(mail()), enrolled(), person(), account(), late).at == MONDAY + 5 * DAY


def test_a_rolling_cap_counts_the_last_day_and_not_the_calendar() -> None:
    sendings = [Sending(MONDAY - 20 * HOUR), Sending(MONDAY - 3 * HOUR)]
    busy = account(limits=PaceLimits(per_day=2), sendings=sendings)
    assert plan(sequence(mail()), enrolled(), person(), busy, around()).at == MONDAY + 4 * HOUR
    assert closed(sequence(mail()), account=busy) == (Verdict.WAITS, Gate.CAP, MONDAY + 4 * HOUR)


def test_a_template_counts_its_own_messages_against_its_own_cap() -> None:
    sendings = [Sending(MONDAY - HOUR, template_id="tpl_2"), Sending(MONDAY - HOUR / 2, template_id="tpl_1")]
    read = sequence(mail(), caps={"perHour": 1})
    found = plan(read, enrolled(), person(), account(limits=FREE, sendings=sendings), around())
    assert found.at == MONDAY + HOUR / 2


def test_a_week_of_downtime_with_thirty_due_and_five_an_hour_sends_five_in_the_first_hour() -> None:
    now = MONDAY + 7 * DAY
    people = [Traveller(enrolled(MONDAY + i * 5 * HOUR, id=f"enr_{i}", seed=i), person(id=str(i))) for i in range(30)]
    steps = simulate(sequence(mail()), people, account(limits=PaceLimits(per_hour=5)), around(now))
    assert len(steps) == 30
    assert [sum(now + h * HOUR <= each.at < now + (h + 1) * HOUR for each in steps) for h in range(6)] == [5] * 6


@settings(max_examples=60 if FULL else 40, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.integers(0, 2 * 366 * 24 * 60),
    st.lists(st.integers(0, 100), min_size=1, max_size=4),
    st.integers(0, 1000),
    st.integers(1, 4),
)
def test_people_go_in_order_within_the_window_after_their_delay_and_under_the_caps(
    zone: str, minutes: int, delays: list[int], seed: int, per_hour: int
) -> None:
    now = datetime(2027, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    read = sequence(*(mail(delay) for delay in delays), window=OFFICE, spacing={"seconds": 60, "jitterSeconds": 300})
    who = person(fields={"time_zone": zone})
    people = [Traveller(enrolled(now, id=f"enr_{i}", seed=seed + i), who) for i in range(3)]
    steps = simulate(read, people, account(limits=PaceLimits(per_hour=per_hour)), around(now))
    assert len(steps) == 3 * len(delays)
    for number in range(3):
        own = [each for each in steps if each.traveller == number]
        assert [each.plan.step and each.plan.step.index for each in own] == list(range(len(delays)))
        before = now
        for each, delay in zip(own, delays, strict=True):
            wall = each.at.astimezone(ZoneInfo(zone))
            assert each.at >= before + delay * HOUR
            assert wall.weekday() < 5
            assert 9 <= wall.hour < 17
            before = each.at
    instants = sorted(each.at for each in steps)
    assert all(later - earlier >= timedelta(seconds=60) for earlier, later in pairwise(instants))
    assert all(sum(at - HOUR < other <= at for other in instants) <= per_hour for at in instants)


def test_a_variant_stays_the_same_at_each_look_and_all_are_drawn() -> None:
    variants = [{"name": "a", "weight": 1, "text": "A"}, {"name": "b", "weight": 3, "text": "B"}]
    read = sequence(mail(variants=variants))
    drawn = [plan(read, enrolled(seed=seed), person(), account(), around()).variant for seed in range(400)]
    again = [plan(read, enrolled(seed=seed), person(), account(), around()).variant for seed in range(400)]
    assert drawn == again
    assert 60 < sum(variant is not None and variant.name == "a" for variant in drawn) < 140


@pytest.mark.parametrize(
    ("gate", "verdict", "said"),
    [
        (Gate.SWITCH, Verdict.WAITS, {"around": around(switch_is_on=False)}),
        (Gate.STATE, Verdict.STOPPED, {"where": enrolled(status=EnrollmentStatus.REMOVED)}),
        (Gate.STATE, Verdict.WAITS, {"around": around(template_status=TemplateStatus.PAUSED)}),
        (Gate.STATE, Verdict.WAITS, {"around": around(template_status=TemplateStatus.DRAFT), "where": AT_ITS_END}),
        (Gate.STATE, Verdict.STOPPED, {"where": AT_ITS_END}),
        (Gate.STATE, Verdict.WAITS, {"where": enrolled(paused_until=MONDAY + DAY)}),
        (Gate.REPLY, Verdict.STOPPED, {"who": person(has_replied=True)}),
        (Gate.SUPPRESSION, Verdict.STOPPED, {"who": person(suppression_reason="unsubscribed")}),
        (Gate.CONSENT, Verdict.STOPPED, {"who": person(fields={"consent_basis": "Refused"})}),
        (Gate.ARCHIVED, Verdict.STOPPED, {"who": person(is_archived=True)}),
        (Gate.ACCOUNT, Verdict.WAITS, {"account": None}),
        (Gate.ACCOUNT, Verdict.WAITS, {"account": account(status=AccountStatus.NEEDS_REAUTH)}),
        (Gate.INBOX, Verdict.WAITS, {"account": account(inbound=InboundSource.IMAP), "where": WRITTEN_TO}),
        (Gate.SPACING, Verdict.WAITS, {"account": account(sendings=[Sending(MONDAY)])}),
        (Gate.EXCLUSIVITY, Verdict.WAITS, {"who": person(in_other_sequence=True)}),
        (Gate.MISSING_DATA, Verdict.WAITS, {"missing": "company is empty"}),
        (Gate.APPROVAL, Verdict.WAITS, {"action": None}),
        (Gate.UNDO, Verdict.WAITS, {"action": ActionFacts(ActionStatus.APPROVED, approved_at=MONDAY)}),
        (Gate.BUDGET, Verdict.WAITS, {"around": around(budget_is_used_up=True)}),
        (None, Verdict.GOES, {}),
    ],
)  # fmt: skip
def test_the_first_gate_that_is_closed_names_itself(gate: Gate | None, verdict: Verdict, said: dict[str, Any]) -> None:
    assert closed(sequence(mail()), **said)[:2] == (verdict, gate)


def test_colleagues_who_answered_count_as_the_template_says() -> None:
    who = person(colleague_replied=True)
    assert closed(sequence(mail()), who=who)[0] is Verdict.GOES
    assert closed(sequence(mail(), onAccountReply="pause"), who=who)[:2] == (Verdict.WAITS, Gate.REPLY)
    assert closed(sequence(mail(), onAccountReply="stop"), who=who)[:2] == (Verdict.STOPPED, Gate.REPLY)


def test_what_a_person_does_by_hand_needs_no_account_and_no_approval() -> None:
    read = sequence(step("connect", note="Hello"), platform=Platform.LINKEDIN)
    assert closed(read, account=None, action=None) == (Verdict.GOES, None, None)
