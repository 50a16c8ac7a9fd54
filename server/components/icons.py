"""The icons as one SVG sprite, made of those that are used; they come from Lucide (docs/dashboard.md, "Parts")."""

import re
from collections.abc import Iterable
from importlib.resources import files
from zipfile import ZipFile

_QUOTED = re.compile(r"""['"]([a-z0-9]+(?:-[a-z0-9]+)*)['"]""")
_DRAWING = re.compile(r"<svg\b[^>]*>(.*)</svg>", re.DOTALL)
_BETWEEN = re.compile(r">\s+<")


def sprite(sources: Iterable[str], names: Iterable[str] = ()) -> str:
    """An SVG document with a symbol for each icon.

    Args:
        sources: templates and scripts; what they quote and is called like an icon is taken for one
        names: more icons, such as those of the vocabularies
    """
    wanted = {name for text in sources for name in _QUOTED.findall(text)}.union(names)
    # The package draws one icon at a time and opens its archive for each; all at once take a hundredth of that.
    with files("lucide").joinpath("lucide.zip").open("rb") as file, ZipFile(file) as archive:
        known = set(archive.namelist())
        drawn = [
            _symbol(name, archive.read(f"{name}.svg").decode()) for name in sorted(wanted) if f"{name}.svg" in known
        ]
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(drawn)}</svg>'


def _symbol(name: str, drawing: str) -> str:
    found = _DRAWING.search(drawing)
    assert found is not None, f"the icon {name} is no SVG"
    return f'<symbol id="{name}" viewBox="0 0 24 24">{_BETWEEN.sub("><", found[1].strip())}</symbol>'
