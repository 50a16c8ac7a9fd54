"""Settings: accounts and what may go out of them, the switch, budgets, keys, whom nobody writes to, appearance."""

from collections.abc import Mapping

from pydantic.alias_generators import to_snake

from onelane.server.dashboard.page import Page
from onelane.server.dashboard.setting_list import keys_of, values_of
from onelane.server.dashboard.visit import Done, Form, Visit, whole_number
from onelane.storage.outreach.outbound_switch import SwitchReason
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.run_reading import run_lists
from onelane.tools.outreach.mail.account_care import change_account, resume_account
from onelane.tools.outreach.stopping.suppression_list import lift
from onelane.tools.outreach.stopping.switch import reason_in_words, start_outbound
from onelane.tools.overview import DAYS
from onelane.tools.registry.budgets import USUAL_BUDGET
from onelane.tools.registry.errors import BadRequest, Conflict

PATH = "/dashboard/settings"
SUPPRESSIONS = 25
LIMITS = {
    "perDay": "In 24 hours, at most",
    "perHour": "An hour, at most",
    "newPerDay": "First messages in 24 hours",
    "spacingSeconds": "Seconds between two",
    "jitterSeconds": "And up to so many more",
}


def read(visit: Visit) -> Mapping[str, object]:
    """All that can be set, and what is set elsewhere."""
    settings, address = visit.onelane.settings, visit.query.get("address") or None
    switch = visit.call("outbound_status")
    reason = None if switch["reason"] is None else SwitchReason(switch["reason"])
    return {
        "accounts": visit.call("list_accounts")["data"],
        "limit_words": LIMITS,
        "switch": switch,
        "why_stopped": reason_in_words(reason),
        **_spent(visit),
        "daily_usd": settings.daily_usd,
        "usual": USUAL_BUDGET,
        "keys": keys_of(settings),
        "values": values_of(settings),
        "suppressions": visit.call(
            "list_suppressions", address=address, page_size=SUPPRESSIONS, cursor=visit.query.get("after") or None
        ),
    }


def pause(visit: Visit, form: Form) -> Done:
    """Let nothing go out of one account."""
    account = visit.call("pause_account", account_id=form.text("id"))
    return Done(f"Nothing goes out of {account['displayName']}.", visit.path)


def resume(visit: Visit, form: Form) -> Done:
    """Let one account go on."""
    resume_account(visit.onelane.toolbox.services, form.text("id"))
    return Done("It goes on.", visit.path)


def limit(visit: Visit, form: Form) -> Done:
    """Change how much may go out of an account, and under whose name."""
    change_account(
        visit.onelane.toolbox.services,
        form.text("id"),
        limits={to_snake(name): _number(form, name) for name in LIMITS},
        sender_name=form.text("sender_name")[:200],
        signature=None,
    )
    return Done("Saved.", visit.path)


def stop(visit: Visit, form: Form) -> Done:
    """Stop all that goes out."""
    visit.call("stop_outbound")
    return Done("All sending is stopped.", visit.path)


def start(visit: Visit, form: Form) -> Done:
    """Let things leave again, if it is still what the person looked at that holds them."""
    if form.text("since") != str(visit.call("outbound_status")["changedAt"]):
        raise Conflict("The switch was turned since you looked. See why it is stopped now; nothing was changed.")
    switch = start_outbound(visit.onelane.toolbox.services, via=Door.DASHBOARD)
    noted = f" {switch.note}" if switch.note else ""
    return Done(f"Sending has started again.{noted}", visit.path)


def lift_one(visit: Visit, form: Form) -> Done:
    """Let an address be written to again."""
    lift(visit.onelane.toolbox.services, via=Door.DASHBOARD, suppression_id=form.text("id"))
    return Done("Lifted: this address may be written to again.", visit.path)


def _spent(visit: Visit) -> dict[str, object]:
    """What models cost today, which is the last day, and in the days before."""
    with visit.onelane.toolbox.database.read() as session:
        costs = run_lists.list_costs(session, count=DAYS)
    return {"spent_usd": costs[-1], "days": len(costs), "days_usd": sum(costs)}


def _number(form: Form, name: str) -> int | None:
    number = whole_number(form.text(name))
    if number is None and form.text(name):
        raise BadRequest(f"{LIMITS[name]} takes a whole number. Nothing was changed.")
    return number


PAGE = Page(
    PATH,
    "settings.html",
    read,
    section="settings",
    acts={"pause": pause, "resume": resume, "limit": limit, "stop": stop, "start": start, "lift": lift_one},
)
