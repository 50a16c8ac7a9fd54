"""Who imports whom, read from the text of the four folders; nothing is imported for it."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

FOLDERS = ("server", "tools", "storage", "prompts")
_PACKAGE = "onelane."


@dataclass(frozen=True)
class Import:
    """A module, and a module of ours that it imports; both without `onelane.`."""

    by: str
    of: str

    def __str__(self) -> str:
        return f"{self.by} imports {self.of}"


@dataclass(frozen=True)
class Tree:
    """The modules of a checkout."""

    root: Path

    @cached_property
    def modules(self) -> dict[str, Path]:
        """Files by the name of their module; a package is its `__init__`."""
        files = [file for folder in FOLDERS for file in sorted((self.root / folder).rglob("*.py"))]
        return {_module(file.relative_to(self.root)): file for file in files}

    @cached_property
    def imports(self) -> list[Import]:
        """Each import of a module or of a package's own name, those in functions included."""
        return [Import(by, of) for by, file in self.modules.items() for of in self._imported(ast.parse(_text(file)))]

    def room(self, module: str) -> str:
        """The room of a module: a folder in one of the four; a module that stands in none is a room of its own."""
        return ".".join(module.split(".")[:2])

    def door(self, package: str) -> Sequence[str] | None:
        """What the package's `__all__` names; None when it has none."""
        for node in ast.parse(_text(self.modules[package])).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
                return ast.literal_eval(node.value)
        return None

    def names_in(self, package: str) -> set[str]:
        """What a door may name: the package's modules, and what its `__init__` itself defines or imports."""
        own = {name.rpartition(".")[2] for name in self.modules if name.rpartition(".")[0] == package}
        return own | set(_defined(ast.parse(_text(self.modules[package]))))

    def past_a_door(self, each: Import) -> bool:
        """Whether it enters another room, or a folder in that, by something that is no door."""
        parts = each.of.split(".")
        if len(parts) < 3 or self.room(each.by) == self.room(each.of):
            return False
        packages = [".".join(parts[:length]) for length in range(2, len(parts))]
        return any(name not in (self.door(package) or ()) for package, name in zip(packages, parts[2:], strict=True))

    def _imported(self, tree: ast.Module) -> Iterator[str]:
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(_PACKAGE):
                origin = (node.module or "").removeprefix(_PACKAGE)
                is_package = self.modules[origin].name == "__init__.py"
                yield from (f"{origin}.{alias.name}" if is_package else origin for alias in node.names)
            elif isinstance(node, ast.Import):
                names = (alias.name for alias in node.names)
                yield from (name.removeprefix(_PACKAGE) for name in names if name.startswith(_PACKAGE))


def circle(edges: dict[str, set[str]]) -> list[str]:
    """A way through the rooms that ends where it began; empty when there is none."""
    done: set[str] = set()

    def walk(room: str, path: list[str]) -> list[str]:
        if room in path:
            return [*path[path.index(room) :], room]
        if room in done:
            return []
        found = next((way for other in sorted(edges.get(room, ())) if (way := walk(other, [*path, room]))), list[str]())
        done.add(room)
        return found

    return next((way for room in sorted(edges) if (way := walk(room, []))), list[str]())


def _module(file: Path) -> str:
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def _defined(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)
