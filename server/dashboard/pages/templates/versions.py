"""A template's versions: what differs, who is in which, the person's yes to one, and moving people to another."""

import hashlib
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson

from onelane.server.dashboard.page import Page
from onelane.server.dashboard.pages.templates import gallery as listed
from onelane.server.dashboard.pages.templates.rail import local_words
from onelane.server.dashboard.pages.templates.version_changes import changes_between, saying_of
from onelane.server.dashboard.visit import Done, Form, Reshown, Visit, whole_number
from onelane.storage.workflows.approvals import Door
from onelane.tools.outreach.outbound import decisions
from onelane.tools.registry.errors import BadRequest, NotFound

PATH = f"{listed.PATH}/{{template_id}}/versions"
MOST_MOVES = 200
_MOVED_MEANWHILE = "Nobody was moved: who would move has changed since it was shown. It is shown anew below."


def read(visit: Visit) -> Mapping[str, object]:
    """The versions, one of them whole, and who would move to one if the address says so."""
    return _page(visit, whole_number(visit.query.get("version")), whole_number(visit.query.get("to")))


def approve(visit: Visit, form: Form) -> Done:
    """Let a version be sent without further questions, as it was shown."""
    number = _number(form, "version")
    approval = decisions.approve_template(
        visit.onelane.toolbox.services,
        visit.places["template_id"],
        number,
        form.text("hash") or "nothing was shown",
        via=Door.DASHBOARD,
    )
    return Done(f"Version {approval.version} is approved.", f"{visit.path}?version={number}")


def migrate(visit: Visit, form: Form) -> Done | Reshown:
    """Move people to a version, if those would move who were shown."""
    to = _number(form, "to")
    if form.text("seen") != _moves_hash(_moves(visit, to)):
        return Reshown(_MOVED_MEANWHILE, _page(visit, to, to), HTTPStatus.CONFLICT)
    migration = visit.call("migrate_template", template_id=visit.places["template_id"], to=to)
    stay = migration["counts"].get("stays", 0)
    reasons = sorted({each["reason"] for each in migration["data"] if each["reason"]})
    text = f"; {stay:,} stay: {'; '.join(reasons)}" if stay else ""
    return Done(f"{migration['counts'].get('moves', 0):,} moved to version {to}{text}.", f"{visit.path}?version={to}")


def _page(visit: Visit, number: int | None, to: int | None) -> dict[str, object]:
    template = visit.call("get_template", template_id=visit.places["template_id"])
    versions = visit.call("list_template_versions", template_id=template["id"])["data"]
    version = next((each for each in versions if number in (None, each["version"])), None)
    if version is None and (versions or number is not None):
        raise NotFound(f"Template {template['name']!r} has no version {number}.")
    moves = None if to is None else _moves(visit, to)
    return {
        "template": template,
        "versions": versions,
        "version": version,
        "elsewhere": sum(each["enrolled"] for each in versions if each is not version),
        **({} if version is None else _facts(visit, template["id"], version, versions)),
        "to": to,
        "moves": moves,
        "most_moves": MOST_MOVES,
        "step_name": _step_name,
        "local_words": local_words,
        "seen": None if moves is None else _moves_hash(moves),
    }


def _facts(
    visit: Visit, template_id: str, version: Mapping[str, Any], versions: list[Mapping[str, Any]]
) -> dict[str, object]:
    before = next((each for each in versions if each["version"] == version["version"] - 1), None)
    shown_version = decisions.read_version(visit.onelane.toolbox.services, template_id, version["version"])
    return {
        "shown_words": shown_version.words,
        "is_asked": orjson.loads(version["config"]).get("approval") == "version",
        "before": before,
        "changes": None if before is None else changes_between(saying_of(before), saying_of(version)),
    }


def _moves(visit: Visit, to: int) -> Mapping[str, Any]:
    return visit.call("migrate_template", template_id=visit.places["template_id"], to=to, dry_run=True)


def _moves_hash(moves: Mapping[str, Any]) -> str:
    """The hash of who would move from where to where."""
    rows = [[each[name] for name in ("enrollmentId", "outcome", "fromStep", "toStep")] for each in moves["data"]]
    return hashlib.sha256(orjson.dumps([rows, moves["total"]])).hexdigest()


def _step_name(step: str) -> str:
    """A step by its label, or by its number as people count."""
    index = whole_number(step)
    return step if index is None else str(index + 1)


def _number(form: Form, name: str) -> int:
    number = whole_number(form.text(name))
    if number is None:
        raise BadRequest("That form names no version. Load the page again; nothing was changed.")
    return number


PAGE = Page(PATH, "versions.html", read, section="workflows", acts={"approve": approve, "migrate": migrate})
