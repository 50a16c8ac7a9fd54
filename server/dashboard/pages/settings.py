"""Settings: accounts and what may go out of them, the switch, budgets, keys, whom nobody writes to, appearance."""

from collections.abc import Mapping

import orjson

from onelane.server.dashboard.page import Page
from onelane.server.dashboard.pages.settings_forms import accounts, keys, workspace
from onelane.server.dashboard.setting_list import keys_of, values_of
from onelane.server.dashboard.visit import Done, Form, Visit
from onelane.server.last_backup import last_backup
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.run_reading import run_lists
from onelane.tools.outreach.stopping.suppression_list import lift
from onelane.tools.outreach.stopping.switch import start_outbound, why_stopped
from onelane.tools.overview import DAYS
from onelane.tools.registry.budgets import USUAL_BUDGET
from onelane.tools.registry.errors import Conflict
from onelane.tools.sync.account_connecting import opened_sign_in

PATH = "/dashboard/settings"
SUPPRESSIONS = 25


def read(visit: Visit) -> Mapping[str, object]:
    """All that can be set, and what is set elsewhere."""
    settings, address = visit.onelane.settings, visit.query.get("address") or None
    known_accounts = visit.call("list_accounts")["data"]
    return {
        "accounts": known_accounts,
        "has_unnamed": accounts.has_unnamed(known_accounts),
        "limit_words": accounts.LIMITS,
        "securities": accounts.SECURITIES,
        "platforms": accounts.ONLINE,
        "waiting_sign_in": _waiting_sign_in(visit),
        "switch": visit.call("outbound_status"),
        "why_stopped": why_stopped(visit.onelane.toolbox.database),
        "choices": workspace.shown_settings(visit),
        **_costs(visit),
        "usual": USUAL_BUDGET,
        "service_keys": keys.shown_keys(settings),
        "keys": keys_of(settings),
        "values": values_of(settings),
        "backup": last_backup(settings.home),
        "is_file": visit.onelane.toolbox.database.path is not None,
        "suppressions": visit.call(
            "list_suppressions", address=address, page_size=SUPPRESSIONS, cursor=visit.query.get("after") or None
        ),
    }


def stop(visit: Visit, form: Form) -> Done:
    """Stop all that goes out."""
    visit.call("stop_outbound")
    return Done("All sending is stopped.", visit.path)


def start(visit: Visit, form: Form) -> Done:
    """Let things leave again, if it is still what the person looked at that holds them."""
    if form.text("since") != str(visit.call("outbound_status")["changedAt"]):
        raise Conflict("The switch was turned since you looked. See why it is stopped now; nothing was changed.")
    switch = start_outbound(visit.onelane.toolbox.services, via=Door.DASHBOARD)
    note = f" {switch.note}" if switch.note else ""
    return Done(f"Sending has started again.{note}", visit.path)


def lift_one(visit: Visit, form: Form) -> Done:
    """Let an address be written to again."""
    lift(visit.onelane.toolbox.services, via=Door.DASHBOARD, suppression_id=form.text("id"))
    return Done("Lifted: this address may be written to again.", visit.path)


def _waiting_sign_in(visit: Visit) -> object:
    """The sign-in that waits for the person, if one does."""
    services = visit.onelane.toolbox.services
    sign_in = opened_sign_in(services) if services.online.sign_in.is_waiting else None
    return None if sign_in is None else orjson.loads(sign_in.contract_json())


def _costs(visit: Visit) -> dict[str, object]:
    """What models cost today, which is the last day, and in the days before; and what they may cost."""
    with visit.onelane.toolbox.database.read() as session:
        costs = run_lists.list_costs(session, count=DAYS)
        daily_usd = visit.onelane.toolbox.services.workspace.read(session).daily_usd
    return {"spent_usd": costs[-1], "days": len(costs), "days_usd": sum(costs), "daily_usd": daily_usd}


PAGE = Page(
    PATH,
    "settings.html",
    read,
    section="settings",
    acts={
        "connect": accounts.connect,
        "sign_in": accounts.sign_in,
        "check": accounts.check,
        "pause": accounts.pause,
        "resume": accounts.resume,
        "limit": accounts.limit,
        "save": workspace.save,
        "keep_key": keys.keep,
        "remove_key": keys.remove,
        "stop": stop,
        "start": start,
        "lift": lift_one,
    },
)
