"""Budgets: what a run may spend is held before each call, and a run that reaches one ends with what it has."""

import pytest

from onelane.server.agent.budget_keeper import RunBudgetKeeper
from onelane.server.agent.model import Usage
from onelane.storage.database.engine import Database
from onelane.storage.workflows import budgets, templates
from onelane.storage.workflows.budgets import BudgetUnit
from onelane.storage.workflows.runs import RunStatus, WorkflowType
from onelane.storage.workflows.templates import TemplateType
from onelane.tools.registry.budgets import USUAL_BUDGET, BudgetStop, run_budget
from onelane.tools.registry.errors import BadRequest
from onelane.tools.registry.short_ids import full_id
from onelane.tools.workflows.run_reading.run_views import RunWithSteps
from tests.server.agent.agents import Agency, agency
from tests.server.agent.script import Script, always, by_goal, calls, fails, says

FOR_EVER = always([says("I look once more."), calls("overview")])


@pytest.mark.parametrize(
    ("budget", "reason"),
    [
        ({"turns": 3}, "The budget of 3 turns for this run is used up."),
        ({"toolCalls": 2}, "The budget of 2 tool calls for this run is used up."),
        ({"tokens": 60_000}, "The budget of 60,000 tokens for this run is used up."),
        ({"usd": 0.06}, "The budget of $0.06 for this run is used up."),
        ({"minutes": 0}, "The budget of 0 minutes for this run is used up."),
    ],
)
def test_a_run_that_reaches_a_budget_ends_with_what_it_has_and_says_which(
    database: Database, budget: dict[str, float], reason: str
) -> None:
    with agency(database, FOR_EVER) as agents:
        run_id = agents.start(budget=budget)

        run = agents.run(run_id)
        assert (run["status"], run["status_reason"]) == ("completed", reason)
        last = agents.steps(run_id)[-1]
        assert (last["step_type"], last["output"]["why"]) == ("decision", reason)
        assert spent(database, f"run:{run_id}") <= budget.get("usd", 5)


def test_no_more_is_spent_than_the_budget_allows_to_the_token(sqlite_database: Database) -> None:
    with agency(sqlite_database, FOR_EVER) as agents:
        run_id = agents.start(budget={"tokens": 40_000})

        run = agents.run(run_id)
        used = run["input_tokens"] + run["output_tokens"] + run["cache_read_tokens"] + run["cache_write_tokens"]
        assert 0 < used <= 40_000
        allowed = [exchange.body["max_tokens"] for exchange in agents.api.journal.exchanges if exchange.body]
        assert allowed[-1] < allowed[0]


def test_a_run_that_shall_wait_is_paused_and_goes_on_with_a_larger_budget(database: Database) -> None:
    script = Script([calls("overview")], [calls("overview")], [says("Done.")])
    with agency(database, script) as agents:
        run_id = agents.start(budget={"turns": 2, "then": "pause"})
        assert agents.run(run_id)["status"] == "paused"
        assert "Resume it with a larger budget" in agents.run(run_id)["status_reason"]

        agents.call("control_run", run_id=run_id, action="resume", budget={"turns": 5})
        assert agents.run(run_id)["status"] == "completed"
        assert len(agents.api.journal.exchanges) == 3


def test_children_spend_from_their_parents_budget(database: Database) -> None:
    child = {"goal": "Count.", "budget": {"turns": 50}}
    script = by_goal(
        {"Count": FOR_EVER, "Lead": Script([calls("start_run", workflow_type="agent", config=child)], [says("Done.")])}
    )
    with agency(database, script) as agents:
        parent = agents.start("Lead.", budget={"turns": 4})

        child_id = next(iter(children(agents, parent)))
        assert agents.run(child_id)["status_reason"] == "The budget of 4 turns for this run is used up."
        assert len(agents.api.journal.exchanges) == 4


def test_a_templates_runs_share_what_it_may_spend_a_day(database: Database) -> None:
    with agency(database, FOR_EVER) as agents:
        with database.write() as session:
            kind = TemplateType.PROSPECTING
            template = templates.create_template(session, name="Daily", template_type=kind).id
        config = {"goal": "Look.", "dayBudget": {"turns": 3}}
        first = agents.start_of(WorkflowType.AGENT, config, template_id=template)
        second = agents.start_of(WorkflowType.AGENT, config, template_id=template)

        reason = f"The budget of 3 turns for template {template} on 2026-11-02 is used up."
        assert [agents.run(run_id)["status_reason"] for run_id in (first, second)] == [reason, reason]
        assert len(agents.api.journal.exchanges) == 3


def test_a_day_has_a_limit_for_all_runs_together(database: Database) -> None:
    with agency(database, FOR_EVER, day={BudgetUnit.USD: 0.06}) as agents:
        runs = [agents.start() for _ in range(2)]

        reasons = {agents.run(run_id)["status_reason"] for run_id in runs}
        assert reasons == {"The budget of $0.06 for 2026-11-02 is used up."}
        assert spent(database, "day:2026-11-02") <= 0.06


def test_a_finished_run_holds_no_budget(database: Database) -> None:
    with agency(database, Script([fails(400, "no such thing")])) as agents:
        run_id = agents.start()

        assert agents.run(run_id)["status"] == "failed"
        with database.read() as session:
            kept = budgets.get_budget(session, f"run:{run_id}")
        assert kept is not None
        assert (kept.held_turns, kept.held_tokens, kept.held_usd, kept.spent_turns) == (0, 0, 0.0, 0)


def test_a_keeper_that_comes_back_late_leaves_what_its_successor_holds(database: Database) -> None:
    with agency(database, Script([says("Hello.")])) as agents:
        run_id = agents.start()
    late, successor = (RunBudgetKeeper(database, holder=name) for name in ("late", "successor"))
    late.hold(run_id, "turn:1", 1_000, 2_000, "claude-sonnet-4-5")
    with database.write() as session:
        budgets.count_lost(session, run_id)
    granted = successor.hold(run_id, "turn:1", 1_000, 4_000, "claude-sonnet-4-5")

    late.release(run_id, "turn:1", Usage(), 0.0)

    with database.read() as session:
        kept = budgets.get_budget(session, f"run:{run_id}")
    assert kept is not None
    assert (kept.held_turns, kept.held_tokens) == (1, 1_000 + granted)


def test_a_model_without_a_known_price_has_no_cost_and_no_usual_limit_in_dollars(database: Database) -> None:
    with agency(database, Script([says("Hello.")])) as agents:
        run_id = agents.start(model="claude-of-another-house")

        run = agents.run(run_id)
        assert (run["status"], run["cost_usd"]) == ("completed", None), run["status_reason"]
        assert run["output_tokens"] > 0


def test_a_limit_in_dollars_that_cannot_be_kept_to_stops_the_run(database: Database) -> None:
    with agency(database, Script([says("Hello.")])) as agents:
        run_id = agents.start(model="claude-of-another-house", budget={"usd": 1})

        assert "price of this model is not known" in agents.run(run_id)["status_reason"]
        assert agents.api.journal.exchanges == []


@pytest.mark.parametrize("budget", [{"turns": "2"}, {"turns": 2.0, "usd": "", "minutes": None, "then": ""}])
def test_a_budget_is_read_however_a_model_writes_it(sqlite_database: Database, budget: object) -> None:
    with agency(sqlite_database, FOR_EVER) as agents:
        run = agents.run(agents.start(budget=budget, model="", effort=None))
    assert run["status_reason"] == "The budget of 2 turns for this run is used up."


def test_a_limit_that_a_model_leaves_empty_is_the_usual_one() -> None:
    for empty in ("", None):
        assert run_budget({"budget": {"turns": empty, "usd": empty}}).usd == USUAL_BUDGET.usd


@pytest.mark.parametrize(
    "budget", [{"turns": -1}, {"turns": True}, {"dollars": 3}, {"usd": "much"}, {"then": "explode"}]
)
def test_a_budget_that_makes_no_sense_is_refused_before_the_run(sqlite_database: Database, budget: object) -> None:
    with agency(sqlite_database, FOR_EVER) as agents, pytest.raises(BadRequest, match="A budget takes: turns"):
        agents.start(budget=budget)


def spent(database: Database, scope: str) -> float:
    with database.read() as session:
        row = budgets.get_budget(session, scope)
    return 0.0 if row is None else row.spent_usd


def children(agents: Agency, run_id: str) -> list[str]:
    outputs = [str(step["output"]) for step in agents.steps(run_id) if step["step_type"] == "tool_result"]
    read = [text[text.index("run_") :].split("\\t")[0] for text in outputs if "run_" in text]
    return [full_id(agents.database, each) for each in read]


def test_a_run_shows_those_that_it_started_and_what_they_cost_together(database: Database) -> None:
    grandchild = {"goal": "Count."}
    child = {"goal": "Look."}
    script = by_goal(
        {
            "Count": Script([says("One.")]),
            "Look": Script([calls("start_run", workflow_type="agent", config=grandchild)], [says("Done.")]),
            "Lead": Script([calls("start_run", workflow_type="agent", config=child)], [says("Done.")]),
        }
    )
    with agency(database, script) as agents:
        run_id = agents.start("Lead.")

        shown = agents.call("get_run", run_id=run_id)
        assert isinstance(shown, RunWithSteps)
        below = shown.children[0]
        assert [below.workflow_type, below.children[0].status] == [WorkflowType.AGENT, RunStatus.COMPLETED]
        costs = [agents.run(each)["cost_usd"] for each in (run_id, below.id, below.children[0].id)]
        assert shown.rolled_up is not None
        assert shown.rolled_up.cost_usd == pytest.approx(sum(costs))
        assert "Runs that it started:\n  run_" in shown.text()


def test_a_call_without_a_run_pays_ahead_and_gets_back_what_it_did_not_cost(sqlite_database: Database) -> None:
    keeper = RunBudgetKeeper(sqlite_database, lambda session: {BudgetUnit.USD: 0.05})
    keeper.hold(None, "who is ada", 1_000, 2_000, "claude-sonnet-4-5")
    ahead = spent(sqlite_database, "day:2026-11-02")
    with pytest.raises(BudgetStop, match=r"\$0\.05 for 2026-11-02"):
        RunBudgetKeeper(sqlite_database, lambda session: {BudgetUnit.USD: 0.05}).hold(
            None, "who is bob", 1_000, 2_000, "claude-sonnet-4-5"
        )
    keeper.release(None, "who is ada", Usage(input_tokens=500, output_tokens=20), 0.002)
    assert ahead == pytest.approx(0.03375)
    assert spent(sqlite_database, "day:2026-11-02") == pytest.approx(0.002)


def test_a_call_without_a_run_that_nobody_comes_back_from_has_been_paid(sqlite_database: Database) -> None:
    RunBudgetKeeper(sqlite_database).hold(None, "who is ada", 1_000, 2_000, "claude-sonnet-4-5")
    assert spent(sqlite_database, "day:2026-11-02") == pytest.approx(0.03375)


def test_a_text_that_is_read_twice_without_a_run_pays_ahead_for_the_second_attempt_alone(
    sqlite_database: Database,
) -> None:
    keeper = RunBudgetKeeper(sqlite_database)
    keeper.hold(None, "page", 1_000, 2_000, "claude-sonnet-4-5")
    keeper.hold(None, "page", 2_000, 2_000, "claude-sonnet-4-5")
    ahead = spent(sqlite_database, "day:2026-11-02")
    with sqlite_database.write() as session:
        keeper.settle(session, None, "page", Usage(input_tokens=1_500, output_tokens=100), 0.006)
    assert ahead == pytest.approx(0.0375)
    assert spent(sqlite_database, "day:2026-11-02") == pytest.approx(0.006)
