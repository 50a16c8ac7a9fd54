"""Fragments: what a tool answered, as markup of the dashboard's parts (docs/dashboard.md, "Chat views")."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import orjson

from onelane.server import words
from onelane.server.backend import Backend
from onelane.server.components.environment import parts_environment
from onelane.server.components.runs import columns_of, estimate_of, listed_by
from onelane.server.components.steps import read_steps
from onelane.server.mcp.chat_views.documents import TEMPLATES
from onelane.server.mcp.chat_views.fitting import fitting
from onelane.server.mcp.client_runs import CALLER
from onelane.storage.people import contacts
from onelane.storage.workflows.enrollments import Gate
from onelane.storage.workflows.run_reading.run_orders import RunOrder
from onelane.storage.workflows.runs import RunStatus
from onelane.tools.registry.errors import ToolError
from onelane.tools.registry.gate.shown_text import shown_text
from onelane.tools.workflows.run_reading.run_places import cursor_in

if TYPE_CHECKING:
    from jinja2 import Environment

Data = Mapping[str, Any]
CARDS, RUNS, NEEDS, LETTERS, STEPS = 4, 25, 8, 12, 24
_LETTER_CHARACTERS, _QUESTION_CHARACTERS, _GATES = 1500, 600, 3
_PAGING = ("cursor", "page", "page_size", "backwards")


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """A call that was answered, and what its fragment may lead to.

    Args:
        onelane: whose tool was called
        tool: its name
        arguments: its arguments
        data: what it answered, in the form of REST
        tools: the tools that this client may call
        home: where the dashboard's server is
    """

    onelane: Backend
    tool: str
    arguments: Data
    data: Data
    tools: Collection[str]
    home: str

    def read(self, tool: str, **arguments: Any) -> Any:
        """What another tool answers; only the person sees it, and no model."""
        return orjson.loads(self.onelane.toolbox.call(tool, arguments, CALLER).contract_json())

    def render(self, template: str, **values: object) -> str:
        """A template of this answer, with its values."""
        around = {
            "now": int(self.onelane.toolbox.database.clock().timestamp()),
            "tool": self.tool,
            "given": self.arguments,
            "offered": self.tools,
            "home": self.home,
        }
        return _environment().get_template(template).render({**around, **values})


def fragment_of(answer: ToolAnswer) -> str | None:
    """The markup that shows an answer; None where it can't be shown in so little, or what it is about has gone."""
    try:
        return _MAKERS[answer.tool](answer)
    except ToolError:
        return None


def _runs(of: ToolAnswer) -> str | None:
    filters = {name: value for name, value in of.arguments.items() if name not in _PAGING}
    status, cursor = filters.get("status"), of.arguments.get("cursor")
    if status is None and cursor is None and "sort" not in filters:
        list_runs = partial(of.read, "list_runs")
        columns = columns_of(list_runs, filters, CARDS)
        return fitting(partial(_board, of, columns), CARDS)
    runs, title = of.data["data"], "Runs" if status is None else f"{RunStatus(status).label} runs"
    first, order = None if cursor is None else filters, RunOrder(filters.get("sort", RunOrder.NEWEST))
    return fitting(
        lambda count: of.render(
            "chat_runs.html",
            title=title,
            status=status,
            total=of.data["total"],
            runs=runs[:count],
            first=first,
            next=_behind(of, runs, count, lambda run: cursor_in(order, listed_by(run)), filters),
        ),
        min(RUNS, len(runs)),
    )


def _board(of: ToolAnswer, columns: Sequence[Data], count: int) -> str:
    short = [{**column, "runs": column["runs"][:count]} for column in columns]
    return of.render("chat_board.html", total=of.data["total"], columns=short)


def _behind(
    of: ToolAnswer, rows: Sequence[Data], count: int, cursor: Callable[[Data], str], filters: Data
) -> Data | None:
    """The arguments that list what comes behind the shown rows; None where nothing does."""
    if not count or (count == len(rows) and not of.data.get("nextCursor")):
        return None
    return {**filters, "cursor": cursor(rows[count - 1])}


def _overview(of: ToolAnswer) -> str | None:
    services = of.onelane.toolbox.services
    with services.database.read() as session:
        daily_usd = services.workspace.read(session).daily_usd
    return fitting(
        lambda most: of.render("chat_overview.html", overview=of.data, daily_usd=daily_usd, most=most), NEEDS
    )


def _outbound(of: ToolAnswer) -> str | None:
    filters = {name: value for name, value in of.arguments.items() if name not in _PAGING}
    letters = [_letter(row) for row in of.data["data"][:LETTERS]]
    first = None if of.arguments.get("cursor") is None else filters
    return fitting(
        lambda count: of.render(
            "chat_outbound.html",
            total=of.data["total"],
            letters=letters[:count],
            first=first,
            next=_behind(of, of.data["data"], count, lambda row: row["id"], filters),
        ),
        len(letters),
    )


def _letter(row: Data) -> dict[str, Any]:
    """A letter in which nothing is invisible; a long one is cut, for it is decided where all of it is shown."""
    text = shown_text((row["text"] or "(no text)").replace("\r\n", "\n"))
    return {
        **row,
        "name": shown_text(row["contactName"] or row["toAddress"] or "Nobody"),
        "subject": shown_text(row["subject"] or ""),
        "text": text[:_LETTER_CHARACTERS],
        "is_cut": len(text) > _LETTER_CHARACTERS,
        # That it waits for the person is said by its state.
        "held_by": [gate for gate in row["gates"] if not gate["passes"] and gate["gate"] != Gate.APPROVAL][:_GATES],
    }


def _run(of: ToolAnswer) -> str | None:
    """A run with its last steps: how it goes is what a chat asks."""
    run = of.data
    before = run["stepCount"] - STEPS - 1
    if before < 0:
        return _with_steps(of, run, {"data": run["steps"]}, from_end=True)
    page = of.read("list_run_steps", run_id=run["id"], cursor=str(before), limit=STEPS)
    return _with_steps(of, run, page, from_end=True)


def _steps(of: ToolAnswer) -> str | None:
    run = of.read("get_run", run_id=of.arguments["run_id"], steps_limit=0)
    return _with_steps(of, run, of.data, from_end=False)


def _with_steps(of: ToolAnswer, run: Data, page: Data, *, from_end: bool) -> str | None:
    """A run with some of its steps: its last ones, or those that were asked for."""
    rows = page["data"] if from_end else page["data"][:STEPS]
    with of.onelane.toolbox.database.read() as session:
        names = contacts.contact_names(session, {row["contactId"] for row in rows if row["contactId"]})
    steps = read_steps(rows, names)
    questions = [shown_text(each["question"])[:_QUESTION_CHARACTERS] for each in run["approvals"][:3]]
    only = None if from_end else of.arguments.get("only")
    values = {"run": run, "questions": questions, "estimate": estimate_of(run, _now(of)), "only": only}
    values |= {"fitting": len(rows), "total": page.get("total")}

    def render(count: int) -> str:
        visible = steps[len(steps) - count :] if from_end else steps[:count]
        ways = _ways(run, visible) if only is None else _ways_among(of, run, visible)
        return of.render("chat_run.html", **values, steps=visible, **ways)

    return fitting(render, len(steps))


def _ways(run: Data, visible: Sequence[Data]) -> dict[str, Data | None]:
    """The arguments that list the steps before and behind those that are shown; None where there are none."""
    if not visible:
        return {"earlier": None, "later": None}
    first, last, run_id = visible[0]["stepIndex"], visible[-1]["stepIndex"], run["id"]
    start = first - len(visible) - 1
    return {
        "earlier": None if first <= 0 else {"run_id": run_id, **({"cursor": start} if start >= 0 else {})},
        "later": None if last + 1 >= run["stepCount"] else {"run_id": run_id, "cursor": last},
    }


def _ways_among(of: ToolAnswer, run: Data, visible: Sequence[Data]) -> dict[str, Data | None]:
    """As `_ways`, among the steps that a filter lets through: the first ones, and those behind what is shown."""
    filters = {"run_id": run["id"], "only": of.arguments["only"]}
    later = _behind(of, of.data["data"], len(visible), lambda row: str(row["stepIndex"]), filters)
    return {"earlier": filters if "cursor" in of.arguments else None, "later": later}


def _now(of: ToolAnswer) -> float:
    return of.onelane.toolbox.database.clock().timestamp()


_MAKERS: Mapping[str, Callable[[ToolAnswer], str | None]] = {
    "list_runs": _runs,
    "overview": _overview,
    "list_outbound": _outbound,
    "get_run": _run,
    "list_run_steps": _steps,
}


@cache
def _environment() -> "Environment":
    # The icons stand in the document itself.
    return parts_environment([TEMPLATES], words.all_words(), "")
