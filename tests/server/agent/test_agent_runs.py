"""Agent runs: what the model thinks, asks for and is told is recorded as it happens, and the run goes on from there."""

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.people import contacts
from onelane.tools.registry.ports.models import NoModel
from tests.server.agent.agents import agency
from tests.server.agent.script import Script, by_goal, calls, pauses, refuses, runs_out, says, searches, thinks


def test_thoughts_choices_calls_and_results_are_steps_in_their_order(database: Database) -> None:
    script = Script(
        [thinks("They want Ada."), says("I look for Ada."), calls("search_contacts", query="ada")],
        [says("There is no Ada.")],
    )
    with agency(database, script) as agents:
        run_id = agents.start("Find Ada.")

        assert agents.kinds(run_id) == [
            "thinking",
            "decision",
            "tool_call:search_contacts",
            "tool_result:search_contacts",
            "decision",
        ]
        thought, chosen, call, result, end = agents.steps(run_id)
        assert thought["output"]["thinking"] == "They want Ada."
        assert thought["output"]["signature"]
        assert chosen["output"]["chose"] == ["search_contacts"]
        assert chosen["output"]["says"] == {"1": "I look for Ada."}
        assert (call["input"], call["status"]) == ({"query": "ada"}, "completed")
        assert "No contacts." in result["output"]["text"]
        assert end["output"]["stop_reason"] == "end_turn"
        run = agents.run(run_id)
        assert run["status"] == "completed"
        assert run["model"] == "claude-sonnet-5-5"
        assert '"message":"There is no Ada."' in run["result"]


def test_calls_of_one_turn_are_answered_together_in_their_order(database: Database) -> None:
    script = Script(
        [calls("search_contacts", query="ada"), calls("list_templates"), calls("overview")],
        [says("Done.")],
    )
    with agency(database, script) as agents:
        run_id = agents.start()

        results = [step for step in agents.steps(run_id) if step["step_type"] == "tool_result"]
        assert [step["tool"] for step in results] == ["search_contacts", "list_templates", "overview"]
        sent = agents.sent(1)[-1]["content"]
        assert [block["type"] for block in sent] == ["tool_result"] * 3


def test_a_tool_with_a_step_type_of_its_own_is_recorded_so_and_once(database: Database) -> None:
    with database.write() as session:
        ada = contacts.create_contact(session, name="Ada Lovelace").id
    script = Script(
        [says("She left."), calls("archive_contacts", contact_ids=[ada], reason="left the field")],
        [says("Archived.")],
    )
    with agency(database, script) as agents:
        run_id = agents.start()

        assert agents.kinds(run_id) == [
            "decision",
            "tool_call:archive_contacts",
            "contact_archive:archive_contacts",
            "tool_result:archive_contacts",
            "decision",
        ]
        text = agents.sent(1)[-1]["content"][0]["content"][0]["text"]
        assert "1 archived: Ada Lovelace" in text
        assert len(agents.api.journal.exchanges) == 2


def test_a_model_reads_short_ids_and_calls_with_them(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        ada = contacts.create_contact(session, name="Ada Lovelace").id
    short = f"con_{ada[-8:]}"
    script = Script(
        [calls("get_contact", contact_id=ada)],
        [calls("archive_contacts", contact_ids=[short], reason="left the field")],
        [says("Archived.")],
    )
    with agency(sqlite_database, script) as agents:
        agents.start()

        read = [agents.sent(turn)[-1]["content"][0]["content"][0]["text"] for turn in (1, 2)]
        assert (short in read[0], ada in read[0]) == (True, False)
        assert "1 archived: Ada Lovelace" in read[1]


def test_a_failed_call_is_told_to_the_model_and_the_run_goes_on(database: Database) -> None:
    script = Script(
        [calls("get_contact", contact_id="con_none"), calls("serch_contacts", query="ada")],
        [says("Nobody there.")],
    )
    with agency(database, script) as agents:
        run_id = agents.start()

        first, second = (step for step in agents.steps(run_id) if step["step_type"] == "tool_result")
        assert (first["status"], first["output"]["is_error"]) == ("failed", True)
        assert "There is no contact" in first["error"]
        assert "You have no tool 'serch_contacts' here" in second["error"]
        assert agents.run(run_id)["status"] == "completed"


def test_tokens_and_cost_are_right_after_every_turn(database: Database) -> None:
    script = Script([calls("overview")], [calls("overview")], [says("Done.")])
    with agency(database, script) as agents:
        run_id = agents.start()

        run, answered = agents.run(run_id), [each.usage for each in agents.api.journal.wait_for(3, "whole")]
        assert run["input_tokens"] == sum(usage["input_tokens"] for usage in answered if usage)
        assert run["output_tokens"] == sum(usage["output_tokens"] for usage in answered if usage)
        assert run["cache_read_tokens"] == sum(usage["cache_read_input_tokens"] for usage in answered if usage)
        assert run["cache_write_tokens"] == sum(usage["cache_creation_input_tokens"] for usage in answered if usage)
        costs = [step["output"]["cost_usd"] for step in agents.steps(run_id) if step["step_type"] == "decision"]
        assert run["cost_usd"] == pytest.approx(sum(costs))
        assert min(costs) > 0


def test_a_paused_turn_is_sent_back_as_it_is_and_goes_on(database: Database) -> None:
    script = Script([searches("ada lovelace", Ada="https://ada.example"), pauses()], [says("Found.")])
    with agency(database, script) as agents:
        run_id = agents.start()

        assert agents.kinds(run_id) == ["decision", "web_search:web_search", "decision"]
        again = agents.sent(1)
        assert [message["role"] for message in again] == ["user", "assistant"]
        assert agents.run(run_id)["status"] == "completed"


def test_a_refusal_ends_the_run_and_says_so(database: Database) -> None:
    with agency(database, Script([says("I"), refuses()])) as agents:
        run_id = agents.start()

        run = agents.run(run_id)
        assert run["status"] == "failed"
        assert "declined" in run["status_reason"]
        assert agents.steps(run_id)[0]["status"] == "failed"


def test_an_answer_that_was_cut_off_goes_on_where_it_stopped(database: Database) -> None:
    script = Script([says("The first half"), runs_out()], [says("and the second.")])
    with agency(database, script) as agents:
        run_id = agents.start()

        nudge = agents.sent(1)[-1]
        assert nudge["content"][0]["text"].startswith("You reached the length")
        assert agents.run(run_id)["status"] == "completed"


def test_a_call_that_was_cut_off_is_not_made(database: Database) -> None:
    script = Script(
        [says("I make a list."), calls("archive_contacts", contact_ids=["con_1"], reason="half of"), runs_out()],
        [says("Better not.")],
    )
    with agency(database, script) as agents:
        run_id = agents.start()

        assert agents.kinds(run_id) == ["decision", "decision"]
        assert "was not made" in agents.sent(1)[-1]["content"][0]["text"]


def test_a_run_without_a_key_says_what_to_do(sqlite_database: Database) -> None:
    keyless = agency(sqlite_database, Script([says("Hello.")]), has_key=False)
    with keyless as agents, pytest.raises(NoModel, match="ANTHROPIC_API_KEY"):
        agents.start()


@pytest.mark.parametrize(
    ("config", "model"), [({}, "claude-haiku-5-5"), ({"extractModel": "claude-opus-5"}, "claude-opus-5")]
)
def test_texts_are_read_by_the_model_that_the_run_names(
    sqlite_database: Database, config: dict[str, str], model: str
) -> None:
    text = "Ada Lovelace works at Engines."
    facts = '{"name": {"value": "Ada Lovelace", "quote": "Ada Lovelace works"}}'
    script = by_goal(
        {"Read": Script([calls("llm_extract", text=text, want="person")], [says("Done.")])},
        extraction=lambda request: [says(facts)],
    )
    with agency(sqlite_database, script) as agents:
        run_id = agents.start("Read it.", **config)

        assert [each.model for each in agents.api.journal.exchanges] == [
            "claude-sonnet-5-5",
            model,
            "claude-sonnet-5-5",
        ]
        run = agents.run(run_id)
        read = sum(step["output"]["prompt_tokens"] for step in agents.steps(run_id) if step["step_type"] == "decision")
        assert run["input_tokens"] + run["cache_read_tokens"] + run["cache_write_tokens"] > read
