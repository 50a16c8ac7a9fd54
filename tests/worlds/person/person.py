"""The person of a world: sits down now and then, and does something through REST with their key, at odd moments.

Whatever they say is noted before Onelane hears it and confirmed by its answer: a crash in between leaves it open.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from tests.worlds.backups import Backups
from tests.worlds.chance import Chance
from tests.worlds.clock import WorldClock
from tests.worlds.events import Agenda
from tests.worlds.mail.smtp_server import PASSWORD, USER
from tests.worlds.outside import Outside
from tests.worlds.people.strangers import google_csv, linkedin_csv, stranger
from tests.worlds.person.backups import back_up, put_back
from tests.worlds.person.door import Answered, RestDoor
from tests.worlds.person.names import rename
from tests.worlds.person.posts import post
from tests.worlds.person.program import work_as_program
from tests.worlds.person.questions import answer_questions
from tests.worlds.person.runs import cancel_or_retry
from tests.worlds.person.schedules import plant_or_delete
from tests.worlds.person.versions import change_text, migrate
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
        backups: of their home
        happened: told of each thing
    """

    chance: Chance
    clock: WorldClock
    agenda: Agenda
    outside: Outside
    yeses: Yeses
    door: Callable[[], RestDoor]
    imports: Path
    backups: Backups
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
        account = self._must("/api/accounts", address=USER, password=PASSWORD, senderName="Ada", check=False, **servers)
        self.account_id = account["id"]
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
        schedule_fields = {"workflowType": workflow_type, "config": config, "cron": cron, "timezone": "Europe/Berlin"}
        self._must("/api/workflows/schedule", name=f"{workflow_type} {cron}", **schedule_fields)

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
            act_key = f"{key}/{name.replace(' ', '-')}"
            chance = self.chance.of(act_key)
            if chance.random() < self.often.get(name, likely) and self.chance.happens(act_key):
                act(act_key, chance)

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
            "change text": (0.05, lambda key, chance: change_text(self, key, chance)),
            "migrate": (0.03, lambda key, chance: migrate(self, key, chance)),
            "undo": (0.05, self._undo_latest),
            "merge": (0.10, self._merge),
            "remove": (0.05, self._remove_from_sequence),
            "approve unread": (0.03, self._approve_what_is_old),
            "cancel or retry": (0.10, lambda key, chance: cancel_or_retry(self, key, chance)),
            "program": (0.10, lambda key, chance: work_as_program(self, key, chance)),
            "schedule": (0.15, lambda key, chance: plant_or_delete(self, key, chance)),
            "post": (0.20, lambda key, chance: post(self, key, chance)),
            "back up": (0.10, lambda key, chance: back_up(self, key)),
            "put back": (0.03, lambda key, chance: put_back(self, key, chance)),
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
        listing = self.door().get("/api/outbound", status="awaiting_approval", pageSize=_MOST_READ)
        for message in listing.body["data"] if listing.is_yes else ():
            message_key = f"{key}/{message['id']}"
            chance = self.chance.of(message_key)
            if self.chance.happens(message_key):
                self._decide(message_key, message, 0.0 if everything else chance.random(), chance)

    def _decide(self, key: str, message: dict[str, Any], draw: float, chance: Random) -> None:
        if draw < 0.80:
            self.approve(key, message)
        elif draw < 0.86:
            self._reject(key, message, skip=chance.random() < 0.5)
        elif draw < 0.92:
            self._edit(key, message)

    def approve(self, key: str, message: dict[str, Any]) -> None:
        """Say yes to a message as it was shown."""
        yes = Yes(
            self.clock(),
            message["id"],
            message["toAddress"] or "",
            message["fromAddress"] or "",
            message["subject"] or "",
            message["text"] or "",
            message["hash"],
        )
        path = f"/api/outbound/{yes.action_id}/approve"
        self.say(self.yeses.messages, yes, key, f"approve {yes.action_id}", path, hash=yes.shown_hash)

    def _reject(self, key: str, message: dict[str, Any], *, skip: bool) -> None:
        decision = Said(self.clock(), message["id"], "skip" if skip else "reject")
        self.say(
            self.yeses.rejections,
            decision,
            key,
            f"reject {decision.about}",
            f"/api/outbound/{decision.about}/reject",
            skip=skip,
        )

    def _edit(self, key: str, message: dict[str, Any]) -> None:
        edit = Said(self.clock(), message["id"], _EDITED)
        path = f"/api/outbound/{edit.about}/edit"
        # The subject is edited as well, but for some, so that what follows in the thread has another one.
        subject = {"subject": f"By hand {edit.about[-4:]}"} if self.chance.of(f"{key}/subject").random() < 0.5 else {}
        self.say(self.yeses.edits, edit, key, f"edit {edit.about}", path, text=_EDITED, **subject)

    def settle(self, key: str) -> None:
        """Ask around what became of letters of which nobody knows, and say it."""
        listing = self.door().get("/api/outbound", status="uncertain", pageSize=_MOST_READ)
        for message in listing.body["data"] if listing.is_yes else ():
            has_arrived = any(each.action_id == message["id"] for each in self.outside.arrived)
            words = (
                "sent"
                if has_arrived
                else self.chance.of(f"settle/{message['id']}").choice(("again", "again", "give_up"))
            )
            word = Said(self.clock(), message["id"], words)
            path = f"/api/outbound/{word.about}/settle"
            self.say(
                self.yeses.settled,
                word,
                f"{key}/settle/{word.about}",
                f"settle {word.about} {words}",
                path,
                **{"as": words},
            )

    # --- whom they know ---

    def bring_in(self, source: str, numbers: Collection[int]) -> Answered:
        """Import an export of these people."""
        people = [stranger(self.chance, each) for each in numbers]
        # Programs export in an order of their own, and another one tomorrow.
        self.chance.of(f"order/{source}/{self.clock():%Y-%m-%d %H}").shuffle(people)
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
        listing = self.door().get("/api/contacts", pageSize=100)
        contacts: list[dict[str, Any]] = listing.body["data"] if listing.is_yes else []
        contact_ids = [each["id"] for each in contacts]
        chosen_ids = sorted(contact_ids)[skip : skip + most]
        self.yeses.wishes += [Said(self.clock(), each, f"enroll {template_id}") for each in chosen_ids]
        return self.door().post(f"/api/workflows/templates/{template_id}/enrollments", contactIds=chosen_ids)

    # --- odd moments ---

    def _import_more(self, key: str, chance: Random) -> None:
        first = chance.randrange(self.people)
        source = chance.choice(("google", "linkedin"))
        answer = self.bring_in(source, range(first, first + chance.randrange(1, 12)))
        self.happened(key, f"import {source} from {first}: {answer.status}")

    def _enroll_more(self, key: str, chance: Random) -> None:
        template_id = chance.choice((self.spring_id, self.autumn_id))
        answer = self.enroll(template_id, chance.randrange(1, 8), skip=chance.randrange(60))
        self.happened(key, f"enroll in {template_id}: {answer.status}")

    def _take_back(self, key: str, chance: Random) -> None:
        for message in self.some("/api/outbound", chance, status="approved"):
            undo = Said(self.clock(), message["id"])
            self.say(self.yeses.undone, undo, key, f"take back {undo.about}", f"/api/outbound/{undo.about}/undo")

    def _edit_what_goes(self, key: str, chance: Random) -> None:
        for message in self.some("/api/outbound", chance, status="approved"):
            self._edit(key, message)

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
                stop = Said(self.clock(), address, "suppress")
                self.say(self.yeses.stops, stop, key, f"suppress {address}", "/api/suppressions", address=address)

    def _erase(self, key: str, chance: Random) -> None:
        for contact in self.some("/api/contacts", chance):
            erasure = Said(self.clock(), contact["id"], contact.get("email") or "")
            self.note(
                self.yeses.erasures,
                erasure,
                key,
                f"erase {erasure.about}",
                lambda said=erasure: self.door().ask("DELETE", f"/api/contacts/{said.about}", query={"erase": "true"}),
            )

    def _archive(self, key: str, chance: Random) -> None:
        for contact in self.some("/api/contacts", chance):
            answer = self.door().post("/api/contacts/archive", contactIds=[contact["id"]], reason="not now")
            self.happened(key, f"archive {contact['id']}: {answer.status}")

    def _restore(self, key: str, chance: Random) -> None:
        for contact in self.some("/api/contacts", chance, archived="true"):
            answer = self.door().post("/api/contacts/restore", contactIds=[contact["id"]])
            self.happened(key, f"restore {contact['id']}: {answer.status}")

    def _pause_or_resume_template(self, key: str, chance: Random) -> None:
        template_id = chance.choice((self.spring_id, self.autumn_id))
        answer = self.door().ask("PATCH", f"/api/workflows/templates/{template_id}", body={"status": "paused"})
        self.happened(key, f"pause template {template_id}: {answer.status}")
        again = self.clock() + timedelta(hours=chance.choice((2, 26, 80)))
        self.agenda.plan(again, f"{key}/resume", lambda: self.resume_template(f"{key}/resume", template_id))

    def resume_template(self, key: str, template_id: str) -> None:
        """Let a sequence go on."""
        answer = self.door().ask("PATCH", f"/api/workflows/templates/{template_id}", body={"status": "active"})
        self.happened(key, f"resume template {template_id}: {answer.status}")

    def _pause_or_resume_run(self, key: str, chance: Random) -> None:
        for run in self.some("/api/workflows", chance, workflowType="sequence"):
            action = "resume" if run["status"] == "paused" else "pause"
            answer = self.door().post(f"/api/workflows/{run['id']}/{action}")
            self.happened(key, f"{action} run {run['id']}: {answer.status}")

    def _undo_latest(self, key: str, chance: Random) -> None:
        undo = Said(self.clock(), "latest")
        self.say(self.yeses.undos, undo, key, "undo the latest", "/api/undo", what="latest")

    def _merge(self, key: str, chance: Random) -> None:
        listing = self.door().get("/api/contacts", pageSize=100)
        by_name: dict[str, list[str]] = {}
        for each in listing.body["data"] if listing.is_yes else ():
            by_name.setdefault(str(each["name"]).lower(), []).append(each["id"])
        pairs = sorted(tuple(sorted(ids)[:2]) for ids in by_name.values() if len(ids) > 1)
        if pairs:
            one, other = chance.choice(pairs)
            answer = self.door().post("/api/contacts/merge", otherId=one, keptId=other)
            self.happened(key, f"merge {one} into {other}: {answer.status}")

    def _remove_from_sequence(self, key: str, chance: Random) -> None:
        for each in self.some(f"/api/workflows/templates/{self.spring_id}/enrollments", chance, status="active"):
            answer = self.door().ask("PATCH", f"/api/workflows/enrollments/{each['id']}", body={"status": "removed"})
            self.happened(key, f"remove {each['id']}: {answer.status}")

    def _approve_what_is_old(self, key: str, chance: Random) -> None:
        """Approve with a hash that was read some time ago, or that nobody was shown."""
        for message in self.some("/api/outbound", chance, status="awaiting_approval"):
            answer = self.door().post(f"/api/outbound/{message['id']}/approve", hash="0" * 64)
            self.happened(key, f"approve {message['id']} unread: {answer.status}")

    # --- how they speak ---

    def _new_sequence(self, wish: dict[str, Any]) -> str:
        template_id = self._must("/api/workflows/templates", **written(wish, self.delay_hours))["id"]
        self._must(f"/api/workflows/templates/{template_id}/activate")
        self.approve_version("set-up", template_id)
        return template_id

    def newest_version(self, template_id: str) -> int | None:
        """The number of a sequence's newest version."""
        listing = self.door().get(f"/api/workflows/templates/{template_id}/versions")
        return max((each["version"] for each in listing.body["data"]), default=None) if listing.is_yes else None

    def approve_version(self, key: str, template_id: str) -> None:
        """Say yes to the newest version of a sequence as it is shown."""
        number = self.newest_version(template_id)
        if number is None:
            return
        template = self.door().get(f"/api/workflows/templates/{template_id}")
        texts = tuple(str(each["config"]) for each in template.body["steps"])
        yes = VersionYes(self.clock(), template_id, number, texts)
        path = f"/api/workflows/templates/{template_id}/approve"
        self.say(self.yeses.versions, yes, key, f"approve version {number} of {template_id}", path, version=number)

    def some(self, path: str, chance: Random, **query: object) -> list[dict[str, Any]]:
        """One of what is listed, or none."""
        listing = self.door().get(path, pageSize=100, **query)
        items: list[dict[str, Any]] = listing.body["data"] if listing.is_yes else []
        return [chance.choice(sorted(items, key=lambda each: str(each["id"])))] if items else []

    def say(self, notes: list[Noted], note: Noted, key: str, words: str, path: str, **body: object) -> bool:
        """Say something at a door of theirs; whether Onelane took it."""
        return self.note(notes, note, key, words, lambda: self.door().post(path, **body))

    def note(self, notes: list[Noted], note: Noted, key: str, words: str, ask: Callable[[], Answered]) -> bool:
        """Note what they say before Onelane hears it, and whether it did."""
        notes.append(replace(note, confirmed=False))
        place = len(notes) - 1
        answer = ask()
        if answer.is_yes:
            notes[place] = note
        elif answer.status < 500:
            del notes[place]
        self.happened(key, f"{words}: {answer.status}")
        return answer.is_yes

    def _must(self, path: str, **body: object) -> Any:
        answer = self.door().post(path, **body)
        assert answer.is_yes, answer.content.decode()
        return answer.body
