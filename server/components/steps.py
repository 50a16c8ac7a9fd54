"""What a run did, as rows: one line about each step, an agent's steps by turn, neighbours of one kind together."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

Step = Mapping[str, Any]
"""A step as REST gives it, with `given` and `out`, its input and output, read; and `who`, whom it is about, by name."""

LONG_WAIT_SECONDS = 3600
_SHOWN_CHARACTERS = 400
_SHOWN_JSON = 20_000
_PAGING = ("page_size", "limit", "cursor")
_HUMP = re.compile(r"(?<=[a-z0-9])[A-Z](?=[a-z])")


@dataclass(slots=True)
class CallRow:
    """A call of an agent: what was asked for, what was done, what was answered."""

    call: Step
    done: Step | None = None
    result: Step | None = None

    @property
    def row(self) -> Step:
        """The step that says most of it."""
        return self.done or self.result or self.call

    @property
    def error(self) -> str | None:
        """Why it failed, if it did."""
        return next((each["error"] for each in (self.done, self.result) if each is not None and each["error"]), None)


@dataclass(slots=True)
class Turn:
    """One answer of a model with what it thought before and called then; without a decision, one that goes on."""

    decision: Step | None
    thoughts: list[Step] = field(default_factory=list[Step])
    rows: list[CallRow | Step] = field(default_factory=list["CallRow | Step"])

    @property
    def calls(self) -> list[CallRow]:
        """The calls among its rows."""
        return [row for row in self.rows if isinstance(row, CallRow)]


def read_steps(rows: Iterable[Mapping[str, Any]], names: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """Steps as REST gives them, with their JSON read.

    Args:
        rows: the steps
        names: how the contacts are called that they are about, by their ids
    """
    return [_read(row, (names or {}).get(row.get("contactId") or "")) for row in rows]


def about(step: Step) -> str:
    """One line about a step, in words."""
    line = step["error"] or _gist(step) or step["url"] or step["tool"] or ""
    return " ".join(str(line).split())[:_SHOWN_CHARACTERS]


def pretty(value: object) -> str:
    """JSON as people read it; what is very long is cut, and says so."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    if len(text) <= _SHOWN_JSON:
        return text
    return f"{text[:_SHOWN_JSON]}\n… {len(text) - _SHOWN_JSON:,} more characters"


def turns(steps: Iterable[Step]) -> list[Turn]:
    """An agent's steps by turn; a call, what it did and its answer become one row."""
    result: list[Turn] = []
    thoughts: list[Step] = []
    for step in steps:
        if step["stepType"] == "thinking":
            thoughts.append(step)
        elif is_turn(step):
            result.append(Turn(step, thoughts))
            thoughts = []
        else:
            _add(result, step)
    return [*result, Turn(None, thoughts)] if thoughts else result


def is_turn(step: Step) -> bool:
    """Whether a step is a model's answer, and no decision of somebody else."""
    return step["stepType"] == "decision" and "prompt_tokens" in step["out"]


def waits(steps: Sequence[Step]) -> list[tuple[Step, int | None]]:
    """Each step with the seconds of silence before it, where these are hours."""
    pairs = zip([None, *steps], steps, strict=False)
    return [(step, _silence(before, step)) for before, step in pairs]


def groups(steps: Iterable[Step]) -> list[list[Step]]:
    """Neighbours of one type and state together."""
    result: list[list[Step]] = []
    for step in steps:
        if result and _kind(result[-1][-1]) == _kind(step):
            result[-1].append(step)
        else:
            result.append([step])
    return result


def _read(row: Mapping[str, Any], contact_name: str | None) -> dict[str, Any]:
    return {**row, "given": _object(row["input"]), "out": _object(row["output"]), "who": contact_name}


def _add(result: list[Turn], step: Step) -> None:
    if not result:
        result.append(Turn(None))
    rows, kind = result[-1].rows, step["stepType"]
    if kind == "tool_call":
        rows.append(CallRow(step))
        return
    part = "result" if kind == "tool_result" else "done"
    open_call = next((row for row in rows if isinstance(row, CallRow) and _is_open(row, part, step)), None)
    if open_call is None:
        rows.append(step)
    else:
        setattr(open_call, part, step)


def _is_open(row: CallRow, part: str, step: Step) -> bool:
    return getattr(row, part) is None and row.call["tool"] == step["tool"]


def _silence(before: Step | None, step: Step) -> int | None:
    silence_seconds = 0 if before is None else step["createdAt"] - before["createdAt"]
    return silence_seconds if silence_seconds > LONG_WAIT_SECONDS else None


def _kind(step: Step) -> tuple[str, str]:
    return step["stepType"], step["status"]


def _gist(step: Step) -> str:
    out, kind = step["out"], step["stepType"]
    if kind == "thinking":
        return str(out.get("thinking", ""))
    if kind == "sync_page" and "items" in out:
        return ": ".join(filter(None, (_plain(step["given"].get("list") or "").capitalize(), _page(out))))
    if kind == "sync_page" and step["given"].get("source"):
        return f"Begins with {step['given']['source']}"
    if kind == "sync_page" and step["given"].get("syncSubType"):
        return f"Asks for {_plain(step['given']['syncSubType'])}"
    if kind == "decision" and "evaluated" in out and isinstance(out.get("reasons"), dict):
        return _prune_line(out)
    if kind == "tool_call":
        return " · ".join(filter(None, (_pairs(step["given"]), _hits(out))))
    if kind == "contact_merge" and isinstance(out.get("changed"), dict):
        return _changes(cast("dict[str, Any]", out["changed"]))
    return _of_sequence(step["given"], out) or _sentence(out) or _pairs(step["given"])


def _of_sequence(arguments: Mapping[str, Any], out: Mapping[str, Any]) -> str:
    """What a step of a sequence's run says; nothing of other runs' steps."""
    if "enrollmentId" not in arguments:
        return ""
    place = f"step {arguments['stepIndex'] + 1}" if isinstance(arguments.get("stepIndex"), int) else "a step"
    if out.get("gate"):
        return f"Waits at {place} ({_plain(out['gate'])}): {out.get('detail') or ''}"
    if out.get("outcome"):
        return f"{_plain(out['outcome']).capitalize()}: {place}, {_plain(arguments.get('stepType', ''))}"
    if out.get("decision") == "ended":
        reason = f", {_plain(out['reason'])}" if out.get("reason") else ""
        return f"Ended: {_plain(out.get('status', ''))}{reason}"
    return f"{_plain(out['decision']).capitalize()}: {place}" if out.get("decision") else ""


def _plain(word: object) -> str:
    return str(word).replace("_", " ")


def _sentence(out: Mapping[str, Any]) -> str:
    says = out.get("says")
    if isinstance(says, dict) and says:
        return " ".join(str(part) for part in cast("dict[str, object]", says).values())
    if out.get("chose"):
        return "Calls " + ", ".join(map(str, cast("list[object]", out["chose"])))
    names = ("message", "why", "text", "reason", "question", "told", "name", "title")
    text = next((str(out[name]) for name in names if isinstance(out.get(name), str) and out[name]), "")
    return text or _plain(out.get("decision") or "").capitalize()


def _hits(out: Mapping[str, Any]) -> str:
    """How many a call that lists something found."""
    return f"{out['total']:,} found" if isinstance(out.get("total"), int) and "data" in out else ""


def _page(out: Mapping[str, Any]) -> str:
    counted = (("skipped", "skipped"), ("errorCount", "with errors"))
    more = "".join(f", {out[name]} {words}" for name, words in counted if out.get(name))
    return f"{out['items']} items: {out.get('added', 0)} added, {out.get('updated', 0)} updated{more}"


def _prune_line(out: Mapping[str, Any]) -> str:
    """What a page of a pruning came to, and why."""
    counts = f"{out['evaluated']:,} looked at, {out.get('archived', 0):,} fit the rule"
    reasons = cast("dict[str, int]", out["reasons"])
    return ". ".join([counts, *(f"{reason.rstrip('.')}: {count:,}" for reason, count in reasons.items())])


def _changes(changes: Mapping[str, Any]) -> str:
    return "; ".join(
        f"{name}: {values[0]} → {values[1]}"
        if isinstance(values, list) and len(cast("list[Any]", values)) == 2
        else name
        for name, values in changes.items()
    )


def _pairs(arguments: Mapping[str, Any]) -> str:
    """What was asked for; what is left open, off or zero was not."""
    return ", ".join(
        f"{_in_words(name)}: {_value(value)}" for name, value in arguments.items() if value and name not in _PAGING
    )


def _in_words(name: str) -> str:
    """A name of a program in words: `minEnrichmentScore` and `min_enrichment_score` read alike."""
    return _plain(_HUMP.sub(lambda hump: f" {hump[0].lower()}", name))


def _value(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, cast("list[object]", value)))
    return "yes" if value is True else str(value)


def _object(text: str) -> dict[str, Any]:
    result: object = json.loads(text)
    return cast("dict[str, Any]", result) if isinstance(result, dict) else {}
