"""Lint finds what is wrong with a template before anybody is in it."""

from datetime import timedelta
from typing import Any

import pytest

from onelane.prompts.templates import parse_template, sources
from onelane.storage.platforms.accounts import InboundSource, Platform
from onelane.storage.workflows.templates import TemplateType
from onelane.tools.outreach.lint.lint import lint
from onelane.tools.outreach.lint.lint_facts import LintFacts
from onelane.tools.outreach.planning.pace import PaceLimits
from onelane.tools.outreach.template.problems import Severity
from onelane.tools.outreach.template.sequence import TemplateSource
from onelane.tools.outreach.template.template_config import Window
from tests.tools.outreach.sequences import MONDAY, account, mail, step, written

READ = account(inbound=InboundSource.IMAP)
FOREVER = "{% for a in tags %}" * 12 + "{% endfor %}" * 12
TO_THE_END = {"if": {"replied": True}, "then": "end", "else": "end"}


def codes(template: TemplateSource, facts: LintFacts | None = None) -> list[str]:
    return [each.code for each in lint(template, facts or LintFacts(MONDAY, [READ]))]


def ends(days: int) -> dict[str, Any]:
    return {"ends_at": MONDAY + timedelta(days=days)}


def until(at: str, **more: Any) -> dict[str, Any]:
    return step("wait", config={"until": at}, **more)


CHRISTMAS = {"starts_at": MONDAY + timedelta(days=49), "ends_at": MONDAY + timedelta(days=54)}
PLAIN: dict[str, Any] = {"text": "Hello"}
LATER = {"if": {"step": "b"}, "else": "end"}
AHEAD = {"if": {"tag": "x"}, "then": "a", "else": "w"}
NO_ELSE = {"if": {"replied": True}, "then": "end"}


@pytest.mark.parametrize(
    ("template", "code"),
    [
        (written(), "no_steps"),
        (written(step("condition", config=NO_ELSE), mail(**PLAIN)), "condition_without_else"),
        (written(step("wait", config={"for": {"replied": True}}), mail(**PLAIN)), "condition_without_else"),
        (written(mail(label="a", **PLAIN), step("condition", config={"if": {"tag": "x"}, "else": "a"})), "loop"),
        (written(mail(**PLAIN), step("condition", config={"if": {"tag": "x"}, "else": "nowhere"})), "unknown_label"),
        (written(mail(**PLAIN), step("condition", config=TO_THE_END), mail(**PLAIN)), "unreachable_step"),
        (written(mail(text="{{ frist_name }}")), "unknown_variable"),
        (written(mail(text="{{ first_name")), "bad_template"),
        (written(mail(text="{{ ''.__class__ }}")), "bad_template"),
        (written(mail(text=FOREVER)), "bad_template"),
        (written(mail(**PLAIN), windw={}), "bad_config"),
        (written(mail(**PLAIN), timeZone="Mars/Base"), "bad_config"),
        (written(mail(**PLAIN), window={"from": "17:00", "to": "09:00"}), "impossible_window"),
        (written(mail(**PLAIN), window={"days": []}), "impossible_window"),
        (written(mail(**PLAIN), goal={"any": [{"not": {"replied": True}}, {"tag": "x"}]}), "bad_config"),
        (written(mail(24 * 9, **PLAIN), more=ends(5)), "ends_before_last_step"),
        (written(mail(**PLAIN), window={"days": ["fri"]}, holidays=["DE"], more=CHRISTMAS), "ends_before_last_step"),
        (written(mail(**PLAIN), more={**CHRISTMAS, **ends(40)}), "ends_before_last_step"),
        (written(mail(**PLAIN), more=ends(-1)), "ends_before_last_step"),
        (written(step("connect", text="Hi")), "step_forbidden"),
        (written(mail(**PLAIN), unsubscribeLine=""), "no_unsubscribe"),
        (written(mail(text="x" * 50_001)), "text_too_long"),
        (written(mail(text="x" * 10_000_000)), "text_too_long"),
        (written(mail(text=" ")), "empty_text"),
        (written(mail(subject=None, **PLAIN)), "no_subject"),
        (written(mail(sameThread=True, subject=None, **PLAIN)), "no_subject"),
        (written(mail(**PLAIN), accountId="acc_9"), "no_account"),
        (written(mail(**PLAIN), step("condition", config={"if": {"opened": True}, "else": "end"})), "needs_tracking"),
        (written(mail(**PLAIN), step("condition", config={"if": {"linkClicked": 1}, "else": "end"})), "needs_tracking"),
        (written(mail(**PLAIN), step("condition", config={"if": "opened", "else": "end"})), "needs_tracking"),
        (written(mail(**PLAIN), step("condition", config={"if": {"event": "read"}, "else": "end"})), "needs_tracking"),
        (written(mail(**PLAIN), trackOpens=True), "needs_tracking"),
        (written(mail(**PLAIN), goal={"step": "nowhere", "outcome": "done"}), "unknown_label"),
        (written(step("condition", config=LATER), mail(label="b", **PLAIN)), "unknown_label"),
        (written(mail(text="x {{ unsubscribe }}"), mail(24, **PLAIN), unsubscribeLine=""), "no_unsubscribe"),
        (written(mail(text="\u200b\u00a0")), "empty_text"),
        (written(mail(subject="\u2060", **PLAIN)), "no_subject"),
        (written(mail(text="Hi {first_name}")), "unknown_variable"),
        (written(mail(subject="Hi [First Name]", **PLAIN)), "unknown_variable"),
        (written(mail(text="Hi *|FNAME|*")), "unknown_variable"),
        (written(mail(text="Best, [Your Name]")), "unknown_variable"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found_by_its_code(template: TemplateSource, code: str) -> None:
    problems = lint(template, LintFacts(MONDAY, [READ]))
    assert [each.code for each in problems] == [code]
    assert problems[0].severity is Severity.ERROR
    assert problems[0].message


def test_an_unknown_setting_is_told_with_the_nearest() -> None:
    (found,) = lint(written(mail(**PLAIN), windw={}), LintFacts(MONDAY, [READ]))
    assert found.message == "there is no setting 'windw'. Did you mean 'window'?"
    (found,) = lint(written(mail(subjct="x", **PLAIN)), LintFacts(MONDAY, [READ]))
    assert (found.step, found.message) == (0, "there is no setting 'subjct'. Did you mean 'subject'?")


def test_warnings_let_a_template_pass_and_say_what_to_expect() -> None:
    people = [{"name": "Ada Lovelace", "company": "Engines"}, {"name": "ada"}, {"name": "Grace Hopper"}]
    found = lint(written(mail(text="{{ first_name }} at {{ company }}")), LintFacts(MONDAY, [READ], people))
    assert [(each.code, each.severity) for each in found] == [("variable_without_fallback", "warning")]
    assert "2 of 3 enrolled would be blocked" in found[0].message
    unread = LintFacts(MONDAY, [account()])
    assert codes(written(mail(**PLAIN), mail(24, sameThread=True, **PLAIN)), unread) == ["replies_unseen"]
    slow = LintFacts(MONDAY, [account(limits=PaceLimits(per_day=1), inbound=InboundSource.IMAP)], people * 3)
    assert codes(written(mail(**PLAIN), more=ends(5)), slow) == ["cap_too_small"]


def test_what_can_not_be_read_hides_no_other_problem() -> None:
    odd = written(mail(text="Hi {first_name}"), step("condition", config={"if": "opened", "else": "end"}), windw={})
    assert sorted(codes(odd)) == ["bad_config", "needs_tracking", "unknown_variable"]


def test_a_cap_of_nothing_is_told() -> None:
    (problem,) = lint(written(mail(**PLAIN), caps={"perHour": 0}), LintFacts(MONDAY, [READ]))
    assert (problem.code, problem.message) == ("cap_too_small", "a cap of 0 lets nothing go")
    closed_account = account(limits=PaceLimits(per_hour=0), inbound=InboundSource.IMAP)
    (problem,) = lint(written(mail(**PLAIN)), LintFacts(MONDAY, [closed_account]))
    assert (problem.code, problem.message) == ("cap_too_small", "a limit of 0 of the account acc_1 lets nothing go")


@pytest.mark.parametrize(
    ("steps", "more"),
    [
        ([mail(**PLAIN), until("2020-01-01T09:00"), mail(24, **PLAIN)], {}),
        ([mail(**PLAIN), until("2026-11-20T09:00")], {"starts_at": MONDAY + timedelta(days=30)}),
        ([until("2026-12-10T09:00"), mail(**PLAIN), until("2026-12-01T09:00"), mail(**PLAIN)], {}),
        ([mail(**PLAIN), step("wait", config={"businessDays": 30}), until("2026-11-10T09:00"), mail(**PLAIN)], {}),
    ],
)
def test_a_date_that_is_past_before_anybody_waits_for_it_is_told(
    steps: list[dict[str, Any]], more: dict[str, Any]
) -> None:
    (problem,) = lint(written(*steps, more=more), LintFacts(MONDAY, [READ]))
    assert (problem.code, problem.severity) == ("past_wait", "warning")
    assert "the next step comes at once" in problem.message


@pytest.mark.parametrize(
    "steps",
    [
        [mail(**PLAIN), until("2026-11-01T22:00"), mail(**PLAIN)],
        [mail(**PLAIN), step("wait", config={"days": 3}), until("2026-11-05T09:00"), mail(**PLAIN)],
        [step("condition", config=AHEAD), step("wait", 24 * 90, label="w"), until("2026-12-01T09:00", label="a")],
    ],
)
def test_a_date_for_which_somebody_waits_is_none_that_is_past(steps: list[dict[str, Any]]) -> None:
    assert codes(written(*steps, mail(**PLAIN))) == []


@pytest.mark.parametrize(
    "text",
    [
        "See [my page](https://example.com) and [1]",
        "<b> {x} 100% sure, 50%",
        "a[name] {{ name }} {% if name %}x{% endif %}",
    ],
)
def test_brackets_that_stand_for_nothing_are_text(text: str) -> None:
    assert "unknown_variable" not in codes(written(mail(text=text)))


@pytest.mark.parametrize(
    ("start", "end"),
    [("09:00", "17:00"), (9, 17), ("9", "5 pm"), ("9:00", "17h"), ("9 a.m.", "17 Uhr"), ("0900", "1700")],
)
def test_a_window_takes_times_as_people_write_them(start: object, end: object) -> None:
    window = Window.model_validate({"from": start, "to": end})
    assert (window.start, window.end) == (9 * 3600, 17 * 3600)


@pytest.mark.parametrize("at", ["25", "9:60", "13 pm", "noonish", True, "24:01", "09:00Z"])
def test_a_time_of_a_window_that_is_none_is_told(at: object) -> None:
    (problem,) = lint(written(mail(**PLAIN), window={"to": at}), LintFacts(MONDAY, [READ]))
    assert (problem.code, problem.message[:10]) == ("bad_config", "window.to:")


def test_a_good_template_has_no_problem() -> None:
    good = written(
        mail(text='Hello {{ first_name or "there" }}{% if company %} at {{ company }}{% endif %}', label="first"),
        step("wait", config={"for": "replied", "timeoutDays": 5, "else": "again"}),
        step("condition", config={"if": {"step": "first", "outcome": "sent"}, "then": "again", "else": "end"}),
        mail(sameThread=True, subject=None, text="{{ offer }}", label="again"),
        parameters=[{"name": "offer"}],
        window={"days": ["mon", "tue"], "from": "09:00", "to": "24:00"},
        caps={"perDay": 10},
    )
    assert codes(good) == []
    by_hand = written(step("connect", note="Hi"), step("follow"), mail(**PLAIN), platform=Platform.LINKEDIN)
    assert codes(by_hand, LintFacts(MONDAY)) == []


@pytest.mark.parametrize(
    ("days", "found"),
    [
        ("mon to fri", "mon tue wed thu fri"),
        ("Mon-Fri", "mon tue wed thu fri"),
        ("weekdays", "mon tue wed thu fri"),
        ("Monday, Wednesday and Fri", "mon wed fri"),
        (["sat – mon"], "sat sun mon"),
        (["Tuesday", "tue"], "tue"),
    ],
)
def test_a_window_takes_days_as_people_write_them(days: object, found: str) -> None:
    assert " ".join(Window.model_validate({"days": days}).days) == found


@pytest.mark.parametrize("days", ["someday", "mon to", "mon - tue - wed", 5, ["m"], [["mon"]], None, {}])
def test_a_window_whose_days_are_none_says_how_to_write_them(days: object) -> None:
    (problem,) = lint(written(mail(**PLAIN), window={"days": days}), LintFacts(MONDAY, [READ]))
    assert (problem.code, problem.message) == (
        "bad_config",
        'window.days: write days like ["mon", "wed"], or as "mon to fri"',
    )


def test_the_ready_made_sequences_have_no_problem() -> None:
    ready = [
        template for source in sources() if (template := parse_template(source)).config["workflowType"] == "sequence"
    ]
    assert len(ready) >= 2
    for each in ready:
        kind = TemplateType(each.template_type)
        assert codes(TemplateSource(each.name, Platform(each.platform or "gmail"), kind, each.config, each.steps)) == []


def test_steps_that_only_wait_and_ask_are_said_to_reach_nobody() -> None:
    waits = (step("wait", config={"days": 3}), step("condition", config=TO_THE_END))
    assert [(each.code, each.severity) for each in lint(written(*waits), LintFacts(MONDAY, [READ]))] == [
        ("reaches_nobody", "warning")
    ]
    assert "reaches_nobody" not in codes(written(*waits[:1], mail(**PLAIN)))


def test_a_subject_that_the_thread_leaves_unused_is_told_where_the_letter_is_nobodys_first() -> None:
    again = mail(text="Again", subject="Other", sameThread=True)
    [problem] = lint(written(mail(**PLAIN), again), LintFacts(MONDAY, [READ]))
    assert (problem.step, problem.code, problem.severity) == (1, "unused_subject", "warning")
    assert codes(written(again, again)) == []
    forked = step("condition", config={"if": {"tag": "x"}, "then": "b", "else": "a"})
    assert "unused_subject" not in codes(written(forked, mail(label="a", **PLAIN), mail(label="b", **again["config"])))
