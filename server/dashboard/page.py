"""What a page is: an address, a function that reads, a template, and what its forms do."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pkgutil import walk_packages

from starlette.routing import compile_path

from onelane.server.dashboard import pages
from onelane.server.dashboard.visit import Done, Form, Reshown, Visit

Read = Callable[[Visit], Mapping[str, object]]
Act = Callable[[Visit, Form], Done | Reshown]
ReadChanged = Callable[[Visit, Sequence[str]], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the dashboard.

    Args:
        path: its address; `{name}` stands for any word
        template: its file in `templates/`
        read: gives the template's variables
        section: which entry of the sidebar it belongs to
        acts: what its forms do, by the value of their field `act`; each needs the person's session
        changed: gives the variables of its fragment, for the runs that changed
        fragment: the template of what is replaced while the page is looked at
        is_secret: whether nobody may look but the person
    """

    path: str
    template: str
    read: Read
    section: str = ""
    acts: Mapping[str, Act] = field(default_factory=dict[str, Act])
    changed: ReadChanged | None = None
    fragment: str = ""
    is_secret: bool = False


def page_at(path: str) -> tuple[Page | None, Mapping[str, str]]:
    """The page that answers an address, and what stands there where the page's own has a name; None if none does."""
    matches = ((page, pattern.fullmatch(path)) for pattern, page in _patterns())
    for page, match in matches:
        if match:
            return page, match.groupdict()
    return None, {}


@cache
def all_pages() -> tuple[Page, ...]:
    """Every page: the `PAGE` of a module below `pages/`. Fixed addresses come before those with a name in them."""
    modules = (import_module(found.name) for found in walk_packages(pages.__path__, f"{pages.__name__}."))
    found: list[Page] = [module.PAGE for module in modules if hasattr(module, "PAGE")]
    return tuple(sorted(found, key=lambda page: ("{" in page.path, page.path)))


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], Page], ...]:
    return tuple((compile_path(page.path)[0], page) for page in all_pages())
