"""Joins script modules into one script, so that a page asks for one file, and a chat's view is whole in one document.

Each module becomes a function and each import reads what the function gave out. A module has its imports at its top,
one a line; nothing else of the language is understood here.
"""

import re
from collections.abc import Sequence
from pathlib import Path

_IMPORT = re.compile(r'^import (?:(\{[^}]*\}) from )?"\./([\w-]+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?:async )?(?:const|let|function|class) (\w+)", re.MULTILINE)
_COMMENT = re.compile(r"^\s*//.*\n|^/\*\*(?:.*\*/\n|.*\n(?: \*.*\n)+)", re.MULTILINE)
"""Lines of nothing but a comment: whoever reads the scripts has the files, and a browser is sent less."""


def bundle(name: str, folders: Sequence[Path]) -> str:
    """The module of this name with all that it imports, each once.

    Args:
        name: the module's file, without its ending
        folders: where modules are looked for; the first that has one gives it
    """
    return "".join(_modules(name, folders, set()))


def _file_of(name: str, folders: Sequence[Path]) -> Path:
    """Where a module stands.

    Raises:
        FileNotFoundError: nowhere
    """
    for folder in folders:
        file = folder / f"{name}.js"
        if file.is_file():
            return file
    raise FileNotFoundError(f"No script module is called {name}.js.")


def _modules(name: str, folders: Sequence[Path], visited: set[str]) -> list[str]:
    if name in visited:
        return []
    visited.add(name)
    text = _file_of(name, folders).read_text(encoding="utf-8")
    imports = [part for _, other in _IMPORT.findall(text) for part in _modules(other, folders, visited)]
    return [*imports, _as_function(name, text)]


def _as_function(name: str, text: str) -> str:
    names = ", ".join(_EXPORT.findall(text))
    body = _IMPORT.sub(lambda match: f"const {match[1]} = {_variable(match[2])};\n" if match[1] else "", text)
    body = re.sub(r"^export ", "", body, flags=re.MULTILINE)
    body = _COMMENT.sub("", body)
    return f"const {_variable(name)} = (() => {{\n{body}return {{ {names} }};\n}})();\n"


def _variable(name: str) -> str:
    return f"${name.replace('-', '_')}"
