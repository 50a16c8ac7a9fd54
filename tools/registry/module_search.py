"""Finds the modules that have a function with a certain decorator, without importing them."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path


@cache
def modules_with(decorator: str, package: str) -> Mapping[str, Sequence[str]]:
    """The modules, in a package or up to two folders below it, that have functions with this decorator, by name.

    A process looks once: its code does not change.

    Args:
        decorator: its name, as it stands at the beginning of a line
        package: the package's full name

    Returns:
        The full name of each module, with the names of the functions in it
    """
    spec, mark = find_spec(package), re.compile(rf"^@{decorator}\(.*?^def (\w+)\(", re.MULTILINE | re.DOTALL)
    # Looking for the word in all files takes milliseconds; to import every module and look there takes half a second.
    word = f"\n@{decorator}(".encode()
    folders = [] if spec is None else spec.submodule_search_locations or []
    names = {
        module: mark.findall(code.decode())
        for folder in folders
        for module, code in _modules(package, folder, depth=2)
        if word in code
    }
    return {module: names[module] for module in sorted(names)}


def _modules(package: str, folder: str, depth: int) -> Iterator[tuple[str, bytes]]:
    """Each module in a folder, and so many folders below, with its full name."""
    for entry in os.scandir(folder):
        if entry.name.endswith(".py"):
            yield f"{package}.{entry.name[:-3]}", Path(entry.path).read_bytes()
        elif depth and entry.is_dir() and entry.name != "__pycache__":
            yield from _modules(f"{package}.{entry.name}", entry.path, depth - 1)
