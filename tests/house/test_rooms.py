"""The rooms of docs/house.md: each is entered by its door, none is too full, and no two form a circle."""

from collections import Counter, defaultdict
from pathlib import Path

import pytest

from tests.house.imports import Import, Tree, circle

pytestmark = pytest.mark.xdist_group("rooms")

MOST_MODULES = 20


@pytest.fixture(scope="module")
def tree(project: Path) -> Tree:
    return Tree(project)


def test_a_room_is_entered_by_its_door_only(tree: Tree) -> None:
    assert [str(each) for each in tree.imports if tree.past_a_door(each)] == []


def test_a_door_names_what_is_there_and_what_others_use(tree: Tree) -> None:
    doors = {package: tree.door(package) or () for package, file in tree.modules.items() if file.name == "__init__.py"}
    assert {
        f"{package}: {name}" for package, door in doors.items() for name in set(door) - tree.names_in(package)
    } == set()
    entered = {each.of for each in tree.imports if tree.room(each.by) != tree.room(each.of)}
    named = {f"{package}.{name}" for package, door in doors.items() for name in door}
    unused = {name for name in named if not any(f"{of}.".startswith(f"{name}.") for of in entered)}
    # The installed command begins there.
    assert unused <= {"server.cli.main"}


def test_no_two_rooms_form_a_circle(tree: Tree) -> None:
    edges: dict[str, set[str]] = defaultdict(set)
    for each in tree.imports:
        if tree.room(each.by) != tree.room(each.of):
            edges[tree.room(each.by)].add(tree.room(each.of))
    assert circle(edges) == []


def test_no_folder_holds_more_than_twenty_modules(tree: Tree) -> None:
    held = Counter(str(file.parent.relative_to(tree.root)) for file in tree.modules.values() if file.stem != "__init__")
    assert {folder: count for folder, count in held.items() if count > MOST_MODULES} == {}


def test_an_import_past_a_door_and_a_circle_are_found(tmp_path: Path) -> None:
    for name, text in {
        "tools/lamps/__init__.py": '__all__ = ["lamp"]\n',
        "tools/lamps/lamp.py": "def later():\n    from onelane.tools.rugs import rug\n",
        "tools/lamps/wire.py": "",
        "tools/rugs/__init__.py": "",
        "tools/rugs/rug.py": "from onelane.tools.lamps import lamp\nfrom onelane.tools.lamps.wire import length\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    tree = Tree(tmp_path)
    past = [each for each in tree.imports if tree.past_a_door(each)]
    assert past == [Import("tools.lamps.lamp", "tools.rugs.rug"), Import("tools.rugs.rug", "tools.lamps.wire")]
    assert circle({"lamps": {"rugs"}, "rugs": {"lamps"}}) == ["lamps", "rugs", "lamps"]
    assert circle({"lamps": {"rugs"}, "rugs": {"walls"}, "beds": {"rugs", "walls"}}) == []
