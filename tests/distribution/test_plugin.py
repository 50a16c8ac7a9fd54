"""The plugin of Claude Code has a skill for each prompt, in the form that the client reads."""

import json
import re

import yaml

from onelane.prompts.library import COMMANDS, load
from tests.distribution.plugin import plugin_files
from tests.distribution.project import read_project

LONGEST_DESCRIPTION_CHARS = 1024
FRONT = re.compile(r"\A---\n(?P<front>.+?)\n---\n\n(?P<text>.+)\Z", re.DOTALL)


def test_the_plugin_has_a_skill_for_each_prompt_that_says_when_to_use_it() -> None:
    files = plugin_files()
    skills = {name.split("/")[1]: text for name, text in files.items() if name.startswith("skills/")}
    assert set(skills) == set(COMMANDS)
    for name, skill in skills.items():
        read = FRONT.match(skill)
        assert read is not None
        front = yaml.safe_load(read["front"])
        assert front["name"] == name
        assert re.fullmatch(r"[a-z0-9-]{1,64}", name)
        assert load(name).title.lower() in front["description"]
        assert len(front["description"]) <= LONGEST_DESCRIPTION_CHARS


def test_a_skill_leaves_no_variable_open_and_names_each_argument() -> None:
    files = plugin_files()
    for name in COMMANDS:
        skill = files[f"skills/{name}/SKILL.md"]
        assert "{{" not in skill
        assert [each.name for each in load(name).arguments if f"- **{each.name}**: " not in skill] == []


def test_the_plugin_starts_the_published_command_and_has_the_projects_version() -> None:
    files = plugin_files()
    assert json.loads(files[".claude-plugin/plugin.json"])["version"] == read_project().version
    assert json.loads(files[".mcp.json"])["mcpServers"]["onelane"] == {"command": "uvx", "args": ["onelane", "mcp"]}
