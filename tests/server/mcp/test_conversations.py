"""Whole conversations, as a model has them that reads nothing but the text of the answers.

The first is the one of the README, word for word as far as what is claimed; the second that of a person without a key.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from mcp import Client
from mcp.client import ClientRequestContext
from mcp_types import ElicitRequestParams, ElicitResult, TextContent

from onelane.server.engine.dispatch.inline import InlineDispatcher
from onelane.server.engine.engine import RunEngine
from onelane.server.mcp import build_mcp
from onelane.server.run_types import all_run_types
from onelane.server.settings import Settings
from onelane.storage.database.engine import Database
from onelane.tools.catalogue import all_tools
from onelane.tools.registry.context import Services
from onelane.tools.registry.runs.run_type import RunTypes
from onelane.tools.registry.toolbox import Toolbox
from tests.samples.linkedin import CONNECTION_COLUMNS, PREAMBLE
from tests.server.houses import House

MOST_CALLS, MOST_TOKENS, MOST_TOKENS_OF_AN_ANSWER = 16, 6000, 8000
PEOPLE = [
    *((f"Fin{number}", "Tech", f"fin-{number}", "Orchard Fintech", "Head of Payments") for number in range(17)),
    *((f"Bea{number}", "Baker", f"bea-{number}", "Flour & Sons", "Master Baker") for number in range(4)),
    *((f"Cy{number}", "Clerk", f"cy-{number}", "Harbour Works", "Clerk") for number in range(20)),
]
TWICE = {"name": "Fin0 Tech", "company": "Orchard Fintech"}
"""Noted by hand before; the export has somebody of that name there."""
BAD = [",,,,Nobody,,01 Oct 2026", "Cut,Off", '"Unclosed,Quote,,,X,Y,01 Oct 2026']


@dataclass
class Chat:
    """A model that has the texts of answers and nothing else, and counts what it pays for."""

    client: Client
    calls: int = 0
    tokens: int = 0
    texts: list[str] = field(default_factory=list[str])

    async def call(self, tool: str, **arguments: object) -> str:
        """The text of an answer."""
        answer = await self.client.call_tool(tool, arguments)
        text = "\n".join(block.text for block in answer.content if isinstance(block, TextContent))
        spent = (len(json.dumps(arguments)) + len(text)) // 4
        assert spent < MOST_TOKENS_OF_AN_ANSWER, tool
        self.calls, self.tokens = self.calls + 1, self.tokens + spent
        self.texts.append(text)
        return text

    def check_budget(self) -> None:
        """See to it that the whole of it stayed small."""
        print(f"{self.calls} calls, {self.tokens} tokens")  # noqa: T201 - the figures
        assert self.calls <= MOST_CALLS
        assert self.tokens <= MOST_TOKENS


@pytest.fixture
def onelane(sqlite_database: Database, tmp_path: Path) -> Iterator[House]:
    """Onelane with all its tools; a run is carried out in the moment in which it is started."""
    engine = RunEngine(sqlite_database, InlineDispatcher(), RunTypes(*all_run_types()))
    toolbox = Toolbox(all_tools(), Services(sqlite_database, engine, [downloads(tmp_path)]))
    engine.equip(toolbox)
    engine.serve()
    yield House(Settings(home=tmp_path / "home"), toolbox)
    engine.stop()


def downloads(folder: Path) -> Path:
    """A person's downloads: an export of today, and one of last year in which some of the people stand already."""
    (folder / "Downloads").mkdir()
    write(folder / "Downloads/Connections.csv", PEOPLE, BAD)
    write(folder / "Downloads/Connections of last year.csv", PEOPLE[-20:], [])
    return folder / "Downloads"


def write(file: Path, people: list[tuple[str, str, str, str, str]], bad: list[str]) -> None:
    rows = [
        f"{first},{last},https://www.linkedin.com/in/{slug},{slug}@example.com,{company},{title},01 Oct 2026"
        for first, last, slug, company, title in people
    ]
    file.write_text(PREAMBLE + "\n".join([",".join(CONNECTION_COLUMNS), *rows, *bad]) + "\n", encoding="utf-8")


def line_of(folder: Path, bad: str) -> int:
    return (folder / "Downloads/Connections.csv").read_text(encoding="utf-8").splitlines().index(bad) + 1


async def says_yes(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
    """A person who reads what their client asks, and agrees."""
    return ElicitResult(action="accept", content={"confirm": True})


def id_in(text: str, prefix: str) -> str:
    """The first id of this kind in a text."""
    return next(word.strip("'\",()") for word in text.split() if word.strip("'\",()").startswith(prefix))


async def test_the_conversation_of_the_readme_can_be_had(onelane: House, tmp_path: Path) -> None:
    async with Client(build_mcp(onelane), elicitation_callback=says_yes) as client:
        await client.call_tool("start_sync", {"file": "Connections of last year.csv"})
        await client.call_tool("save_contact", TWICE)
        for almost in ("connections", "Conections.csv"):
            assert "Did you mean 'Connections.csv'?" in str(await client.call_tool("start_sync", {"file": almost}))
        chat = Chat(client)

        offered = await chat.call("start_sync", sub_type="linkedin_contacts")
        assert "2 lie ready" in offered
        assert "Connections.csv" in offered

        brought = await chat.call("start_sync", file="Connections.csv")
        nameless, cut_off, unclosed = (line_of(tmp_path, bad) for bad in BAD)
        for claim in (
            "LinkedIn Connections from Connections.csv",
            "21 people added",
            "20 known already",
            f"no name, as LinkedIn leaves it for accounts that were closed (line {nameless})",
            f"2 columns where the header has 7 (line {cut_off})",
            f"a quote that is never closed (line {unclosed})",
            "1 may be a person whom you have twice: list_tasks shows them",
        ):
            assert claim in brought

        twice = await chat.call("list_tasks", task_type="merge_proposal")
        for side in (
            "linkedin.com/in/fin-0",
            "Fin0 Tech, Orchard Fintech",
            "same name and company",
            "merge_contacts(",
            "keep_contacts_",
        ):
            assert side in twice

        found = await chat.call("search_contacts", query="who of them works in fintech?")
        assert "query='fintech" in found
        assert "18 of 18 contacts." in found

        step = {"step_type": "message", "config": {"subject": "Autumn", "text": "Hello {{ first_name }}"}}
        made = await chat.call("create_template", name="Autumn hello", template_type="outreach", steps=[step])
        assert "text: Hello {{ first_name }}" in made
        enrolled = await chat.call("enroll_contacts", template_id="Autumn hello", where={"query": "fintech"}, expect=18)
        assert "17 queued" in enrolled
        assert "1 blocked: Fin0 Tech (no channel)" in enrolled

        monday = {"workflow_type": "sync", "config": {"sub_type": "linkedin_contacts", "file": "Connections.csv"}}
        words = await chat.call("set_schedule", **monday, cron="every Monday at 8", timezone="Europe/Berlin")
        assert "'0 8 * * mon'" in words
        set_up = await chat.call("set_schedule", **monday, cron="0 8 * * mon", timezone="Europe/Berlin")
        assert "2026-11-09T08:00" in set_up.replace(" ", "T")
        assert "starts the same already" in await chat.call(
            "set_schedule", **monday, cron="0 8 * * mon", timezone="Europe/Berlin"
        )

        nothing = await chat.call("start_run", workflow_type="enrich", config={"below_score": 101})
        assert "Nobody was looked at: of 42 contacts 42 have no page that may be read" in nothing
        assert "onelane keys set anthropic, or let a chat do it" in nothing

        pruned = await chat.call(
            "start_run", workflow_type="prune", config={"mode": "rules", "criteria": {"title_matches": ["Baker"]}}
        )
        assert "4 archived" in pruned
        assert pruned.count("Bea") == 4
        assert pruned.count('"Baker" in the title') == 4
        back = await chat.call("restore_contacts", run_id=id_in(pruned, "run_"))
        assert "4 restored" in back

        latest = await chat.call("list_runs", page_size=3)
        assert "4 archived" in latest
        assert "21 people added" in latest
        chat.check_budget()


async def test_a_person_without_a_key_has_their_chat_do_the_work(onelane: House) -> None:
    async with Client(build_mcp(onelane), elicitation_callback=says_yes) as client:
        await client.call_tool("start_sync", {"file": "Connections of last year.csv"})
        chat = Chat(client)

        run_id = id_in(await chat.call("begin_agent_run", goal="Fill in Cy0", workflow_type="enrich"), "run_")
        contact_id = id_in(await chat.call("search_contacts", query="Cy0", for_run=run_id), "con_")
        page = "https://harbour.example/team"
        await chat.call(
            "save_contact",
            contact_id=contact_id,
            location="Kiel",
            phone="+49 431 1234567",
            source_url=page,
            for_run=run_id,
        )
        shown = await chat.call("get_contact", contact_id=contact_id)
        assert shown.count(page) == 2
        assert "Kiel" in shown

        body = "Dear Cy, how is the harbour?"
        kept = await chat.call("save_draft", body=body, kind="email", contact_id=contact_id, for_run=run_id)
        assert "list_tasks" in kept
        ended = await chat.call("finish_agent_run", run_id=run_id, summary="Two values for Cy0, and a draft.")
        assert "Two values for Cy0, and a draft." in ended

        waiting = await chat.call("list_tasks", task_type="content_review")
        assert body in waiting
        assert "to Cy0 Clerk" in waiting
        task_id = id_in(waiting, "tsk_")
        assert f"finish_task(task_id='{task_id}', outcome='done')" in waiting
        assert task_id in await chat.call("overview")

        assert "done" in await chat.call("finish_task", task_id=task_id, outcome="done")
        assert task_id not in await chat.call("overview")
        chat.check_budget()
