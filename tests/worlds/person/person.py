"""The person of a world: sits down now and then, and does something through REST with their key, at odd moments.

Whatever they say is noted before Onelane hears it and confirmed by its answer: a crash in between leaves it open.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from tests.worlds.chance import Chance
from tests.worlds.clock import WorldClock
from tests.worlds.events import Agenda
from tests.worlds.mail.smtp_server import PASSWORD, USER
from tests.worlds.outside import Outside
from tests.worlds.people.strangers import google_csv, linkedin_csv, stranger
from tests.worlds.person.door import Answered, RestDoor
from tests.worlds.person.names import rename
from tests.worlds.person.posts import post
from tests.worlds.person.program import work_as_program
from tests.worlds.person.questions import answer_questions
from tests.worlds.person.runs import cancel_or_retry
from tests.worlds.person.wishes import AUTUMN, HOST, IMAP_PORT, SMTP_PORT, SPRING, written
from tests.worlds.yeses import CallYes, PostYes, Said, VersionYes, Yes, Yeses

Noted = TypeVar("Noted", Yes, VersionYes, CallYes, PostYes, Said)
_EDITED = "Dear you, I have written this by hand.\n\nIf you want no more: {{ unsubscribe }}"
_MOST_READ = 20


@dataclass
class Person:
    """The person.

    Args:
        chance: draws what they do
        clock: the world's
        agenda: where it is planned
        outside: they ask others whether a letter arrived
        yeses: what they said
        door: gives the REST door of the product as it is open now
        imports: the folder from which they import
        happened: told of each thing
    """

    chance: Chance
    clock: WorldClock
    agenda: Agenda
    outside: Outside
    yeses: Yeses
    door: Callable[[], RestDoor]
    imports: Path
    happened: Callable[[str, str], None]
    people: int = 50
    haste: int = 1
    """So many times as often as usual they sit down."""
    often: Mapping[str, float] = field(default_factory=dict[str, float])
    """How likely they do something, by its name, where that is not as usual."""
    delay_hours: int = 0
    """So long lies between two steps of their sequences; 0 for as long as it is written."""
    account_id: str = ""
    spring_id: str = ""
    autumn_id: str = ""
    is_quiet: bool = False

    # --- the beginning ---

    def set_up(self, accounts: Mapping[str, str], agent_hours: str) -> None:
        """Connect the account, import those they know, write two sequences, let syncs and agents come by themselves.

        Args:
            accounts: what is synced, and of which account, by their ids
            agent_hours: when an agent comes, as cron says it
        """
        servers = {"smtp": {"host": HOST, "port": SMTP_PORT, "security": "none"}}
        servers["imap"] = {"host": HOST, "port": IMAP_PORT, "security": "none"}
        made = self._must("/api/accounts", address=USER, password=PASSWORD, senderName="Ada", check=False, **servers)
        self.account_id = made["id"]
        self.spring_id = self._new_sequence(SPRING)
        self.autumn_id = self._new_sequence(AUTUMN)
        self.bring_in("google", range(self.people // 2))
        self.enroll(self.spring_id, self.people // 2)
        self._schedule(
            "agent", {"goal": "See what has changed, and tell me.", "budget": {"usd": 1}}, f"5 {agent_hours} * * *"
        )
        for place, (kind, account_id) in enumerate(accounts.items()):
            hours = "*/6" if place == 0 else "4"
            config = {"syncSubType": kind, "platformAccountId": account_id}
            self._schedule("sync", config, f"{10 + 10 * place} {hours} * * *")
        # On the first morning they read what was written.
        at = self.clock().replace(hour=7, minute=40)
        self.agenda.plan(at, "person/first", lambda: self.sit_down("person/first"))

    def _schedule(self, workflow_type: str, config: dict[str, Any], cron: str) -> None:
        given = {"workflowType": workflow_type, "config": config, "cron": cron, "timezone": "Europe/Berlin"}
        self._must("/api/workflows/schedule", name=f"{workflow_type} {cron}", **given)

    def plan_day(self, day: datetime) -> None:
        """Plan when they sit down on that day."""
        chance = self.chance.of(f"person/{day:%Y-%m-%d}")
        is_off = day.weekday() >= 5 and chance.random() < 0.7
        for number in range(0 if is_off else chance.choice((1, 2, 2, 3)) * self.haste):
            at = day.replace(hour=chance.randrange(6, 23), minute=chance.randrange(60), second=chance.randrange(60))
            key = f"person/{day:%Y-%m-%d}/{number}"
            if at > self.clock():
                self.agenda.plan(at, key, lambda key=key: self.sit_down(key))

    def sit_down(self, key: str) -> None:
        """Read what waits, and perhaps do something else."""
        if self.is_quiet:
            return
        self.read_what_waits(key)
        self.settle(key)
        answer_questions(self, key)
        for name, (likely, act) in self._acts().items():
            its = f"{key}/{name.replace(' ', '-')}"
            chance = self.chance.of(its)
            if chance.random() < self.often.get(name, likely) and self.chance.happens(its):
                act(its, chance)

    def _acts(self) -> dict[str, tuple[float, Callable[[str, Random], object]]]:
        return {
            "import": (0.15, self._import_more),
            "enroll": (0.20, self._enroll_more),
            "take back": (0.08, self._take_back),
            "edit": (0.05, self._edit_what_goes),
            "stop all": (0.04, self._stop_all),
            "suppress": (0.06, self._suppress),
            "erase": (0.04, self._erase),
            "rename": (0.05, lambda key, chance: rename(self, key, chance)),
            "archive": (0.06, self._archive),
            "restore": (0.05, self._restore),
            "pause template": (0.05, self._pause_or_resume_template),
            "pause run": (0.05, self._pause_or_resume_run),
            "change text": (0.05, self._change_text),
            "undo": (0.05, self._undo_latest),
            "merge": (0.10, self._merge),
            "remove": (0.05, self._remove_from_sequence),
            "approve unread": (0.03, self._approve_what_is_old),
            "cancel or retry": (0.10, lambda key, chance: cancel_or_retry(self, key, chance)),
            "program": (0.10, lambda key, chance: work_as_program(self, key, chance)),
            "post": (0.20, lambda key, chance: post(self, key, chance)),
        }

    def let_all_go_on(self, key: str) -> None:
        """Switch everything on again, and say yes to all that waits."""
        self.start_all(f"{key}/start")
        for template_id in (self.spring_id, self.autumn_id):
            self.resume_template(f"{key}/resume", template_id)
        self.door().post(f"/api/accounts/{self.account_id}/resume")
        self.settle(key)
        self.read_what_waits(key, everything=True)

    # --- what waits ---

    def read_what_waits(self, key: str, *, everything: bool = False) -> None:
        """Read the messages that wait, and decide about each."""
        listed = self.door().get("/api/outbound", status="awaiting_approval", pageSize=_MOST_READ)
        for shown in listed.body["data"] if listed.is_yes else ():
            its = f"{key}/{shown['id']}"
            chance = self.chance.of(its)
            if self.chance.happens(its):
                self._decide(its, shown, 0.0 if everything else chance.random(), chance)

    def _decide(self, key: str, shown: dict[str, Any], drawn: float, chance: Random) -> None:
        if drawn < 0.80:
            self.approve(key, shown)
        elif drawn < 0.86:
            self._reject(key, shown, skip=chance.random() < 0.5)
        elif drawn < 0.92:
            self._edit(key, shown)

    def approve(self, key: str, shown: dict[str, Any]) -> None:
        """Say yes to a message as it was shown."""
        yes = Yes(
            self.clock(),
            shown["id"],
            shown["toAddress"] or "",
            shown["fromAddress"] or "",
            shown["subject"] or "",
            shown["text"] or "",
            shown["hash"],
        )
        path = f"/api/outbound/{yes.action_id}/approve"
        self.say(self.yeses.messages, yes, key, f"approve {yes.action_id}", path, hash=yes.shown_hash)

    def _reject(self, key: str, shown: dict[str, Any], *, skip: bool) -> None:
        said = Said(self.clock(), shown["id"], "skip" if skip else "reject")
        self.say(
            self.yeses.rejections, said, key, f"reject {said.about}", f"/api/outbound/{said.about}/reject", skip=skip
        )

    def _edit(self, key: str, shown: dict[str, Any]) -> None:
        said = Said(self.clock(), shown["id"], _EDITED)
        path = f"/api/outbound/{said.about}/edit"
        self.say(self.yeses.edits, said, key, f"edit {said.about}", path, text=_EDITED)

    def settle(self, key: str) -> None:
        """Ask around what became of letters of which nobody knows, and say it."""
        listed = self.door().get("/api/outbound", status="uncertain", pageSize=_MOST_READ)
        for shown in listed.body["data"] if listed.is_yes else ():
            arrived = any(each.action_id == shown["id"] for each in self.outside.arrived)
            words = "sent" if arrived else self.chance.of(f"settle/{shown['id']}").choice(("again", "again", "give_up"))
            said = Said(self.clock(), shown["id"], words)
            path = f"/api/outbound/{said.about}/settle"
            self.say(
                self.yeses.settled,
                said,
                f"{key}/settle/{said.about}",
                f"settle {said.about} {words}",
                path,
                **{"as": words},
            )

    # --- whom they know ---

    def bring_in(self, source: str, numbers: Collection[int]) -> Answered:
        """Import an export of these people."""
        people = [stranger(self.chance, each) for each in numbers]
        write, name, sub_type = {
            "google": (google_csv, "contacts.csv", "gmail_contacts"),
            "linkedin": (linkedin_csv, "Connections.csv", "linkedin_contacts"),
        }[source]
        file = self.imports / f"{source}-{min(numbers)}-{max(numbers)}" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(write(people), encoding="utf-8")
        self.yeses.wishes += [Said(self.clock(), each.address, "import") for each in people]
        return self.door().post("/api/workflows/sync", subType=sub_type, file=str(file))

    def enroll(self, template_id: str, most: int, *, skip: int = 0) -> Answered:
        """Put some of those they know into a sequence."""
        listed = self.door().get("/api/contacts", pageSize=100)
        found = [each["id"] for each in listed.body["data"]] if listed.is_yes else []
        chosen = sorted(found)[skip : skip + most]
        self.yeses.wishes += [Said(self.clock(), each, f"enroll {template_id}") for each in chosen]
        return self.door().post(f"/api/workflows/templates/{template_id}/enrollments", contactIds=chosen)

    # --- odd moments ---

    def _import_more(self, key: str, chance: Random) -> None:
        first = chance.randrange(self.people)
        source = chance.choice(("google", "linkedin"))
        answered = self.bring_in(source, range(first, first + chance.randrange(1, 12)))
        self.happened(key, f"import {source} from {first}: {answered.status}")

    def _enroll_more(self, key: str, chance: Random) -> None:
        template_id = chance.choice((self.spring_id, self.autumn_id))
        answered = self.enroll(template_id, chance.randrange(1, 8), skip=chance.randrange(60))
        self.happened(key, f"enroll in {template_id}: {answered.status}")

    def _take_back(self, key: str, chance: Random) -> None:
        for shown in self.some("/api/outbound", chance, status="approved"):
            said = Said(self.clock(), shown["id"])
            self.say(self.yeses.undone, said, key, f"take back {said.about}", f"/api/outbound/{said.about}/undo")

    def _edit_what_goes(self, key: str, chance: Random) -> None:
        for shown in self.some("/api/outbound", chance, status="approved"):
            self._edit(key, shown)

    def _stop_all(self, key: str, chance: Random) -> None:
        self.say(self.yeses.switches, Said(self.clock(), "outbound", "stopped"), key, "stop all", "/api/outbound/stop")
        # The machine stays awake for a while, so that what goes in spite of it goes.
        for minutes in (3, 5, 10, 20):
            self.agenda.plan(self.clock() + timedelta(minutes=minutes), f"{key}/awake/{minutes}", lambda: None)
        again = self.clock() + timedelta(hours=chance.choice((1, 5, 30)))
        self.agenda.plan(again, f"{key}/start", lambda: self.start_all(f"{key}/start"))

    def start_all(self, key: str) -> None:
        """Let things go out again."""
        self.say(self.yeses.switches, Said(self.clock(), "outbound", "on"), key, "start all", "/api/outbound/start")

    def _suppress(self, key: str, chance: Random) -> None:
        for contact in self.some("/api/contacts", chance):
            address = contact.get("email")
            if address:
                said = Said(self.clock(), address, "suppress")
                self.say(self.yeses.stops, said, key, f"suppress {address}", "/api/suppressions", address=address)

    def _erase(self, key: str, chance: Random) -> None:
        for contact in self.some("/api/contacts", chance):
            said = Said(self.clock(), contact["id"], contact.get("email") or "")
            self._note(
                self.yeses.erasures,
                said,
                key,
                f"erase {said.about}",
                lambda said=said: self.door().ask("DELETE", f"/api/contacts/{said.about}", query={"erase": "true"}),
            )

    def _archive(self, key: str, chance: Random) -> None:
        for contact in self.some("/api/contacts", chance):
            answered = self.door().post("/api/contacts/archive", contactIds=[contact["id"]], reason="not now")
            self.happened(key, f"archive {contact['id']}: {answered.status}")

    def _restore(self, key: str, chance: Random) -> None:
        for contact in self.some("/api/contacts", chance, archived="true"):
            answered = self.door().post("/api/contacts/restore", contactIds=[contact["id"]])
            self.happened(key, f"restore {contact['id']}: {answered.status}")

    def _pause_or_resume_template(self, key: str, chance: Random) -> None:
        template_id = chance.choice((self.spring_id, self.autumn_id))
        answered = self.door().ask("PATCH", f"/api/workflows/templates/{template_id}", body={"status": "paused"})
        self.happened(key, f"pause template {template_id}: {answered.status}")
        again = self.clock() + timedelta(hours=chance.choice((2, 26, 80)))
        self.agenda.plan(again, f"{key}/resume", lambda: self.resume_template(f"{key}/resume", template_id))

    def resume_template(self, key: str, template_id: str) -> None:
        """Let a sequence go on."""
        answered = self.door().ask("PATCH", f"/api/workflows/templates/{template_id}", body={"status": "active"})
        self.happened(key, f"resume template {template_id}: {answered.status}")

    def _pause_or_resume_run(self, key: str, chance: Random) -> None:
        for run in self.some("/api/workflows", chance, workflowType="sequence"):
            action = "resume" if run["status"] == "paused" else "pause"
            answered = self.door().post(f"/api/workflows/{run['id']}/{action}")
            self.happened(key, f"{action} run {run['id']}: {answered.status}")

    def _change_text(self, key: str, chance: Random) -> None:
        template_id, wish = chance.choice(((self.spring_id, SPRING), (self.autumn_id, AUTUMN)))
        steps: list[dict[str, Any]] = [*written(wish, self.delay_hours)["steps"]]
        steps[0] = {**steps[0], "config": {**steps[0]["config"], "subject": f"Compilers {chance.randrange(90)}"}}
        answered = self.door().ask("PATCH", f"/api/workflows/templates/{template_id}", body={"steps": steps})
        self.happened(key, f"change the text of {template_id}: {answered.status}")
        self._approve_version(f"{key}/version", template_id)

    def _undo_latest(self, key: str, chance: Random) -> None:
        said = Said(self.clock(), "latest")
        self.say(self.yeses.undos, said, key, "undo the latest", "/api/undo", what="latest")

    def _merge(self, key: str, chance: Random) -> None:
        listed = self.door().get("/api/contacts", pageSize=100)
        by_name: dict[str, list[str]] = {}
        for each in listed.body["data"] if listed.is_yes else ():
            by_name.setdefault(str(each["name"]).lower(), []).append(each["id"])
        pairs = sorted(tuple(sorted(ids)[:2]) for ids in by_name.values() if len(ids) > 1)
        if pairs:
            one, other = chance.choice(pairs)
            answered = self.door().post("/api/contacts/merge", otherId=one, keptId=other)
            self.happened(key, f"merge {one} into {other}: {answered.status}")

    def _remove_from_sequence(self, key: str, chance: Random) -> None:
        for each in self.some(f"/api/workflows/templates/{self.spring_id}/enrollments", chance, status="active"):
            answered = self.door().ask("PATCH", f"/api/workflows/enrollments/{each['id']}", body={"status": "removed"})
            self.happened(key, f"remove {each['id']}: {answered.status}")

    def _approve_what_is_old(self, key: str, chance: Random) -> None:
        """Approve with a hash that was read some time ago, or that nobody was shown."""
        for shown in self.some("/api/outbound", chance, status="awaiting_approval"):
            answered = self.door().post(f"/api/outbound/{shown['id']}/approve", hash="0" * 64)
            self.happened(key, f"approve {shown['id']} unread: {answered.status}")

    # --- how they speak ---

    def _new_sequence(self, wish: dict[str, Any]) -> str:
        template_id = self._must("/api/workflows/templates", **written(wish, self.delay_hours))["id"]
        self._must(f"/api/workflows/templates/{template_id}/activate")
        self._approve_version("set-up", template_id)
        return template_id

    def _approve_version(self, key: str, template_id: str) -> None:
        listed = self.door().get(f"/api/workflows/templates/{template_id}/versions")
        if not listed.is_yes or not listed.body["data"]:
            return
        number = max(each["version"] for each in listed.body["data"])
        shown = self.door().get(f"/api/workflows/templates/{template_id}")
        texts = tuple(str(each["config"]) for each in shown.body["steps"])
        yes = VersionYes(self.clock(), template_id, number, texts)
        path = f"/api/workflows/templates/{template_id}/approve"
        self.say(self.yeses.versions, yes, key, f"approve version {number} of {template_id}", path, version=number)

    def some(self, path: str, chance: Random, **query: object) -> list[dict[str, Any]]:
        """One of what is listed, or none."""
        listed = self.door().get(path, pageSize=100, **query)
        found: list[dict[str, Any]] = listed.body["data"] if listed.is_yes else []
        return [chance.choice(sorted(found, key=lambda each: str(each["id"])))] if found else []

    def say(self, notes: list[Noted], said: Noted, key: str, words: str, path: str, **body: object) -> bool:
        """Say something at a door of theirs; whether Onelane took it."""
        return self._note(notes, said, key, words, lambda: self.door().post(path, **body))

    def _note(self, notes: list[Noted], said: Noted, key: str, words: str, ask: Callable[[], Answered]) -> bool:
        notes.append(replace(said, confirmed=False))
        place = len(notes) - 1
        answered = ask()
        if answered.is_yes:
            notes[place] = said
        elif answered.status < 500:
            del notes[place]
        self.happened(key, f"{words}: {answered.status}")
        return answered.is_yes

    def _must(self, path: str, **body: object) -> Any:
        answered = self.door().post(path, **body)
        assert answered.is_yes, answered.content.decode()
        return answered.body
