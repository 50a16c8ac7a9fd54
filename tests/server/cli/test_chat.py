"""A chat and its run: who holds it, what happens to it elsewhere, and that it always goes on where it was."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydantic import SecretStr

from onelane.server.agent.approval import Approver, Nobody
from onelane.server.agent.model import Delta
from onelane.server.app import Onelane, open_onelane
from onelane.server.cli.chat.chat import Chat, ChatTaken, ToolOutcome, Totals
from onelane.server.cli.chat.chat_sessions import ChatOptions, ChatSessions
from onelane.server.engine.client_runs import close_silent_runs
from onelane.server.settings import Settings
from onelane.storage.database.engine import Database
from onelane.storage.database.rows import PlainRow
from onelane.storage.workflows import budgets, runs, tasks, templates
from onelane.storage.workflows.budgets import Amounts, Scope
from onelane.storage.workflows.runs import RunStatus
from onelane.storage.workflows.templates import TemplateType
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.errors import Conflict
from onelane.tools.registry.gate.run_questions import Verdict
from onelane.tools.registry.runs.run import ShuttingDown
from tests.databases import Clock
from tests.server.agent.messages_api import KEY, MessagesApi, serving_messages
from tests.server.agent.script import Json, Part, Request, Script, always, calls, refuses, says

FIRST_TURN_TOKENS = 7500


@dataclass
class Watching:
    """Sees what happens, and can do something about it."""

    seen: list[str] = field(default_factory=list[str])
    at_turn: Callable[[], None] = lambda: None
    at_wait: Callable[[], None] = lambda: None

    def on_text(self, delta: Delta) -> None:
        self.seen.append(f"{delta.kind}: {delta.text}")

    def on_turn(self, totals: Totals, chose: Sequence[str]) -> None:
        self.seen.append(f"turn {totals.turns}: {' '.join(chose)}")
        self.at_turn()

    def on_call(self, called: ToolOutcome) -> None:
        self.seen.append(f"{called.name}: {called.outcome}")

    def on_wait(self) -> None:
        self.at_wait()


class Willing:
    """Somebody who allows everything."""

    def ask(self, question: str) -> Verdict:
        return Verdict(allowed=True)


class Leaving:
    """Somebody who presses Ctrl-C when they are asked."""

    def ask(self, question: str) -> Verdict:
        raise ShuttingDown


@pytest.fixture
def api() -> Iterator[MessagesApi]:
    def answer(request: Request) -> str:
        return f"You said {sum(message['role'] == 'user' for message in request.messages)} things."

    with serving_messages(always(lambda request: says(answer(request)))) as served:
        yield served


@pytest.fixture
def onelane_at(database: Database, clock: Clock, tmp_path: Path) -> Iterator[Callable[[MessagesApi], Onelane]]:
    made: list[Onelane] = []

    def open_it(api: MessagesApi) -> Onelane:
        url = database.url.render_as_string(hide_password=False)
        settings = Settings(home=tmp_path, database_url=url)
        settings.anthropic_api_key, settings.anthropic_base_url = SecretStr(KEY), api.url
        made.append(open_onelane(settings, clock=clock))
        return made[-1]

    yield open_it
    for onelane in made:
        onelane.close()


@pytest.fixture
def onelane(onelane_at: Callable[[MessagesApi], Onelane], api: MessagesApi) -> Onelane:
    return onelane_at(api)


def door(
    onelane: Onelane,
    watching: Watching | None = None,
    wishes: ChatOptions | None = None,
    approver: Approver | None = None,
) -> ChatSessions:
    return ChatSessions(onelane, approver or Nobody(), watching or Watching(), wishes or ChatOptions())


def begun(onelane: Onelane, message: str = "Hello.") -> Chat:
    chat = door(onelane).begin(message)
    assert chat.answer().status is RunStatus.COMPLETED
    return chat


def row_of(onelane: Onelane, run_id: str) -> PlainRow:
    with onelane.database.read() as session:
        row = runs.read_run(session, run_id)
    assert row is not None
    return row


def messages(api: MessagesApi) -> list[Json]:
    """What was asked last."""
    body = api.journal.exchanges[-1].body
    assert body is not None
    return body["messages"]


def test_a_chat_that_is_open_keeps_its_run(onelane: Onelane, clock: Clock) -> None:
    chat = begun(onelane)
    later = Watching(at_wait=lambda: clock.advance(seconds=3))
    with pytest.raises(Conflict, match="is open in another chat"):
        door(onelane, later).take_up(chat.run_id)
    chat.hear("Still there?")
    assert chat.answer().result["message"] == "You said 2 things."
    chat.close()


def test_a_chat_that_is_gone_loses_its_run_and_can_write_to_it_no_more(onelane: Onelane, clock: Clock) -> None:
    chat = begun(onelane)
    chat.leave()
    later = Watching(at_wait=lambda: clock.advance(seconds=20))
    again = door(onelane, later).take_up(chat.run_id)
    with pytest.raises(ChatTaken, match=f"onelane chat --run {chat.run_id}"):
        chat.hear("Still there?")
    again.hear("I am back.")
    assert again.answer().result["message"] == "You said 2 things."
    assert again.close().result == {
        "message": "You said 2 things.",
        "messages": 2,
        "toolCalls": 0,
        "turns": 2,
    }


def test_a_chat_that_was_left_is_closed_after_a_time_and_can_be_gone_on_with(onelane: Onelane, clock: Clock) -> None:
    chat = begun(onelane)
    chat.leave()
    clock.advance(minutes=59)
    assert close_silent_runs(onelane.database, 60) == 0
    clock.advance(minutes=2)
    assert close_silent_runs(onelane.database, 60) == 1

    row = row_of(onelane, chat.run_id)
    assert (row["status"], row["claim"]) == ("failed", None)
    assert row["status_reason"].startswith("The terminal that it was held at was not heard of for 60 minutes")
    again = door(onelane).take_up(chat.run_id)
    assert again.is_answered
    assert again.message == "You said 1 things."
    again.close()
    assert row_of(onelane, chat.run_id)["status"] == "completed"


@pytest.mark.parametrize("ends_by", ["another chat", "the clock", "a person who cancels it"])
def test_what_a_chat_held_when_its_process_died_counts_as_spent(onelane: Onelane, clock: Clock, ends_by: str) -> None:
    chat = begun(onelane)
    chat.leave()
    scope = Scope(f"run:{chat.run_id}", {})
    with onelane.database.write() as session:
        before = budgets.get_budget(session, scope.name)
        budgets.hold(session, chat.run_id, "turn:1", [scope], Amounts(turns=1, tokens=500, usd=0.25))
    if ends_by == "another chat":
        door(onelane, Watching(at_wait=lambda: clock.advance(seconds=20))).take_up(chat.run_id).leave()
    elif ends_by == "the clock":
        clock.advance(minutes=61)
        assert close_silent_runs(onelane.database, 60) == 1
    else:
        onelane.call("control_run", {"run_id": chat.run_id, "action": "cancel"}, Caller(Face.CLI))
    with onelane.database.read() as session:
        after = budgets.get_budget(session, scope.name)
    assert before is not None
    assert after is not None
    assert (after.held_turns, after.held_tokens, after.held_usd) == (0, 0, 0.0)
    assert (after.spent_turns, after.spent_tokens) == (before.spent_turns + 1, before.spent_tokens + 500)
    assert after.spent_usd == pytest.approx(before.spent_usd + 0.25)


def test_a_lost_chat_is_not_taken_up_by_the_engine(onelane: Onelane, clock: Clock) -> None:
    chat = begun(onelane)
    chat.leave()
    clock.advance(minutes=5)
    assert onelane.engine.sweep() == 0
    assert row_of(onelane, chat.run_id)["status"] == "running"


@pytest.mark.parametrize("action", ["pause", "retry", "resume"])
def test_the_engine_does_not_steer_a_chat_and_says_who_does(onelane: Onelane, action: str) -> None:
    chat = begun(onelane)
    with pytest.raises(Conflict, match=f"onelane chat --run {chat.run_id}"):
        onelane.call("control_run", {"run_id": chat.run_id, "action": action}, Caller(Face.CLI))
    chat.close()


def test_a_chat_that_is_cancelled_elsewhere_ends(onelane: Onelane) -> None:
    chat = begun(onelane)
    onelane.call("control_run", {"run_id": chat.run_id, "action": "cancel"}, Caller(Face.CLI))
    with pytest.raises(ChatTaken, match="is cancelled"):
        chat.hear("Still there?")
    assert not chat.is_open
    assert row_of(onelane, chat.run_id)["status"] == "cancelled"


def test_the_options_of_a_chat_hold_when_it_is_continued(onelane: Onelane, api: MessagesApi) -> None:
    chat = begun(onelane)
    chat.close()
    again = door(onelane, wishes=ChatOptions("claude-opus-5-5", 0.0)).take_up(chat.run_id)
    again.hear("More, please.")
    assert "budget of $0.00" in (again.answer().reason or "")
    again.close()
    once_more = door(onelane, wishes=ChatOptions(budget_usd=3.0)).take_up(chat.run_id)
    assert not once_more.is_answered
    assert once_more.answer().status is RunStatus.COMPLETED
    once_more.close()
    assert [each.model for each in api.journal.exchanges] == ["claude-sonnet-5-5", "claude-opus-5-5"]


def test_after_a_refusal_one_can_say_something_else(onelane_at: Callable[[MessagesApi], Onelane]) -> None:
    def answer(request: Request) -> Sequence[Part]:
        return [says("Of course.")] if "Then" in request.said else [says("I"), refuses()]

    with serving_messages(always(answer)) as api:
        onelane = onelane_at(api)
        chat = door(onelane).begin("Do something odd.")
        assert "declined" in (chat.answer().reason or "")
        chat.hear("Then tell me the time.")
        assert chat.answer().result["message"] == "Of course."
        sent = messages(api)
        chat.close()
        again = door(onelane).take_up(chat.run_id)
        again.hear("Then thank you.")
        again.answer()
        assert messages(api)[: len(sent)] == sent
        again.close()


def test_calls_that_were_not_made_when_the_person_stopped_are_never_made(
    onelane_at: Callable[[MessagesApi], Onelane], clock: Clock
) -> None:
    script = Script(
        [says("I write both down."), calls("save_contact", name="Ada"), calls("save_contact", name="Grace")],
        [says("Neither, then.")],
    )
    with serving_messages(script) as api:
        onelane, watching = onelane_at(api), Watching()
        chat = door(onelane, watching).begin("Write down some people.")
        watching.at_turn = chat.stop
        chat.answer()
        watching.at_turn = lambda: None
        assert chat.was_stopped
        chat.leave()
        clock.advance(minutes=1)
        again = door(onelane, watching).take_up(chat.run_id)
        assert again.is_answered
        again.hear("None of them.")
        again.answer()
        results = messages(api)[-1]["content"]
        assert [block["type"] for block in results] == ["tool_result", "tool_result", "text"]
        assert "The person stopped you before this was done." in results[0]["content"][0]["text"]
        assert results[2]["text"] == "None of them."
        again.close()
    with onelane.database.read() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM contacts").scalar_one() == 0


def test_an_open_question_is_asked_again_when_the_person_is_back(
    onelane_at: Callable[[MessagesApi], Onelane],
) -> None:
    template_id = ""

    def deletes(request: Request) -> Part:
        return calls("delete_template", template_id=template_id)

    script = Script(deletes, says("Gone."))
    with serving_messages(script) as api:
        onelane = onelane_at(api)
        template_id = spring(onelane)
        chat = door(onelane).begin("Delete Spring.")
        assert chat.answer().status is RunStatus.PAUSED
        chat.close()
        assert open_tasks(onelane) == 1
        again = door(onelane, approver=Willing()).take_up(chat.run_id)
        assert not again.is_answered
        assert again.answer().result["message"] == "Gone."
        assert again.close().status is RunStatus.COMPLETED
    assert open_tasks(onelane) == 0
    with onelane.database.read() as session:
        assert templates.get_template(session, template_id) is None


def test_the_first_turn_of_a_chat_costs_fewer_than_7500_tokens(
    onelane_at: Callable[[MessagesApi], Onelane],
) -> None:
    sizes: list[int] = []

    def hears(request: Request) -> Part:
        sizes.append(len(json.dumps(request.body, separators=(",", ":"))) // 4)
        return says("Hello.")

    with serving_messages(Script(hears)) as api:
        chat = door(onelane_at(api)).begin("Hello.")
        chat.answer()
        chat.close()
    assert sizes[0] < FIRST_TURN_TOKENS


def test_a_person_who_stops_instead_of_answering_has_allowed_nothing(
    onelane_at: Callable[[MessagesApi], Onelane],
) -> None:
    template_id = ""

    def deletes(request: Request) -> Part:
        return calls("delete_template", template_id=template_id)

    script = Script(deletes, says("As you like."))
    with serving_messages(script) as api:
        onelane = onelane_at(api)
        template_id = spring(onelane)
        chat = door(onelane, approver=Leaving()).begin("Delete Spring.")
        chat.answer()
        assert chat.was_stopped
        chat.hear("Leave it.")
        assert chat.answer().result["message"] == "As you like."
        chat.close()
    assert open_tasks(onelane) == 0
    with onelane.database.read() as session:
        assert templates.get_template(session, template_id) is not None


def spring(onelane: Onelane) -> str:
    with onelane.database.write() as session:
        return templates.create_template(session, name="Spring", template_type=TemplateType.OUTREACH).id


def open_tasks(onelane: Onelane) -> int:
    with onelane.database.read() as session:
        return sum(tasks.count_open_tasks(session).values())
