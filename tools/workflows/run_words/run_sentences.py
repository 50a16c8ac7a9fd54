"""What a run has to say for itself: what it does, and how it stands, in words that every face shows alike.

See docs/tables.md, "Title and summary".
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, cast

import orjson

from onelane.storage.database.rows import PlainRow
from onelane.storage.workflows.runs import Driver, RunStatus, WorkflowType
from onelane.tools.people.contact_fields import one_line
from onelane.tools.registry.result import when
from onelane.tools.registry.runs.run_type import RunTypes

LONGEST_TITLE, LONGEST_SUMMARY = 200, 700
_EMPTY = "Nobody is in it"
_NO_STEP = "0 steps done."
"""Of a sequence this says less than who is in it."""
_ERRORS_TOLD, _LONGEST_ERROR = 2, 160
_CENT = 0.005
_DRIVEN = {Driver.HOST: "The chat client's own model does the work: ", Driver.CHAT: "A chat at a terminal: "}
_ENDED = (RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED)
_TYPES = {each.value: each for each in WorkflowType}
SUMMARY_COLUMNS = ("status", "status_reason", "result", "errors", "error_items", "waits_until", "processed_items",
                    "total_items", "step_count", "cost_usd", "driver")  # fmt: skip
"""From these columns of a run's row follows what is said of it."""
_WORDS_KEPT = 256
"""Of so many runs the words are kept: a list that is looked at again shows mostly runs that stand as they stood."""


@lru_cache(_WORDS_KEPT)
def title_of(workflow_type: str, config_json: str, run_types: RunTypes, template_name: str | None) -> str:
    """What a run does, in a few words: its template's name, or what its settings say.

    Args:
        workflow_type: the run's
        config_json: its settings, as its row has them
        run_types: what each type of run takes
        template_name: of the template that it carries out, if it carries out one
    """
    config: dict[str, Any] = orjson.loads(config_json)
    if template_name is None:
        return cut(_title_of_type(workflow_type, run_types, config), LONGEST_TITLE)
    version = config.get("templateVersion")
    return cut(template_name if version is None else f"{template_name}, version {version}", LONGEST_TITLE)


@lru_cache(_WORDS_KEPT)
def summary_of(values: tuple[Any, ...]) -> str:
    """How a run stands in a sentence or two: what it brought, why it holds, what went wrong, and what it cost.

    Args:
        values: those of `SUMMARY_COLUMNS` in its row
    """
    row: PlainRow = dict(zip(SUMMARY_COLUMNS, values, strict=True))
    return cut(" ".join(map(_as_sentence, _sentences(row))), LONGEST_SUMMARY)


def sequence_summary(summary: str, is_held: bool, people_count: int, asking_count: int, *, most: int) -> str:
    """How a sequence stands that is not over: who is in it, and how many of their messages wait for a yes.

    Args:
        summary: what is said of any run
        is_held: whether it holds, and why comes first
        people_count: how many are in it, counted up to `most`
        asking_count: for how many of those a message waits for a yes
        most: more than these were not counted
    """
    more = "+" if people_count >= most else ""
    is_one = people_count == 1
    who = f"{people_count:,}{more} {'person is' if is_one else 'people are'} in it" if people_count else _EMPTY
    noun = "1 message waits" if asking_count == 1 else f"{asking_count:,}{more} messages wait"
    asking = f", {noun} for approval" if asking_count else ""
    people, rest = f"{who}{asking}.", summary.removesuffix(_NO_STEP)
    return cut(f"{rest} {people}" if is_held else f"{people} {rest}", LONGEST_SUMMARY)


def message_of(result: Mapping[str, Any]) -> str:
    """What came of a run in its own words; empty where its result has none."""
    message: object = result.get("message") or result.get("summary")
    return message if isinstance(message, str) else ""


def next_call(run_id: str, status: RunStatus) -> str | None:
    """What a chat's model calls next about a run; None when nothing is left to do."""
    return {
        RunStatus.PENDING: f"Later: get_run(run_id={run_id!r}) says how far it is.",
        RunStatus.RUNNING: f"Later: get_run(run_id={run_id!r}) says how far it is.",
        RunStatus.PAUSED: f"Next: control_run(run_id={run_id!r}, action='resume').",
        RunStatus.FAILED: f"Next, when the reason is gone: control_run(run_id={run_id!r}, action='retry').",
    }.get(status)


def cut(text: str, length: int) -> str:
    """A text on one line, no longer than this."""
    line = one_line(text)
    return line if len(line) <= length else f"{line[: length - 1].rstrip()}…"


def _title_of_type(word: str, run_types: RunTypes, config: Mapping[str, Any]) -> str:
    kind = _TYPES.get(word)
    if kind is None:
        # A newer version's type: the list goes on, and whoever reads the row is told what to do.
        return word
    return run_types[kind].config.title(config) or kind.label


def _sentences(row: PlainRow) -> Iterator[str]:
    result = cast("dict[str, Any]", orjson.loads(row["result"]))
    reason, message, status = row["status_reason"], message_of(result), RunStatus(row["status"])
    yield from (each for each in (reason, message if message != reason else "") if each)
    if row["waits_until"] is not None:
        yield f"It goes on by itself at {when(datetime.fromtimestamp(row['waits_until'], UTC))}"
    if not (reason or message or row["waits_until"]):
        yield _standing(row, status)
    elif status not in _ENDED and row["processed_items"]:
        yield _progress(row)
    # The numbers of an import say already what could not be read, with its lines.
    if status in _ENDED and "errorCount" not in result:
        yield from _errors(row, reason)
    if (row["cost_usd"] or 0) >= _CENT:
        yield f"It cost ${row['cost_usd']:.2f}{'' if status in _ENDED else ' so far'}"


def _standing(row: PlainRow, status: RunStatus) -> str:
    """What can be said of a run that says nothing itself."""
    if status is RunStatus.PENDING:
        return "It waits for its turn"
    if status is RunStatus.PAUSED:
        return f"It holds until it is resumed. {_progress(row)}"
    if status in _ENDED:
        return _progress(row) if row["processed_items"] else "There was nothing to do"
    return f"{_DRIVEN.get(row['driver'], '')}{_progress(row)}"


def _progress(row: PlainRow) -> str:
    total, done_count = row["total_items"], row["processed_items"]
    if not (total or done_count):
        return f"{_of(row['step_count'], 'step')} done"
    return f"{done_count:,} of {total:,} done" if total else f"{done_count:,} done"


def _errors(row: PlainRow, reason: str | None) -> Iterator[str]:
    errors = [each for each in cast("list[str]", orjson.loads(row["errors"])) if each != reason]
    if not errors:
        return
    causes = "; ".join(cut(each, _LONGEST_ERROR).rstrip(".") for each in errors[:_ERRORS_TOLD])
    more = f"; and {row['error_items'] - _ERRORS_TOLD:,} more" if row["error_items"] > _ERRORS_TOLD else ""
    yield f"What went wrong: {causes}{more}"


def _as_sentence(sentence: str) -> str:
    line = sentence.strip()
    return line if line.endswith((".", "!", "?", "…")) else f"{line}."


def _of(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
