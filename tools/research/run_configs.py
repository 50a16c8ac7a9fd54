"""The settings of the run types `enrich`, `search` and `prune` (docs/research.md)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal, cast

from pydantic import Field, StringConstraints

from onelane.tools.people.contact_fields import Tags
from onelane.tools.people.fact_fields import FactField
from onelane.tools.registry.runs.run_config import ContactIds, Mode, RunConfig, Words
from onelane.tools.research.prune_rules import Entries, PruneCriteria
from onelane.tools.research.research import LONGEST_QUERY, MOST_HITS

USUAL_SCORE = 70
"""Below it contacts are looked at when a config says nothing of whom."""

Query = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_QUERY)]


class EnrichConfig(RunConfig):
    """The settings of an enrich run."""

    max_contacts: int = Field(default=50, ge=1, le=10_000, description="the most contacts to look at")
    below_score: Annotated[int, Field(ge=1, le=101)] | None = Field(
        default=None,
        description=f"only contacts with a score below it; {USUAL_SCORE} when nothing says whom to look at",
    )
    missing: tuple[FactField, ...] = Field(
        default=(),
        max_length=len(FactField),
        description="only contacts that lack one of these; what else their pages say is taken too",
    )
    mode: Mode = Field(default=Mode.AUTO, description="who reads the pages; auto: the model when there is one")
    contact_ids: ContactIds | None = Field(default=None, description="only these contacts, by id")
    max_pages: int = Field(default=4, ge=1, le=20, description="the most pages to read for one contact")
    instructions: Words | None = Field(default=None, description="what the model heeds when it reads")
    sync_sub_type: Literal["x_enrich"] | None = Field(
        default=None, description="x_enrich: ask X itself about its users, instead of reading pages"
    )
    max_profiles: Annotated[int, Field(ge=1, le=1_000_000, strict=True)] | None = Field(
        default=None, description="with x_enrich: the most users to ask about"
    )

    @property
    def score(self) -> int | None:
        """Below which score contacts are looked at; None for any."""
        says_whom = self.below_score is not None or self.missing or self.contact_ids is not None
        return self.below_score if says_whom else USUAL_SCORE

    @classmethod
    def title(cls, config: Mapping[str, Any]) -> str:
        """Whom it looks at."""
        ids, missing_fields = _list_of(config, "contactIds"), _list_of(config, "missing")
        if config.get("syncSubType"):
            return f"Look up {f'{len(ids):,} contacts' if len(ids) > 1 else 'a contact' if ids else 'people'} at X"
        if ids:
            return f"Enrich {len(ids):,} contact{'' if len(ids) == 1 else 's'}"
        if missing_fields:
            return f"Enrich contacts without {', '.join(map(str, missing_fields))}"
        return super().title(config)


class SearchConfig(RunConfig):
    """The settings of a search run."""

    queries: tuple[Query, ...] = Field(min_length=1, max_length=50, description="what to ask the search engine")
    max_results: int = Field(default=30, ge=1, le=500, description="the most pages to read, of all queries together")
    max_contacts: int = Field(default=25, ge=1, le=1_000, description="new contacts, after which it is done")
    requirements: Words | None = Field(default=None, description="who is looked for, in words; the model judges")
    tags: Tags = Field(default=[], description="tags for those who are found")
    mode: Mode = Field(default=Mode.AUTO, description="who reads the pages; auto: the model when there is one")

    @property
    def hits_a_query(self) -> int:
        """How many results each query is asked for."""
        return min(MOST_HITS, -(-self.max_results // len(self.queries)))

    @classmethod
    def title(cls, config: Mapping[str, Any]) -> str:
        """What it asks first."""
        queries = _list_of(config, "queries")
        if not queries:
            return super().title(config)
        more = f" and {len(queries) - 1} more" if len(queries) > 1 else ""
        return f"Search: {queries[0]}{more}"


class PruneMode(StrEnum):
    """Who decides."""

    RULES = "rules"
    WORDS = "words"
    AUTO = "auto"


class PruneConfig(RunConfig):
    """The settings of a prune run."""

    mode: PruneMode = Field(default=PruneMode.AUTO, description="who decides; auto: the model when words are given")
    criteria: PruneCriteria = Field(
        default=PruneCriteria(), description="what must hold for a contact that can be archived"
    )
    words: Words | None = Field(default=None, description="whom to archive, in words; the model decides")
    max_contacts: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        default=None, description="the most contacts to look at"
    )
    dry_run: bool = Field(default=False, description="only say who would be archived")
    keep: Entries = Field(default=(), description="ids and tags of contacts that stay, whatever the rest says")

    @property
    def asks_model(self) -> bool:
        """Whether the language model decides; rules narrow down then who it is asked about."""
        return self.mode is PruneMode.WORDS or (self.mode is PruneMode.AUTO and self.words is not None)

    @classmethod
    def title(cls, config: Mapping[str, Any]) -> str:
        """Whom it archives, in the person's words or by its rules."""
        criteria: object = config.get("criteria")
        rules = cast("dict[str, object]", criteria) if isinstance(criteria, dict) else {}
        rule_text = ", ".join(_rule(name, value) for name, value in rules.items() if value not in (None, False, [], ""))
        subject = str(config.get("words") or "") or rule_text
        if not subject:
            return super().title(config)
        return f"{'Who would be archived' if config.get('dryRun') else 'Archive'}: {subject}"


def _list_of(config: Mapping[str, Any], name: str) -> list[object]:
    value: object = config.get(name)
    return cast("list[object]", value) if isinstance(value, list) else []


def _rule(name: str, value: object) -> str:
    """A criterion as it is read: `noInteractionDays` 365 is "no interaction days 365"."""
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
    if value is True:
        return words
    values = cast("list[object]", value) if isinstance(value, list) else [value]
    return f"{words} {', '.join(map(str, values))}"
