"""Each invariant sees its fault: nothing is said of a good end, and something once a broken row is planted into it."""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from email.message import EmailMessage
from itertools import count

import pytest

from tests.worlds.invariants.every import Asked, every_invariant
from tests.worlds.invariants.foretold import WhatIsExplainedComesTrue
from tests.worlds.invariants.good_end import GoodEnd, good_end
from tests.worlds.invariants.looks import what_looking_changes
from tests.worlds.invariants.people import taken_for_another
from tests.worlds.outside import Dot, MailInbox, ModelCallSeen, Outside, PostSeen, RequestSeen
from tests.worlds.yeses import CallYes, Said, Yeses

pytestmark = pytest.mark.xdist_group("invariants")

Plant = Callable[[GoodEnd], object]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[GoodEnd, Outside, Yeses]]:
    end = good_end(tmp_path_factory.mktemp("end"))
    yield end, deepcopy(end.outside), deepcopy(end.yeses)
    end.product.close()


@pytest.fixture
def end(made: tuple[GoodEnd, Outside, Yeses]) -> Iterator[GoodEnd]:
    end, outside, yeses = made
    yield end
    end.restore(deepcopy(outside), deepcopy(yeses))


def sql(statement: str, **values: object) -> Plant:
    return lambda end: end.execute(statement, **values)


def letter(**changes: object) -> Plant:
    """One more letter to Ada, with something else than the first."""
    return lambda end: end.outside.letters.append(replace(end.first, **changes))


def later(**passed: float) -> Plant:
    """The same letter once more, so much later."""
    return lambda end: end.outside.letters.append(replace(end.first, at=end.first.at + timedelta(**passed), attempt=2))


def other_action(end: GoodEnd) -> None:
    end.outside.letters.append(replace(end.first, action_id=end.actions["Cy"]))


def changed(**changes: object) -> Plant:
    """Ada's letter is another one than it was."""

    def plant(end: GoodEnd) -> None:
        end.outside.letters[0] = replace(end.first, **changes)

    return plant


def said(kind: str, words: str = "", *, minutes_before: float = 30) -> Plant:
    """The person said something about Ada's address before her letter went."""

    def plant(end: GoodEnd) -> None:
        at = end.first.at - timedelta(minutes=minutes_before)
        getattr(end.yeses, kind).append(Said(at, end.first.recipient, words))

    return plant


def takes_back(end: GoodEnd) -> None:
    end.yeses.undone.append(Said(end.first.at - timedelta(minutes=1), end.first.action_id))


def carried_out(end: GoodEnd) -> None:
    end.yeses.carried_out.append(CallYes(end.clock(), "url_fetch", {"url": "http://example.com"}))


def a_late_yes(end: GoodEnd) -> None:
    end.yeses.messages.append(replace(end.yeses.messages[0], at=end.first.at - timedelta(seconds=5)))


def mail(kind: str, *, minutes: float, uid: int = 9) -> Plant:
    """A mail about Ada's letter, so many minutes before or after it."""

    def plant(end: GoodEnd) -> None:
        message = EmailMessage()
        message["Message-ID"] = "<bob.1@example.net>" if kind == "stop" else "<new.1@example.net>"
        at = end.first.at + timedelta(minutes=minutes)
        end.outside.mailbox.append(MailInbox(at, uid, "INBOX", message, kind, end.first.recipient))

    return plant


def answered_long_before(end: GoodEnd) -> None:
    mail("reply", minutes=-180)(end)
    end.execute("UPDATE workflow_enrollments SET enrolled_at = enrolled_at - 99999")


def starts(count: int) -> Plant:
    """A schedule whose person ends it then has started so many runs at one instant."""

    def plant(end: GoodEnd) -> None:
        goal = "Planted: see."
        for number in range(count):
            end.execute(
                "INSERT INTO workflow_runs (id, workflow_type, trigger, status, config, created_at) SELECT "
                f"'run_{number}', 'agent', 'scheduled', status, '{{\"goal\": \"{goal}\"}}', created_at "
                f"FROM workflow_runs WHERE id = {RUN}"
            )
        end.yeses.ended_goals.append(Said(end.clock() - timedelta(days=9), goal))

    return plant


def suppressed_by_a_look(end: GoodEnd) -> None:
    end.execute(
        "INSERT INTO suppressions (id, channel, address_hash, address, reason, source) "
        "VALUES ('sup_1', 'email', 'x', 'dora@example.com', 'unsubscribed', 'the page to unsubscribe')"
    )


def archived_before(end: GoodEnd) -> None:
    at = int((end.first.at - timedelta(hours=1)).timestamp())
    end.execute("UPDATE contacts SET archived_at = :at", at=at)


def outside_the_window(end: GoodEnd) -> None:
    end.outside.letters[0] = replace(end.first, at=end.first.at.replace(hour=3))


def many_in_an_hour(end: GoodEnd) -> None:
    first = end.first
    end.outside.letters += [replace(first, at=first.at + timedelta(minutes=2 * number)) for number in range(1, 25)]


def billed_by_a_platform(end: GoodEnd) -> None:
    request = RequestSeen(end.clock(), "x", "@me", "GET", "/2/users/1/following", 200, Decimal("0.02"), changes=False)
    end.outside.requests.append(request)


def billed_by_a_model(end: GoodEnd) -> None:
    end.outside.model_calls.append(ModelCallSeen(end.clock(), None, "Look", "Looked", Decimal("0.5")))


def asked(answer: str, used: str) -> Plant:
    """A question of a call that is answered without its person."""
    said = f"'apr_1', 'k', 'send', '{{}}', 'Send?', 'h', 1, 2, {answer}, {used}, 1, ''"
    return sql(
        "INSERT INTO approvals (id, call_key, tool, arguments, shown, content_hash, asked_at, expires_at, answer, "
        f"used_at, change_number, seal) VALUES ({said})"
    )


RUN = "(SELECT id FROM workflow_runs WHERE workflow_type = 'sync')"
AGENT = "(SELECT id FROM workflow_runs WHERE workflow_type = 'agent')"
ADA = "(SELECT contact_id FROM outbound_actions WHERE to_address LIKE 'ada.%')"
WAITING = "status = 'awaiting_approval'"
SEES: Mapping[str, Plant] = {
    "nothing_is_sent_twice": later(minutes=3),
    "no_text_reaches_somebody_twice": other_action,
    "nothing_is_lost_unsaid": sql(f"UPDATE outbound_actions SET status = 'failed' WHERE contact_id = {ADA}"),
    "each_yes_comes_to_something": sql(
        f"UPDATE outbound_actions SET status = 'cancelled', reason = NULL WHERE contact_id = {ADA}"
    ),
    "each_letter_names_its_action": letter(message_id="<another@example.com>"),
    "nothing_goes_without_a_yes": changed(body="Hello Ada, and bye"),
    "nothing_goes_before_its_yes_can_be_taken_back": a_late_yes,
    "each_yes_to_a_call_is_used_once": asked("'allowed'", "1"),
    "only_known_addresses_are_written_to": letter(recipient="nobody@example.com"),
    "nothing_is_posted_without_a_yes": lambda end: end.outside.posts.append(PostSeen(end.clock(), "x", "Hello")),
    "nothing_private_is_fetched": lambda end: end.outside.addresses_fetched.append(
        (end.clock(), f"https://evil.example/?q={end.first.recipient}")
    ),
    "nothing_goes_after_an_answer": answered_long_before,
    "nothing_goes_to_who_is_suppressed": said("stops"),
    "nobody_is_suppressed_unasked": suppressed_by_a_look,
    "whoever_asked_to_stop_is_suppressed": mail("stop", minutes=30, uid=3),
    "nothing_goes_while_sending_is_stopped": said("switches", "stopped"),
    "nothing_goes_to_who_is_archived": archived_before,
    "no_more_goes_than_may": many_in_an_hour,
    "nothing_goes_outside_its_window": outside_the_window,
    "each_mail_that_was_passed_is_kept": mail("reply", minutes=5, uid=3),
    "each_page_that_was_counted_came_in": sql(
        "UPDATE sync_cursors SET total_items_synced = 3 WHERE data_type <> 'imap'"
    ),
    "what_platforms_bill_is_booked": billed_by_a_platform,
    "what_models_bill_is_booked": billed_by_a_model,
    "each_run_counts_its_steps": sql(f"UPDATE workflow_runs SET success_items = 5 WHERE id = {RUN}"),
    "no_run_does_more_than_there_is": sql(f"UPDATE workflow_runs SET total_items = 1 WHERE id = {RUN}"),
    "nothing_goes_wrong_inside": sql(
        f"UPDATE workflow_runs SET status_reason = 'Something went wrong inside Onelane; see' WHERE id = {RUN}"
    ),
    "each_sequence_counts_what_was_carried_out": sql(
        "UPDATE workflow_runs SET success_items = success_items + 1 WHERE workflow_type = 'sequence'"
    ),
    "each_letter_is_told_once": sql(f"DELETE FROM engagements WHERE contact_id = {ADA}"),
    "runs_are_counted_as_they_are": sql("UPDATE workflow_run_counts SET run_count = run_count + 1"),
    "nothing_is_held_after_the_end": sql(
        "INSERT INTO budget_holds (workflow_run_id, hold_key, scopes, amounts) "
        f"VALUES ({AGENT}, 'turn:1', '[]', '{{\"usd\": 1}}')"
    ),
    "no_run_spends_more_than_it_may": sql("UPDATE budgets SET spent_turns = 4 WHERE scope LIKE 'run:%'"),
    "platforms_are_paid_as_it_is_booked": sql(
        "INSERT INTO platform_spending (platform_account_id, month, spent_micro_usd) "
        "SELECT id, '2026-01', 5 FROM platform_accounts LIMIT 1"
    ),
    "no_schedule_starts_what_its_person_ended": starts(1),
    "each_schedule_starts_once_a_day": starts(3),
    "no_run_is_left_behind": sql(f"UPDATE workflow_runs SET status = 'running' WHERE id = {RUN}"),
    "no_step_is_left_open": sql(f"UPDATE workflow_steps SET status = 'running' WHERE workflow_run_id = {RUN}"),
    "no_cursor_is_left_taken": sql(f"UPDATE sync_cursors SET run_id = {RUN} WHERE data_type <> 'imap'"),
    "nobody_is_left_in_a_sequence": sql("UPDATE workflow_enrollments SET next_step_at = NULL, waiting_for = NULL"),
    "nobody_waits_for_a_message_that_is_not_there": sql(
        f"UPDATE workflow_enrollments SET next_step_at = NULL, waiting_for = 'approval' WHERE contact_id = {ADA}"
    ),
    "nobody_is_held_for_what_they_have": sql(
        f"UPDATE workflow_enrollments SET state_reason = 'no_channel' WHERE contact_id = {ADA}"
    ),
    "nobody_is_passed_over": sql("UPDATE workflow_enrollments SET next_step_at = 1000 WHERE status = 'active'"),
    "no_letter_is_left_under_way": sql(f"UPDATE outbound_actions SET status = 'sending' WHERE {WAITING}"),
    "nothing_waits_for_who_has_left": sql(
        "UPDATE workflow_enrollments SET status = 'removed', completed_at = 4000000000, next_step_at = NULL"
    ),
    "no_task_is_left_open": sql(
        "INSERT INTO tasks (id, title, task_type, outbound_action_id) "
        f"SELECT 'tsk_1', 'Write', 'outreach', id FROM outbound_actions WHERE contact_id = {ADA}"
    ),
}
"""A fault for each invariant, planted where nothing of the product would make it."""
PROBES = {
    "what_is_explained_comes_true",
    "six_looks_change_nothing",
    "any_order_of_imports_gives_the_same_people",
    "an_undo_restores_what_was",
}
"""Those do something to the product and look what comes of it: what they see is in the tests below."""


def invariant(name: str) -> Asked:
    """A new one of this name."""
    (found,) = [each for each in every_invariant() if each.name == name]
    return found


@pytest.mark.parametrize("name", SEES)
def test_an_invariant_says_nothing_of_a_good_end_and_something_of_a_broken_one(end: GoodEnd, name: str) -> None:
    assert list(invariant(name)(end.view())) == []
    SEES[name](end)
    assert list(invariant(name)(end.view())) != []


@pytest.mark.parametrize(
    ("name", "plant"),
    [
        ("nothing_goes_without_a_yes", takes_back),
        ("nothing_goes_without_a_yes", letter(action_id="out_unknown")),
        ("nothing_goes_after_an_answer", mail("bounce_hard", minutes=-90)),
        ("each_yes_to_a_call_is_used_once", asked("NULL", "1")),
        ("each_yes_to_a_call_is_used_once", carried_out),
        ("no_letter_is_left_under_way", sql("UPDATE workflow_enrollments SET status = 'completed'")),
        ("nothing_is_lost_unsaid", changed(dot=Dot.NEVER_SEEN)),
        ("no_more_goes_than_may", later(seconds=2)),
    ],
)
def test_an_invariant_sees_the_other_ways_in_which_it_is_broken(end: GoodEnd, name: str, plant: Plant) -> None:
    plant(end)
    assert list(invariant(name)(end.view())) != []


def test_each_invariant_has_a_fault_that_it_sees() -> None:
    names = {each.name for each in every_invariant()}
    assert names == SEES.keys() | PROBES


def test_what_is_asked_now_and_then_is_asked_at_the_end_as_well(end: GoodEnd) -> None:
    later(minutes=3)(end)
    rarely = Asked(invariant("nothing_is_sent_twice").invariant, every=1000)
    assert list(rarely(replace(end.view(), is_over=False))) == []
    assert list(rarely(end.view())) != []


def test_probes_find_nothing_wrong_with_a_good_end(end: GoodEnd) -> None:
    for name in sorted(PROBES):
        assert list(invariant(name)(end.view())) == []


def test_a_look_that_changes_something_or_answers_by_chance_is_seen(end: GoodEnd) -> None:
    def writes() -> str:
        end.execute("UPDATE contacts SET notes = coalesce(notes, '') || '.'")
        return ""

    numbers = count()
    assert "Looking has changed contacts" in next(iter(what_looking_changes(end.view(), {"writes": writes})))
    drawn = list(what_looking_changes(end.view(), {"draws": lambda: str(next(numbers))}))
    assert drawn == ["draws has 6 answers at one instant: ...0... and ...1...."]


def test_two_profiles_of_one_platform_are_seen_as_two_people() -> None:
    two = frozenset({("x", "1"), ("x", "2")})
    assert list(taken_for_another({two, frozenset({("x", "3"), ("linkedin", "3")})})) != []


def test_a_letter_that_goes_at_another_instant_than_was_explained_is_seen(end: GoodEnd) -> None:
    for hours, is_seen in ((0, False), (-1, True)):
        foretold = WhatIsExplainedComesTrue(every=1)
        end.execute("UPDATE outbound_actions SET status = 'approved' WHERE id = :id", id=end.actions["Dora"])
        assert list(foretold(replace(end.view(), is_over=False))) == []
        instant = foretold.instants[end.actions["Dora"]]
        letter = replace(end.first, action_id=end.actions["Dora"], at=instant + timedelta(hours=hours))
        end.outside.letters.append(letter)
        assert bool(list(foretold(end.view()))) is is_seen
        assert foretold.compared == 1
        end.outside.letters.pop()
