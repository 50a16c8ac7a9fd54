"""What a sync brought, in numbers that mean one thing each, and in words (docs/sync.md, "Result")."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from onelane.storage.workflows.run_ends import ERRORS_KEPT
from onelane.tools.registry.runs.record import Json

_ONE = {"people": "person", "messages": "message", "invitations": "invitation", "posts": "post"}
KINDS = tuple(_ONE)
EXAMPLES = 3
"""So many lines are named for each reason."""
_REASONS_KEPT = 20
_OTHER = "other reasons"


@dataclass(slots=True)
class SyncResult:
    """What a sync brought: docs/sync.md, "Result"."""

    added: int = 0
    updated: int = 0
    skipped: int = 0
    error_count: int = 0
    errors: list[str] = field(default_factory=list[str])
    """The first ten, each with its line and reason."""
    extra: Json = field(default_factory=dict[str, Any])
    """More that the sync has to say, such as how many merge proposals it made."""
    sentence: str | None = None
    """What it brought, in its own words."""
    nothing: str = "The export holds nobody and nothing"
    """What is said when nothing came and nothing was known."""
    further: list[str] = field(default_factory=list[str])
    """Sentences behind those on what came in."""

    def as_json(self, duration_ms: int) -> Json:
        """The run's result."""
        result: Json = {
            "added": self.added,
            "updated": self.updated,
            "skipped": self.skipped,
            "errorCount": self.error_count,
            "errors": self.errors,
            "durationMs": duration_ms,
            **self.extra,
        }
        message_parts = [*sentences(result, self.nothing), *self.further]
        return {**result, "message": self.sentence or " ".join(f"{sentence}." for sentence in message_parts)}


def counts_of(pages: Sequence[Json]) -> Json:
    """What became of each kind of thing, over all pages; kinds of which there is nothing are left out, but people."""
    counts: Json = {}
    for kind in KINDS:
        of_kind = {
            name: sum(page.get(kind, {}).get(name, 0) for page in pages) for name in ("added", "updated", "known")
        }
        if kind == "people" or any(of_kind.values()):
            counts[kind] = of_kind
    return counts


def reasons_of(lines: Iterable[tuple[str, int, str]]) -> list[Json]:
    """How often each reason occurs, and where it does first.

    Args:
        lines: a reason, the line that it is about, and what stands there, which may be empty
    """
    counts_by_reason: dict[str, Json] = {}
    for exact_reason, line, value in lines:
        reason = exact_reason if exact_reason in counts_by_reason or len(counts_by_reason) < _REASONS_KEPT else _OTHER
        entry = counts_by_reason.setdefault(reason, {"reason": reason, "count": 0, "examples": []})
        entry["count"] += 1
        if entry["count"] <= EXAMPLES:
            entry["examples"].append(f"line {line}: {value}" if value else f"line {line}")
    return list(counts_by_reason.values())


def united_reasons(pages: Sequence[Json], name: str) -> list[Json]:
    """The reasons of all pages, the most frequent first; what is beyond the first twenty counts as other."""
    counts_by_reason: dict[str, Json] = {}
    for each in (each for page in pages for each in page.get(name, ())):
        entry = counts_by_reason.setdefault(each["reason"], {"reason": each["reason"], "count": 0, "examples": []})
        entry["count"] += each["count"]
        entry["examples"] = [*entry["examples"], *each["examples"]][:EXAMPLES]
    reasons = sorted(counts_by_reason.values(), key=lambda each: -each["count"])
    if other_count := sum(each["count"] for each in reasons[_REASONS_KEPT:]):
        return [*reasons[:_REASONS_KEPT], {"reason": _OTHER, "count": other_count, "examples": []}]
    return reasons


def first_errors(pages: Sequence[Json]) -> list[str]:
    """The first ten errors of a run, from what its pages recorded."""
    return [error for page in pages for error in page.get("errors", [])][:ERRORS_KEPT]


def sentences(result: Json, nothing: str = "Nothing came in") -> list[str]:
    """A result in words: what came, what was known, what was left out and why. Strangers' words are not quoted."""
    return [*_count_texts(result, nothing), *_refusal_texts(result), *_left_out(result), *_proposal_texts(result)]


def _count_texts(result: Json, nothing: str) -> Iterator[str]:
    known_count = sum(result.get(kind, {}).get("known", 0) for kind in KINDS)
    if result["added"] or result["updated"]:
        kinds = [kind for kind in KINDS if any(result.get(kind, {}).values())]
        yield from (_of_kind(kind, result[kind]) for kind in kinds)
        if not kinds:
            yield f"{result['added']:,} added, {result['updated']:,} updated"
    elif known_count:
        yield f"Nothing new: {'all ' if known_count == result['skipped'] else ''}{known_count:,} were known already"
    elif result["skipped"] or result["errorCount"]:
        yield "Nothing new"
    else:
        yield nothing


def _of_kind(kind: str, counts: Json) -> str:
    noun = _ONE[kind] if counts["added"] == 1 else kind
    known_text = f", {counts['known']:,} known already" if counts["known"] else ""
    updated_text = f", {counts['updated']:,} updated" if counts["updated"] else ""
    return f"{counts['added']:,} {noun} added{updated_text}{known_text}"


def _left_out(result: Json) -> Iterator[str]:
    for each in result.get("skippedBecause", ()):
        yield f"{each['count']:,} skipped: {each['reason']}{_lines(each)}"
    for each in result.get("notUnderstood", ()):
        yield f"{each['count']:,} not understood: {each['reason']}{_lines(each)}"
    if result["errorCount"]:
        yield _unread(result["errorCount"], result.get("unreadBecause", ()))
    if files := result.get("filesLeftOut"):
        yield (f"Not read, since it seems to be a copy: {', '.join(files)}; import it by itself if it is the right one")


def _refusal_texts(result: Json) -> Iterator[str]:
    if count := result.get("refusals"):
        yield f"{count:,} want{'s' if count == 1 else ''} no letters (consent: refused), so no sequence writes to them"


def _proposal_texts(result: Json) -> Iterator[str]:
    if count := result.get("proposals"):
        yield f"{count:,} may be {'a person' if count == 1 else 'people'} whom you have twice: list_tasks shows them"


def _unread(count: int, reasons: Iterable[Json]) -> str:
    why = "; ".join(f"{each['reason']}{_lines(each)}".strip() for each in reasons)
    return f"{count:,} {'line' if count == 1 else 'lines'} could not be read{f': {why}' if why else ''}"


def _lines(each: Json) -> str:
    numbers = list(dict.fromkeys(example.removeprefix("line ").partition(":")[0] for example in each["examples"]))
    if not numbers:
        return ""
    more = ", ..." if each["count"] > len(each["examples"]) else ""
    return f" ({'lines' if more or len(numbers) > 1 else 'line'} {', '.join(numbers)}{more})"
