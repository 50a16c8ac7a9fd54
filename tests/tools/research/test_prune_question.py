"""Before a chat or a run prunes, its person reads in words whom, and who that would be now."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from onelane.storage.database.engine import Database
from onelane.storage.workflows import runs
from onelane.storage.workflows.runs import WorkflowType
from onelane.tools.registry.context import Caller, Face
from onelane.tools.research.prune_question import criteria_in_words
from onelane.tools.research.prune_rules import PruneCriteria
from tests.server.houses import House, house
from tests.storage.people import add

EVERYTHING: dict[str, object] = {
    "noInteractionDays": 365,
    "maxEnrichmentScore": 20,
    "withoutEmail": True,
    "withoutCompany": True,
    "companyIn": ["Acme", "Umbrella"],
    "titleMatches": ["intern"],
    "importedBefore": datetime(2026, 1, 1, tzinfo=UTC),
    "tagsAny": ["old"],
    "tagsNone": ["family"],
    "neverContacted": True,
}


@pytest.fixture
def onelane(sqlite_database: Database) -> House:
    for number in range(12):
        add(sqlite_database, f"Ada{number:02}", email=None if number else "ada@example.com")
    return house(sqlite_database)


def asked(onelane: House, config: Mapping[str, object]) -> str | None:
    """What is asked before a run starts a prune run of this config."""
    with onelane.database.write() as session:
        run = runs.create_workflow_run(session, workflow_type=WorkflowType.AGENT)
    given = {"workflow_type": "prune", "config": json.dumps(config)}
    question = onelane.toolbox.question("start_run", given, Caller(Face.AGENT, run.id), "call:0")
    return None if question is None else question.shown


def test_the_question_says_whom_how_many_and_who(onelane: House) -> None:
    names = ", ".join(f"Ada{number:02}" for number in range(1, 11))
    assert asked(onelane, {"criteria": {"withoutEmail": True, "tagsNone": ["family"]}, "keep": ["vip"]}) == (
        'Archive contacts that have no e-mail address and are not tagged "family"?\n'
        'These stay whatever holds: "vip".\n'
        f"Now that would be 11 of 12 looked at: {names} and 1 more.\n"
        "restore_contacts brings them back."
    )


def test_who_only_wants_to_know_is_not_asked(onelane: House) -> None:
    assert asked(onelane, {"criteria": {"withoutEmail": True}, "dryRun": True}) is None


def test_a_model_that_decides_by_words_is_said_with_its_words_and_its_money(onelane: House) -> None:
    said = asked(onelane, {"words": "who left the field", "maxContacts": 50, "budget": {"usd": 2}})
    assert said is not None
    assert "where a language model finds that this is meant: who left the field" in said
    assert "No more than 50 contacts are looked at." in said
    assert "usd 2" in said


def test_every_criterion_has_words_of_its_own() -> None:
    criteria = PruneCriteria.model_validate(EVERYTHING)
    assert set(EVERYTHING) == {field.alias for field in PruneCriteria.model_fields.values()}
    words = criteria_in_words(criteria)
    assert words.count(" and ") == len(EVERYTHING) - 1
    assert '"Acme" or "Umbrella"' in words
