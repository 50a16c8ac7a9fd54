"""A template: its steps on a rail, the form of each with the text as somebody would get it, checks, and its figures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from typing import Any

import orjson

from onelane.server.components.numbers import number_of
from onelane.server.dashboard.page import Page
from onelane.server.dashboard.pages.templates import gallery as listed
from onelane.server.dashboard.pages.templates import rail
from onelane.server.dashboard.pages.templates.setting_fields import DAYS
from onelane.server.dashboard.pages.templates.template_form import WrittenTemplate, from_form, from_template
from onelane.server.dashboard.pages.templates.template_saving import ChangedMeanwhile, activate, save
from onelane.server.dashboard.pages.templates.version_changes import changes_between
from onelane.server.dashboard.refusals import for_person
from onelane.server.dashboard.visit import CALLER, Done, Form, Reshown, Visit
from onelane.storage.people.contacts import CONTACT_FIELDS
from onelane.storage.platforms.accounts import Platform
from onelane.storage.workflows.templates import TemplateStatus, TemplateStepType
from onelane.tools.outreach.named_templates import find_template
from onelane.tools.outreach.planning.policies import Mode, mode_of
from onelane.tools.outreach.preview.trial import Trial, try_template
from onelane.tools.outreach.template.problems import LintFailed, Problem, ProblemCode, Severity, problem
from onelane.tools.outreach.template.sequence import TemplateSource
from onelane.tools.outreach.template.template_steps import STEP_CONFIGS
from onelane.tools.outreach.versions import lint_source
from onelane.tools.registry.context import Context
from onelane.tools.registry.errors import BadRequest, Conflict, ToolError
from onelane.tools.workflows.template_runs import parameters_of

PATH = f"{listed.PATH}/{{template_id}}"
PEOPLE = 8
_NO_TEXTS = ("tags", "consent_at")


@dataclass(slots=True)
class PageState:
    """What the page shows of a template.

    Args:
        typed: what stands in the form
        chosen: the key of the step that is looked at; empty for the settings
        who: the words by which a person was looked for
        contact: the id of the person to whom it is shown as it would go
        is_saved: whether the form says what is saved
        values: what was typed for its parameters
        meanwhile: what yours would change in what somebody else has written meanwhile
    """

    typed: WrittenTemplate
    chosen: str | None = None
    who: str = ""
    contact: str = ""
    is_saved: bool = True
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    meanwhile: Sequence[Any] = ()


def read(visit: Visit) -> Mapping[str, object]:
    """The template as it is saved."""
    template = _template(visit)
    who, contact = visit.query.get("who", "")[:500], visit.query.get("contact", "")
    return _page(visit, template, PageState(from_template(template), visit.query.get("step"), who, contact))


def write(visit: Visit, form: Form) -> Done | Reshown:
    """Save what was typed, set it going, or show it again with a step more, less or elsewhere."""
    template = _template(visit)
    if template["isSystem"]:
        raise Conflict("A ready-made template stays as it is. Copy it, and change the copy.")
    act = form.text("do") or "save"
    form_template = from_form(form, template)
    values = {name.removeprefix("value."): form.text(name) for name in form.fields if name.startswith("value.")}
    view = PageState(
        form_template, form.text("chosen"), form.text("who"), form.text("contact"), is_saved=False, values=values
    )
    try:
        if act in ("save", "activate"):
            return _save(visit, template, view, is_going=act == "activate")
        if act != "show":
            view.chosen = form_template.arrange(act)
        return Reshown("", _page(visit, template, view))
    except ToolError as error:
        return _refusal(visit, template, view, error)


def clone(visit: Visit, form: Form) -> Done:
    """Make a copy of it."""
    copy = visit.call("clone_template", template_id=visit.places["template_id"])
    return Done(f"{copy['name']} is a draft of yours now.", f"{listed.PATH}/{copy['id']}")


def delete(visit: Visit, form: Form) -> Done:
    """Delete it with its steps and enrollments, as many as the page said.

    Raises:
        Conflict: others are enrolled since
    """
    template_id = visit.places["template_id"]
    enrolled = visit.call("get_template", template_id=template_id)["enrollmentCount"]
    if (form.text("enrolled") or "0") != str(enrolled):
        raise Conflict(
            f"{number_of(enrolled, 'enrollment')} would go with it now. Nothing was deleted: look once more."
        )
    visit.call("delete_template", template_id=template_id)
    return Done("The template is deleted. Its runs stay.", listed.PATH)


def _move(status: TemplateStatus, sentence: str, visit: Visit, form: Form) -> Done:
    visit.call("update_template", template_id=visit.places["template_id"], status=status.value)
    return Done(sentence, visit.path)


def _template(visit: Visit) -> dict[str, Any]:
    template = visit.call("get_template", template_id=visit.places["template_id"])
    with visit.onelane.toolbox.database.read() as session:
        row = find_template(Context(session, visit.onelane.toolbox.services, CALLER), template["id"])
        return {**template, "isSystem": row.is_system, "parameters": parameters_of(row)}


def _save(visit: Visit, template: Mapping[str, Any], view: PageState, *, is_going: bool) -> Done:
    has_changed = save(visit, template, view.typed)
    place = _place(visit, view)
    if not is_going:
        return Done("Saved." if has_changed else "It said that already.", place)
    activation = activate(visit, template["id"], view.values)
    name, template_id = activation["template"]["name"], activation["template"]["id"]
    if activation["run"] is not None and not view.typed.is_sequence:
        return Done(f"{activation['run']['title']} has begun.", f"/dashboard/workflows/{activation['run']['id']}")
    return Done(f"{name} is active. Enroll people next.", f"{listed.PATH}/{template_id}")


def _place(visit: Visit, view: PageState) -> str:
    """The page with the step that was looked at, wherever it stands now."""
    keys = [step.key for step in view.typed.steps]
    return f"{visit.path}?step={keys.index(view.chosen)}" if view.chosen in keys else visit.path


def _refusal(visit: Visit, template: Mapping[str, Any], view: PageState, error: ToolError) -> Reshown:
    """The page with what was typed, and why it was not saved."""
    if isinstance(error, ChangedMeanwhile):
        template = _template(visit)
        now = from_template(template)
        view.meanwhile = _differences(now, view.typed)
        # What it says now was shown: saving once more is meant.
        view.typed.seen, view.typed.was = now.seen, now.was
    status = HTTPStatus.CONFLICT if isinstance(error, Conflict) else HTTPStatus(422)
    sentence = "Nothing was saved: what is marked below can't be carried out. What you typed still stands here."
    if isinstance(error, LintFailed):
        is_draft = template["status"] == TemplateStatus.DRAFT
        sentence = "It can't become active as it is: see what is marked below." if is_draft else sentence
        view.chosen = _first_wrong(view, error.problems)
    said = sentence if isinstance(error, LintFailed) else for_person(error, visit.onelane.toolbox.registry)
    return Reshown(said, _page(visit, template, view), status)


def _first_wrong(view: PageState, problems: Sequence[Problem]) -> str | None:
    wrong = [each.step for each in problems if each.severity is Severity.ERROR and each.step is not None]
    inside = [index for index in wrong if index < len(view.typed.steps)]
    return view.typed.steps[inside[0]].key if inside else view.chosen


def _differences(now: WrittenTemplate, form_template: WrittenTemplate) -> Sequence[Any]:
    try:
        return changes_between((now.config(), now.saved_steps()), (form_template.config(), form_template.saved_steps()))
    except BadRequest:
        return ()


def _page(visit: Visit, template: Mapping[str, Any], view: PageState) -> dict[str, object]:
    form_template, people = view.typed, _people(visit, template["id"], view)
    check = _check(visit, template["id"], form_template, _contact(view, people))
    versions, figures = _versions(visit, template, is_sequence=form_template.is_sequence)
    keys = [step.key for step in form_template.steps]
    stops = rail.stops_of(form_template, check.problems, {int(key): counts for key, counts in figures.by_step.items()})
    return {
        "template": template,
        "typed": form_template,
        "is_sequence": form_template.is_sequence,
        "is_saved": view.is_saved,
        "stops": stops,
        "chosen": view.chosen if view.chosen in keys else keys[0] if keys and view.chosen is None else "",
        "problems": check.problems,
        "tried": check.tried,
        "planned": {each.step_index: rail.local_words(each.local) for each in check.tried.person.steps}
        if check.tried
        else {},
        "not_tried": check.not_tried,
        "settings_words": rail.settings_words(check.config) if form_template.is_sequence else "",
        "who": view.who,
        "contact": _contact(view, people),
        "people": people,
        "parameters": [(each, view.values.get(each.name, each.default)) for each in template["parameters"]],
        "versions": versions,
        "stats": figures.stats,
        "most_sent": max((counts["sent"] for counts in figures.by_step.values()), default=0),
        "accounts": _accounts(visit),
        "days": DAYS,
        "contact_fields": {
            each.name: each.name.replace("_", " ") for each in CONTACT_FIELDS if each.name not in _NO_TEXTS
        },
        "addable": _addable(form_template),
        "targets": partial(rail.targets_of, form_template),
        "earlier": partial(rail.earlier_of, form_template),
        "meanwhile": view.meanwhile,
        "goals": orjson.loads(template["goalMetrics"]),
    }


@dataclass(frozen=True, slots=True)
class _Check:
    """What is wrong with what stands in the form, and what somebody would get of it."""

    config: dict[str, Any]
    problems: Sequence[Problem]
    tried: Trial | None = None
    not_tried: str = ""


def _check(visit: Visit, template_id: str, form_template: WrittenTemplate, contact_id: str) -> _Check:
    try:
        texts = form_template.written()
    except ToolError as error:
        return _Check({}, [problem(ProblemCode.BAD_CONFIG, error.message)])
    if not form_template.is_sequence:
        return _Check(dict(texts.config), ())
    services = visit.onelane.toolbox.services
    with services.database.read() as session:
        ctx = Context(session, services, CALLER)
        row = find_template(ctx, template_id)
        texts = replace(texts, starts_at=row.starts_at, ends_at=row.ends_at)
        problems = lint_source(session, row, texts)
        names = [each.name for each in parameters_of(row)]
        if not contact_id:
            return _Check(dict(texts.config), problems)
        try:
            return _Check(dict(texts.config), problems, try_template(ctx, row, _with_values(texts, names), contact_id))
        except ToolError:
            return _Check(dict(texts.config), problems, None, "It can be shown once what is wrong with it is mended.")


def _with_values(texts: TemplateSource, names: Sequence[str]) -> TemplateSource:
    """What is to be filled in at activation stands in the text by its name until then."""
    if not names:
        return texts
    values = {**{name: f"[{name}]" for name in names}, **texts.config.get("values", {})}
    return replace(texts, config={**texts.config, "values": values})


def _people(visit: Visit, template_id: str, view: PageState) -> list[tuple[str, str]]:
    """To whom it can be shown: whom the words find, else who is in it, else whoever there is."""
    if view.who:
        contacts = visit.call("search_contacts", query=view.who, page_size=PEOPLE)["data"]
    else:
        enrollments = visit.call("list_enrollments", template_id=template_id, page_size=PEOPLE)["data"]
        if enrollments:
            return _with_chosen(visit, [(each["contactId"], each["contactName"]) for each in enrollments], view.contact)
        contacts = visit.call("search_contacts", page_size=PEOPLE)["data"]
    people = [(each["id"], ", ".join(filter(None, (each["name"], each["company"])))) for each in contacts]
    return people if view.who else _with_chosen(visit, people, view.contact)


def _with_chosen(visit: Visit, people: list[tuple[str, str]], contact_id: str) -> list[tuple[str, str]]:
    """The people, and whoever was chosen before."""
    names = dict(people)
    if not contact_id or contact_id in names:
        return list(names.items())
    return [(contact_id, visit.call("get_contact", contact_id=contact_id)["name"]), *names.items()]


def _contact(view: PageState, people: Sequence[tuple[str, str]]) -> str:
    ids = [each for each, _ in people]
    return view.contact if view.contact in ids else ids[0] if ids else ""


@dataclass(frozen=True, slots=True)
class _Figures:
    """What came of a template."""

    stats: Mapping[str, Any] | None = None
    by_step: Mapping[int, Mapping[str, int]] = field(default_factory=dict[int, Mapping[str, int]])


def _versions(
    visit: Visit, template: Mapping[str, Any], *, is_sequence: bool
) -> tuple[Sequence[Mapping[str, Any]], _Figures]:
    if not is_sequence:
        return (), _Figures()
    stats = visit.call("get_template_stats", template_id=template["id"])
    versions = visit.call("list_template_versions", template_id=template["id"])["data"]
    return versions, _Figures(stats, rail.figures_by_step(stats, versions, template["steps"]))


def _accounts(visit: Visit) -> dict[str, str]:
    """The accounts that could send, by id."""
    able = [each for each in visit.call("list_accounts")["data"] if each["transport"]]
    return {"": "the first that can send", **{each["id"]: each["displayName"] for each in able}}


def _addable(form_template: WrittenTemplate) -> list[TemplateStepType]:
    """What a further step may do on its channel."""
    platform = Platform(form_template.platform) if form_template.platform in set(Platform) else Platform.GMAIL
    plain = (TemplateStepType.WAIT, TemplateStepType.CONDITION)
    possible = [each for each in STEP_CONFIGS if each in plain or mode_of(platform, each) is not Mode.FORBIDDEN]
    return sorted(possible, key=lambda each: (each is not TemplateStepType.MESSAGE, each in plain))


def _mover(status: TemplateStatus, sentence: str) -> Callable[[Visit, Form], Done]:
    return partial(_move, status, sentence)


PAGE = Page(
    PATH,
    "template.html",
    read,
    section="workflows",
    acts={
        "write": write,
        "clone": clone,
        "delete": delete,
        "pause": _mover(TemplateStatus.PAUSED, "Paused. Nobody goes on in it until you resume it."),
        "resume": _mover(TemplateStatus.ACTIVE, "It goes on."),
        "archive": _mover(TemplateStatus.COMPLETED, "It is over. What it did stays on this page."),
    },
)
