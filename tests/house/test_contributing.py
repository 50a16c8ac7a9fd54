"""What CONTRIBUTING shows is done in a copy of the tree: it works, and touches one file, plus one word in a vocabulary.

The code is taken from CONTRIBUTING itself; a test adds only what five lines have no room for, such as imports.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from tests.house.conftest import ProjectFile

SHOWN = re.compile(
    r"^```(?:python|html)\n(?:# |{# )(?P<file>\S+?)(?:, class (?P<vocabulary>\w+)| #})?\n(?P<code>.+?)^```",
    re.MULTILINE | re.DOTALL,
)
MOST_LINES = 5


@dataclass
class Copy:
    """A copy of what ships, and what was changed in it."""

    root: Path
    contributing: str
    files: list[str] = field(default_factory=list[str])
    words: list[str] = field(default_factory=list[str])

    def follow(self, heading: str, *, before: str = "") -> None:
        """Do what stands below a heading; `before` is what a new file of Python begins with."""
        section = self.contributing.split(f"\n## {heading}\n")[1].split("\n## ")[0]
        for shown in SHOWN.finditer(section):
            assert shown["code"].count("\n") <= MOST_LINES
            if shown["vocabulary"]:
                self._add_word(shown["file"], shown["vocabulary"], shown["code"])
            else:
                begin = before if shown["file"].endswith(".py") else ""
                self._add_file(shown["file"], begin + shown["code"])

    def says(self, code: str) -> str:
        """What a program prints that runs with the copy."""
        home = self.root / "home"
        found = {"PYTHONPATH": str(self.root / ".ci" / "imports"), "ONELANE_HOME": str(home)}
        command = [sys.executable, "-c", code]
        done = subprocess.run(
            command, cwd=self.root, env={**os.environ, **found}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _add_file(self, name: str, text: str) -> None:
        assert not (self.root / name).exists()
        (self.root / name).parent.mkdir(exist_ok=True)
        (self.root / name).write_text(text)
        self.files.append(name)

    def _add_word(self, name: str, vocabulary: str, line: str) -> None:
        text = (self.root / name).read_text()
        ahead, body = re.split(rf"(?<=\nclass {vocabulary}\(Vocabulary\):\n)", text)
        words = re.match(r'    """.+?"""\n\n(?:    [A-Z_]+ = [^\n]+\n)+', body, re.DOTALL)
        assert words is not None
        (self.root / name).write_text(ahead + words[0] + "    " + line + body[words.end() :])
        self.words.append(vocabulary)


@pytest.fixture
def copy(project: Path, project_files: list[ProjectFile], tmp_path: Path) -> Copy:
    root = tmp_path / "copy"
    for file in project_files:
        if file.ships:
            copy_compiled(file.path, root / file.name)
    shutil.copytree(project / ".ci", root / ".ci", symlinks=True)
    return Copy(root, (project / "CONTRIBUTING.md").read_text(encoding="utf-8"))


def copy_compiled(file: Path, to: Path) -> None:
    """Copy a file, and what Python has compiled of it, which goes with its time: to compile all takes seconds."""
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(file, to)
    compiled, there = Path(cache_from_source(str(file))), Path(cache_from_source(str(to)))
    if file.suffix == ".py" and compiled.exists():
        there.parent.mkdir(exist_ok=True)
        shutil.copy2(compiled, there)


def test_a_tool_is_one_file(copy: Copy) -> None:
    copy.follow(
        "Add a tool",
        before="from onelane.tools.registry.context import Context\n"
        "from onelane.tools.registry.result import Result\n"
        "from onelane.tools.registry.tool_spec import Effect, tool\n\n"
        "class Greeting(Result):\n    text: str\n\n",
    )
    called = copy.says(
        "import sys; sys.argv = ['onelane', 'call', 'greet', '{\"name\": \"Ada\"}', '--json']\n"
        "from onelane.server.cli import main; main()"
    )
    assert json.loads(called)["text"] == "Hello, Ada."
    routes = "from onelane.server.http.openapi import document_of; from onelane.tools.catalogue import all_tools\n"
    assert "/api/greeting" in copy.says(routes + "print(list(document_of(all_tools())['paths']))")
    assert (copy.files, copy.words) == (["tools/workflows/greetings.py"], [])


def test_a_run_type_is_one_file_and_one_word(copy: Copy) -> None:
    copy.follow(
        "Add a run type",
        before="from pydantic import Field\n"
        "from onelane.storage.workflows.runs import RunStatus, WorkflowType\n"
        "from onelane.tools.registry.runs.record import RunEnd\n"
        "from onelane.tools.registry.runs.run import Run\n"
        "from onelane.tools.registry.runs.run_config import RunConfig\n"
        "from onelane.tools.registry.runs.run_type import run_type\n"
        "from onelane.tools.registry.toolbox import Toolbox\n\n"
        "class GreetConfig(RunConfig):\n    name: str = Field(description='whom')\n\n",
    )
    said = copy.says(
        "from onelane.server.app import open_onelane; from onelane.server.settings import read_settings\n"
        "from onelane.tools.registry.context import Caller, Face\n"
        "from onelane.tools.registry.errors import BadRequest\n"
        "onelane = open_onelane(read_settings()); onelane.engine.serve()\n"
        "def start(**config):\n"
        "    given = {'workflow_type': 'greet', 'config': config}\n"
        "    return onelane.call('start_run', given, Caller(Face.CLI)).id\n"
        "run_id = start(name='Ada'); onelane.engine.wait(run_id, timeout_s=20)\n"
        "print(onelane.call('get_run', {'run_id': run_id}, Caller(Face.CLI)).result)\n"
        "try:\n    start(nam='Ada')\nexcept BadRequest as error:\n    print(error.message)\n"
        "onelane.close()"
    )
    result, refusal = said.splitlines()
    assert result == '{"message":"Hello, Ada."}'
    assert "Unknown argument 'nam'. Did you mean 'name'?" in refusal
    assert (copy.files, copy.words) == (["tools/workflows/greeting_runs.py"], ["WorkflowType"])


def test_a_step_type_is_one_word(copy: Copy) -> None:
    copy.follow("Add a step type")
    recorded = copy.says(
        "from onelane.storage.database.engine import Database\n"
        "from onelane.storage.schema import ensure_schema\n"
        "from onelane.storage.workflows import runs, steps\n"
        "database = Database('sqlite:///steps.db'); ensure_schema(database)\n"
        "with database.write() as session:\n"
        "    run = runs.create_workflow_run(session, workflow_type=runs.WorkflowType.AGENT)\n"
        "    steps.create_workflow_step(session, workflow_run_id=run.id, step_type=steps.StepType('letter_posted'))\n"
        "with database.read() as session:\n"
        "    print([steps.StepType(step['step_type']).label for step in steps.list_workflow_steps(session, run.id)])"
    )
    assert recorded.strip() == "['Letter posted']"
    assert (copy.files, copy.words) == ([], ["StepType"])


def test_a_page_is_a_module_and_a_template(copy: Copy) -> None:
    copy.follow(
        "Add a page",
        before="from collections.abc import Mapping\n"
        "from onelane.server.dashboard.page import Page\n"
        "from onelane.server.dashboard.visit import Visit\n\n",
    )
    shown = copy.says(
        "import asyncio, httpx2\n"
        "from onelane.server.app import open_onelane; from onelane.server.settings import read_settings\n"
        "from onelane.server.dashboard import build_dashboard; from onelane.server.http.asgi import create_web_app\n"
        "onelane = open_onelane(read_settings())\n"
        "app = httpx2.ASGITransport(create_web_app(onelane, build_dashboard=build_dashboard))\n"
        "async def get(address):\n"
        "    async with httpx2.AsyncClient(transport=app, base_url='http://127.0.0.1') as browser:\n"
        "        return await browser.get(address)\n"
        "print(asyncio.run(get('/dashboard/greeting?name=Ada')).text)\n"
        "onelane.close()"
    )
    assert "<p>Hello, Ada.</p>" in shown
    assert copy.files == ["server/dashboard/pages/greeting.py", "server/dashboard/templates/greeting.html"]
    assert copy.words == []


FORMAT_IMPORTS = (
    "from onelane.tools.platforms.formats.archive import Archive\n"
    "from onelane.tools.platforms.formats.contents import Contents\n"
    "from onelane.tools.platforms.formats.sub_types import export_format\n\n"
)


def test_an_export_format_is_one_file_and_one_word(copy: Copy) -> None:
    copy.follow("Add an export format", before=FORMAT_IMPORTS)
    (copy.root / "Skills.csv").write_text("Name\nWeaving\n")
    recognised = copy.says(
        "from pathlib import Path; from onelane.tools.platforms.exports import recognise\n"
        "from onelane.tools.sync.sync_types import SyncSubType\n"
        "print([SyncSubType(name).label for name in recognise(Path('Skills.csv'))])"
    )
    assert recognised.strip() == "['LinkedIn Skills']"
    assert (copy.files, copy.words) == (["tools/platforms/linkedin/skills.py"], ["SyncSubType"])


def test_a_platform_is_one_folder_and_one_word_beside_those_of_its_formats(copy: Copy) -> None:
    copy.contributing = copy.contributing.replace("platforms/linkedin/", "platforms/mastodon/")
    copy.contributing = copy.contributing.replace("Platform.LINKEDIN", "Platform.MASTODON")
    copy.contributing = copy.contributing.replace('platform="linkedin"', 'platform="mastodon"')
    copy.follow("Add a platform")
    copy.follow("Add an export format", before=FORMAT_IMPORTS)
    started = copy.says(
        "from onelane.tools.platforms.exports import sub_types; from onelane.tools.sync.sync_types import SyncSubType\n"
        "from onelane.storage.database.engine import Database; from onelane.storage.schema import ensure_schema\n"
        "from onelane.storage.people import contacts\n"
        "database = Database('sqlite:///people.db'); ensure_schema(database)\n"
        "with database.write() as session:\n"
        "    made = contacts.create_contact(session, name='Ada', platform=SyncSubType('linkedin_skills').platform)\n"
        "    print(sub_types()['linkedin_skills'].platform, made.platform.label)"
    )
    assert started.strip() == "mastodon Mastodon"
    assert (copy.files, copy.words) == (["tools/platforms/mastodon/skills.py"], ["Platform", "SyncSubType"])
