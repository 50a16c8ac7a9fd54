"""Builds the plugin of Claude Code, `dist/plugin`: the server, and a skill for each prompt that people call by name.

    make plugin

Prompts stay where they are, in `prompts/`; nothing of the plugin is kept in the checkout, so that it can't go stale.
"""

import json
import re
import shutil
from collections.abc import Mapping

from onelane.prompts.library import COMMANDS, Argument, PromptText, load
from onelane.server.cli.output import put
from tests.distribution.project import DIST, ROOT, read_project

PLUGIN = "onelane"


def main() -> None:
    """Build it anew."""
    folder = DIST / "plugin"
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in plugin_files().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    put(f"{folder.relative_to(ROOT)}: {len(COMMANDS)} skills. Try it: claude --plugin-dir {folder.relative_to(ROOT)}")


def plugin_files() -> Mapping[str, str]:
    """Each file of the plugin by its path in it."""
    project = read_project()
    about = {
        "name": PLUGIN,
        "version": project.version,
        "description": project.description,
        "author": {"name": project.author},
        "license": project.licence,
        "keywords": project.keywords,
    }
    servers = {"mcpServers": {PLUGIN: {"command": "uvx", "args": ["onelane", "mcp"]}}}
    return {
        ".claude-plugin/plugin.json": json.dumps(about, indent=2) + "\n",
        ".mcp.json": json.dumps(servers, indent=2) + "\n",
        **{f"skills/{name}/SKILL.md": skill_of(load(name)) for name in COMMANDS},
        "LICENSE": (ROOT / "LICENSE").read_text(encoding="utf-8"),
    }


def skill_of(prompt: PromptText) -> str:
    """A skill with a prompt's text; what a prompt takes as arguments, a skill takes from what the person said."""
    said = "".join(f"- **{each.name}**: {each.description}. {_otherwise(each)}\n" for each in prompt.arguments)
    taken = f"\nTake from what the person said:\n\n{said}" if said else ""
    return (
        f"---\nname: {prompt.name}\ndescription: {json.dumps(_when(prompt), ensure_ascii=False)}\n---\n\n"
        f"# {prompt.title}\n\nUse the tools of the MCP server `{PLUGIN}`.\n{taken}\n{_named(prompt)}\n"
    )


def _when(prompt: PromptText) -> str:
    return f"{prompt.description}. Use it when the person wants this done in Onelane: {prompt.title.lower()}."


def _otherwise(argument: Argument) -> str:
    if argument.default is None:
        return "Ask, when it is not said."
    return (
        f"When it is not said: {argument.default.removeprefix('not said: ')}."
        if argument.default
        else "It may be left out."
    )


def _named(prompt: PromptText) -> str:
    """The text, in which an argument is called by its name."""
    return re.sub(r"\{\{\s*(\w+)\s*\}\}", r"[\1]", prompt.text)


if __name__ == "__main__":
    main()
