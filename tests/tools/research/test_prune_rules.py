"""Rules say why a contact can be done without, and only when all of them hold."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from onelane.tools.research.prune_rules import Prunable, PruneCriteria, why_prune

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


def contact(**known: Any) -> Prunable:
    """Somebody imported a hundred days ago of whom nothing is known but this."""
    usual: dict[str, Any] = {
        "id": "con_1", "name": "Ada Example", "title": None, "company": None, "email": None, "fields": {},
        "tags": [], "enrichment_score": 15, "created_at": NOW - timedelta(days=100),
        "last_interaction_at": None, "was_contacted": False,
    }  # fmt: skip
    return Prunable(**{**usual, **known})


def why(known: Prunable, **criteria: Any) -> str | None:
    return why_prune(known, PruneCriteria.model_validate(criteria), NOW)


@pytest.mark.parametrize(
    ("criteria", "goes", "stays"),
    [
        ({"noInteractionDays": 30}, {"last_interaction_at": NOW - timedelta(days=31)}, {"last_interaction_at": NOW}),
        ({"noInteractionDays": 30}, {}, {"created_at": NOW - timedelta(days=2)}),
        ({"maxEnrichmentScore": 20}, {"enrichment_score": 20}, {"enrichment_score": 21}),
        ({"withoutEmail": True}, {}, {"email": "ada@example.com"}),
        ({"withoutCompany": True}, {}, {"company": "Acme"}),
        ({"companyIn": ["Acme"]}, {"company": "ACME GmbH"}, {"company": "Acme Labs"}),
        ({"companyIn": "Acme"}, {"company": "acme, inc."}, {}),
        ({"titleMatches": ["CTO"]}, {"title": "CTO & Founder"}, {"title": "Director"}),
        ({"titleMatches": ["head of sales"]}, {"title": "Global Head of Sales"}, {"title": "Head of all Sales"}),
        ({"titleMatches": ["(a+)+$"]}, {"title": "a"}, {"title": "a" * 50}),
        ({"importedBefore": "2026-10-01"}, {}, {"created_at": NOW}),
        ({"importedBefore": int(NOW.timestamp())}, {}, {"created_at": NOW}),
        ({"tagsAny": ["Old"]}, {"tags": ["old"]}, {"tags": ["older"]}),
        ({"withoutEmail": True, "tagsNone": ["VIP"]}, {"tags": ["x"]}, {"tags": ["vip"]}),
        ({"neverContacted": True}, {}, {"was_contacted": True}),
    ],
)
def test_each_rule_says_who_goes_and_who_stays(
    criteria: dict[str, Any], goes: dict[str, Any], stays: dict[str, Any]
) -> None:
    assert why(contact(**goes), **criteria)
    assert why(contact(**stays), **criteria) is None


def test_all_rules_must_hold_and_all_are_told() -> None:
    assert why(contact(), withoutEmail=True, withoutCompany=True) == "No e-mail address; no company."
    assert why(contact(company="Acme"), withoutEmail=True, withoutCompany=True) is None


def test_without_rules_everybody_stays() -> None:
    assert why(contact()) is None
    assert why(contact(), tagsNone=["vip"]) is None
