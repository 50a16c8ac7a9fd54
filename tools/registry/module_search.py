"""Finds the modules that have a function with a certain decorator, without importing them."""

import re
from collections.abc import Mapping, Sequence
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
    folders = [] if spec is None else [Path(place) for place in spec.submodule_search_locations or ()]
    # Looking for the mark in the text takes milliseconds; to import every module and look there takes half a second.
    found = {
        ".".join((package, *file.relative_to(folder).with_suffix("").parts)): mark.findall(file.read_text("utf-8"))
        for folder in folders
        for depth in ("*.py", "*/*.py", "*/*/*.py")
        for file in folder.glob(depth)
    }
    return {name: found[name] for name in sorted(found) if found[name]}
