"""What a person is asked before a prune run begins: whom it archives, in words, and how many that are now."""

from collections.abc import Iterator, Sequence
from typing import cast

from onelane.storage.database.engine import Session
from onelane.storage.workflows import contact_batches
from onelane.tools.people.contact_fields import one_line
from onelane.tools.registry.context import Context
from onelane.tools.research.prune_rules import UNTOUCHABLE, Prunable, PruneCriteria, Spared, why_prune
from onelane.tools.research.run_configs import PruneConfig

_PAGE, _MOST_LOOKED_AT, _NAMES = 1_000, 20_000, 10
_PHRASES = {
    "no_interaction_days": "had no message for {} days",
    "max_enrichment_score": "have an enrichment score of at most {}",
    "without_email": "have no e-mail address",
    "without_company": "have no company",
    "company_in": "work for {}",
    "title_matches": "have {} in the title",
    "imported_before": "came in before {}",
    "tags_any": "are tagged {}",
    "tags_none": "are not tagged {}",
    "never_contacted": "were never written to",
}


def prune_question(ctx: Context, config: PruneConfig) -> str | None:
    """The question, with whom a run by rules would archive now; None for a run that only says whom.

    Args:
        ctx: who asks
        config: the run's settings
    """
    if config.dry_run:
        return None
    lines = [_headline(config), *_limits(config), _now(ctx.session, config), "restore_contacts brings them back."]
    return "\n".join(line for line in lines if line)


def criteria_in_words(criteria: PruneCriteria) -> str:
    """What must hold for a contact, such as `have no e-mail address and were never written to`."""
    criterion_values = criteria.model_dump(exclude_defaults=True)
    return " and ".join(_PHRASES[name].format(_value_text(value)) for name, value in criterion_values.items())


def _headline(config: PruneConfig) -> str:
    criteria = criteria_in_words(config.criteria)
    contact_phrase = f"contacts that {criteria}" if criteria else "contacts"
    if config.asks_model:
        return f"Archive {contact_phrase}, where a language model finds that this is meant: {config.words}"
    return f"Archive {contact_phrase}?"


def _limits(config: PruneConfig) -> Iterator[str]:
    """What else the settings say: who stays, how many are looked at, what it may spend."""
    if config.keep:
        yield f"These stay whatever holds: {_value_text(config.keep)}."
    if config.max_contacts is not None:
        yield f"No more than {config.max_contacts:,} contacts are looked at."
    if config.budget is not None:
        spent = config.budget.model_dump(mode="json", by_alias=True, exclude_none=True)
        yield f"It may spend: {', '.join(f'{name} {value}' for name, value in spent.items())}."


def _now(session: Session, config: PruneConfig) -> str:
    """How many it would be if it ran now, and the first of them by name."""
    if config.asks_model:
        return ""
    looked_at, matching_names = _preview(session, config)
    among = f"{looked_at:,} looked at" if looked_at < _MOST_LOOKED_AT else f"the first {looked_at:,}"
    more = f" and {len(matching_names) - _NAMES:,} more" if len(matching_names) > _NAMES else ""
    names = ", ".join(one_line(name) for name in matching_names[:_NAMES])
    text = f"Now that would be {len(matching_names):,} of {among}"
    return f"{text}: {names}{more}." if names else f"{text}."


def _preview(session: Session, config: PruneConfig) -> tuple[int, Sequence[str]]:
    """How many were looked at, and the names of those who would be archived."""
    looked_at, names, after_id, spared = 0, list[str](), "", Spared(config.keep)
    most = min(config.max_contacts or _MOST_LOOKED_AT, _MOST_LOOKED_AT)
    while looked_at < most:
        limit = min(_PAGE, most - looked_at)
        page = contact_batches.read_prunable(
            session, after_id=after_id, limit=limit, untouchable=UNTOUCHABLE, locks=False
        )
        contacts = (each for each in map(Prunable.of, page) if each not in spared)
        names += [each.name for each in contacts if why_prune(each, config.criteria, session.now())]
        looked_at += len(page)
        if len(page) < limit:
            break
        after_id = page[-1]["id"]
    return looked_at, names


def _value_text(value: object) -> str:
    if isinstance(value, tuple):
        return " or ".join(f'"{one_line(str(each))}"' for each in cast("tuple[object, ...]", value))
    return str(value)
