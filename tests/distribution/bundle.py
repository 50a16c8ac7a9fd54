"""Builds the bundle that Claude Desktop installs with one click: `dist/onelane-VERSION.mcpb`.

    make mcpb

It holds the wheel and not what the wheel needs: its kind is `uv`, so that the client's own uv brings Python and the
dependencies, at the versions of the lock. The official packer looks through the manifest and packs.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from onelane.server.cli.output import put
from onelane.server.mcp.server import ON_REQUEST
from onelane.server.settings import KEY_VARIABLES
from onelane.tools.catalogue import all_tools
from onelane.tools.registry.tool import Tool
from tests.distribution.project import DIST, ROOT, locked_versions, read_project

PACKER = [".tools/node/bin/node", ".tools/node_modules/@anthropic-ai/mcpb/dist/cli/cli.js"]
ENTRY = "main.py"
KEY_TITLES = {"anthropic": "Anthropic", "tavily": "Tavily", "serper": "Serper", "brave": "Brave Search"}
_START = '''"""Starts Onelane for the client that unpacked this bundle."""

import sys

from onelane.server.cli.entry_point import main

sys.argv[1:] = ["mcp"]
main()
'''


def main() -> None:
    """Build it anew."""
    DIST.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        write_bundle(Path(folder), built_wheel(Path(folder)))
        bundle = DIST / f"onelane-{read_project().version}.mcpb"
        for step in (["validate", f"{folder}/manifest.json"], ["pack", folder, str(bundle)]):
            subprocess.run([*PACKER, *step], cwd=ROOT, check=True)
    put(f"{bundle.relative_to(ROOT)}: {bundle.stat().st_size:,} bytes")


def built_wheel(folder: Path) -> Path:
    """The wheel of this checkout, in a folder."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


def write_bundle(folder: Path, wheel: Path) -> None:
    """Write what the bundle holds beside the wheel, which lies in the folder already."""
    (folder / "manifest.json").write_text(json.dumps(manifest(), indent=2) + "\n", encoding="utf-8")
    (folder / "pyproject.toml").write_text(environment(wheel.name), encoding="utf-8")
    (folder / ENTRY).write_text(_START, encoding="utf-8")
    (folder / "LICENSE").write_text((ROOT / "LICENSE").read_text(encoding="utf-8"), encoding="utf-8")


def manifest() -> dict[str, object]:
    """What the client shows and starts; the specification is that of version 0.4."""
    project = read_project()
    return {
        "manifest_version": "0.4",
        "name": "onelane",
        "display_name": "Onelane",
        "version": project.version,
        "description": project.description,
        "author": {"name": project.author},
        "license": project.licence,
        "keywords": project.keywords,
        "server": {"type": "uv", "entry_point": ENTRY, "mcp_config": _start()},
        "tools": [{"name": tool.name, "description": _first_sentence(tool.description)} for tool in _offered_tools()],
        # Toolsets that are off, and the prompts with their texts, come from the server when it runs.
        "tools_generated": True,
        "prompts_generated": True,
        "compatibility": {
            "platforms": ["darwin", "linux", "win32"],
            "runtimes": {"python": project.requires_python},
        },
        "user_config": {f"{name}_api_key": _key(name) for name in KEY_VARIABLES},
    }


def environment(wheel: str) -> str:
    """The bundle's own project: the wheel beside it, and what it needs at the versions of the lock."""
    pins = "".join(f"    {json.dumps(pin)},\n" for pin in locked_versions())
    return (
        f'[project]\nname = "onelane-bundle"\nversion = "{read_project().version}"\n'
        f'requires-python = "{read_project().requires_python}"\ndependencies = ["onelane[keyring]"]\n\n'
        f"[tool.uv]\npackage = false\nconstraint-dependencies = [\n{pins}]\n\n"
        f'[tool.uv.sources]\nonelane = {{ path = "{wheel}" }}\n'
    )


def _start() -> dict[str, object]:
    return {
        "command": "uv",
        "args": ["run", "--directory", "${__dirname}", ENTRY],
        "env": {variable: f"${{user_config.{name}_api_key}}" for name, variable in KEY_VARIABLES.items()},
    }


def _key(name: str) -> dict[str, object]:
    # An empty text counts as not given. Without a default the client would hand on the placeholder itself.
    title = KEY_TITLES[name]
    used = "agents that run by themselves" if name == "anthropic" else "searches of the web"
    return {
        "type": "string",
        "title": f"Key of {title}",
        "description": f"Only for {used}. May stay empty; a key given with `onelane keys set {name}` is found as well.",
        "sensitive": True,
        "required": False,
        "default": "",
    }


def _offered_tools() -> list[Tool]:
    return [tool for tool in all_tools() if tool.spec.toolset not in ON_REQUEST]


def _first_sentence(text: str) -> str:
    return text.split("\n\n", maxsplit=1)[0].replace("\n", " ").split(". ")[0].rstrip(".") + "."


if __name__ == "__main__":
    main()
