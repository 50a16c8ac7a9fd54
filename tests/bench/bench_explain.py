"""How long it takes to say why somebody waits, what fifty people would be sent, and what came of a template.

    python -m tests.bench.bench_explain [--people 20000] [--sent 15000] [--rounds 30]
    python -m tests.bench.bench_explain --people 50 --rounds 1      in small, to see that it runs

On a SQLite database with so many people in one sequence of three letters, of whom many have got the first. Each call
goes through the registry, as every face makes it. The aim is under 100 ms for an explanation and for a preview of 50.
On a machine that does other work besides, the time on the processor says more.
"""

import argparse
import json
import statistics
from collections.abc import Callable, Sequence
from datetime import timedelta
from time import perf_counter, process_time

import sqlalchemy as sa

from onelane.storage.database.engine import Database
from onelane.storage.database.rows import table_of
from onelane.storage.outreach import template_versions
from onelane.storage.outreach.outbound.outbound_actions import ActionStatus, OutboundAction, action_key
from onelane.storage.people.contacts import Contact
from onelane.storage.platforms.accounts import Channel, Transport
from onelane.storage.workflows.enrollments import Enrollment, EnrollmentStatus
from onelane.storage.workflows.templates import TemplateStepType
from onelane.tools.outreach import sequences
from onelane.tools.registry.context import Caller, Face
from onelane.tools.workflows import templates as template_tools
from onelane.tools.workflows.template_views import TemplateWithSteps
from tests.bench.databases import new_database
from tests.bench.figures import Figure, tell
from tests.connected_mail import connect_mail
from tests.toolbox import Toolbox, toolbox

AIM_MS = {"explain": 100, "preview of 50": 100}
"""What is aimed at, at most."""
WINDOW = {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:00"}
CALLER = Caller(Face.CLI)
LETTERS = [
    {"step_type": "message", "config": {"subject": "About {{ company or 'you' }}", "text": "Hello {{ first_name }}"}},
    {"step_type": "message", "config": {"sameThread": True, "text": "Did you see this, {{ first_name }}?"}},
    {"step_type": "message", "config": {"sameThread": True, "text": "Goodbye, {{ first_name or 'friend' }}"}},
]


def seeded(database: Database, people: int, sent: int) -> tuple[Toolbox, str, list[str]]:
    """A sequence with so many people; the tools, its id, and some of the people."""
    with database.write() as session:
        account = connect_mail(session)
    tools = toolbox(database, template_tools, sequences)
    steps = [{**letter, "delay_hours": 72 * index} for index, letter in enumerate(LETTERS)]
    template = tools.call(
        TemplateWithSteps, "create_template", name="Spring", template_type="outreach", platform="gmail",
        status="active", config=json.dumps({"window": WINDOW, "caps": {"perDay": 40}}), steps=steps,
    )  # fmt: skip
    with database.write() as session:
        version = template_versions.latest_version(session, template.id)
        assert version is not None
        now = session.now()
        contacts, enrollments = session.new_ids("con", people), session.new_ids("enr", people)
        zones = ("Europe/Berlin", "America/New_York", "Asia/Tokyo", None)
        _insert(session.sql, Contact, [
            {"id": each, "name": f"Ada Person{'abcdefgh'[n % 8]}", "email": f"a{n}@x.test", "time_zone": zones[n % 4],
             "created_at": now, "updated_at": now}
            for n, each in enumerate(contacts)
        ])  # fmt: skip
        written = min(sent, people)
        _insert(session.sql, Enrollment, [
            {"id": each, "template_id": template.id, "contact_id": contacts[n], "status": EnrollmentStatus.ACTIVE,
             "current_step_index": 1 if n < written else 0, "enrolled_at": now, "step_began_at": now, "seed": n,
             "template_version_id": version.id, "is_exclusive": True, "platform_account_id": account.id}
            for n, each in enumerate(enrollments)
        ])  # fmt: skip
        _insert(session.sql, OutboundAction, [
            {"id": action, "action_key": action_key(enrollments[n], 0, 0), "enrollment_id": enrollments[n],
             "contact_id": contacts[n], "template_id": template.id, "template_version_id": version.id,
             "platform_account_id": account.id, "channel": Channel.EMAIL, "transport": Transport.SMTP,
             "step_type": TemplateStepType.MESSAGE, "step_index": 0, "content_hash": "x", "status": ActionStatus.SENT,
             "sending_at": now - timedelta(minutes=40 * n), "sent_at": now, "created_at": now, "updated_at": now}
            for n, action in enumerate(session.new_ids("out", written))
        ])  # fmt: skip
    return tools, template.id, [*contacts[:25], *contacts[-25:]]


def _insert(sql: Callable[..., object], kind: type, rows: list[dict[str, object]]) -> None:
    sql(sa.insert(table_of(kind)), rows)


def timed(call: Callable[[], object], rounds: int) -> tuple[list[float], list[float]]:
    """How many milliseconds each call took, and how many on the processor; the first, which loads much, is left out."""
    call()
    taken: list[float] = []
    worked: list[float] = []
    for _ in range(rounds):
        started, began = perf_counter(), process_time()
        call()
        taken.append((perf_counter() - started) * 1000)
        worked.append((process_time() - began) * 1000)
    return sorted(taken), sorted(worked)


def main(typed: Sequence[str] | None = None) -> list[Figure]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--sent", type=int, default=15_000)
    parser.add_argument("--rounds", type=int, default=30)
    arguments = parser.parse_args(typed)
    with new_database() as database:
        tools, template_id, some = seeded(database, arguments.people, arguments.sent)
        ways: dict[str, Callable[[], object]] = {
            "explain": lambda: tools.product.call("explain", {"id": some[0]}, CALLER),
            "preview of 50": lambda: tools.product.call(
                "preview_sequence", {"template_id": template_id, "contact_ids": some}, CALLER
            ),
            "nothing": lambda: tools.product.call("list_templates", {"status": "paused"}, CALLER),
            "stats": lambda: tools.product.call("get_template_stats", {"template_id": template_id}, CALLER),
        }
        found: dict[str, float] = {}
        for name, call in ways.items():
            taken, worked = timed(call, arguments.rounds)
            found[name] = statistics.median(worked)
            late = int(len(taken) * 0.95)
            aim = f" (aim: under {AIM_MS[name]} ms)" if name in AIM_MS else ""
            print(
                f"{name:14} median {statistics.median(taken):6.1f} ms, p95 {taken[late]:6.1f} ms; on the processor "
                f"median {statistics.median(worked):6.1f} ms, p95 {worked[late]:6.1f} ms{aim}"
            )
    floor, is_floor = found.pop("nothing"), "a list that is empty"
    of = f"{arguments.people:,} people"
    return tell([Figure(f"{name}, {of}", ms, "ms of CPU", floor, is_floor) for name, ms in found.items()])


if __name__ == "__main__":
    main()
