"""Where one can go from anywhere, and what single keys do: said once for the keyboard, its list, Help and the jump."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A page that one can jump to.

    Args:
        name: how it is called
        icon: its picture
        href: where it is
        key: the letter that leads there after `g`; empty when none does
        about: what is found there, where its name does not say it
    """

    name: str
    icon: str
    href: str
    key: str = ""
    about: str = ""


PLACES = (
    Place("Dashboard", "layout-dashboard", "/dashboard", "d"),
    Place("Workflows", "git-branch", "/dashboard/workflows", "w"),
    Place("Start a run", "play", "/dashboard/start"),
    Place("Outbound", "hand", "/dashboard/outbound", "o", "what waits for approval"),
    Place("Templates", "layers", "/dashboard/templates", "t"),
    Place("Schedules", "calendar", "/dashboard/schedules"),
    Place("Latest changes", "undo-2", "/dashboard/undo", about="what can be taken back"),
    Place("Contacts", "users", "/dashboard/contacts", "c"),
    Place("Content", "file-text", "/dashboard/content", "n"),
    Place("Settings", "settings", "/dashboard/settings", "s"),
    Place("Help", "circle-question-mark", "/dashboard/help"),
)
KEYS = (
    ("Search or jump; Ctrl K on other keyboards", "⌘K"),
    ("Next, previous", "j k"),
    ("Open", "Enter"),
    ("Find on this page", "/"),
    ("Select", "x"),
    ("Approve", "a"),
    ("Edit", "e"),
    ("Reject", "r"),
    ("Undo", "u"),
    ("This list", "?"),
    ("Close", "Esc"),
)
"""What a key does, and the key; where `g` and a letter lead is said by the places."""
