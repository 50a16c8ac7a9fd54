"""What taking a run, a change or a day back would do; and doing it."""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from onelane.server.components.numbers import number_of
from onelane.server.dashboard.page import Page
from onelane.server.dashboard.pages.runs.changes import titles_of_runs
from onelane.server.dashboard.visit import Done, Form, Visit
from onelane.tools.registry.errors import Conflict
from onelane.tools.registry.short_ids import full_id

CHANGES = "/dashboard/undo"


def read(visit: Visit) -> Mapping[str, object]:
    """What goes, gets old values, comes back and stays, and what was sent."""
    preview = _preview(visit)
    counts = {deed: sum(each[deed] for each in preview["tables"]) for deed in ("remove", "restore", "bringBack")}
    target_id = full_id(visit.onelane.toolbox.database, visit.places["what"])
    titles = titles_of_runs(visit, [target_id] if target_id.startswith("run_") else [])
    name = next(iter(titles.values()), preview["name"])
    return {"preview": preview, "counted": counts, "seen": _preview_hash(preview), "name": name}


def take_back(visit: Visit, form: Form) -> Done:
    """Take it back, if that does what the person looked at."""
    if form.text("seen") != _preview_hash(_preview(visit)):
        raise Conflict("Something was changed since you looked. See what it takes back now; nothing was changed.")
    answer = visit.call("undo", what=visit.places["what"])
    rest = answer["leftAloneCount"]
    rest_text = f" {number_of(rest, 'stays as it is', 'stay as they are')}." if rest else ""
    rows = answer["removed"] + answer["restored"] + answer["broughtBack"]
    return Done(f"Taken back: {number_of(rows, 'entry', 'entries')}.{rest_text}", CHANGES)


def _preview(visit: Visit) -> Mapping[str, Any]:
    return visit.call("preview_undo", what=visit.places["what"])


def _preview_hash(preview: Mapping[str, Any]) -> str:
    """By what a form says which preview its person saw."""
    return hashlib.sha256(orjson.dumps(preview, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


PAGE = Page(f"{CHANGES}/{{what}}", "undo.html", read, section="workflows", acts={"undo": take_back})
