"""What only the person does: said where somebody asks for a tool that would do it."""

from collections.abc import Mapping

_EXPORT = (
    "The person exports contacts: onelane export contacts.csv (or .vcf, .json) at a terminal, or the settings page. "
    "search_contacts shows them here."
)
_ERASE = (
    "Only the person erases somebody for good: onelane contacts erase ID at a terminal, or the contact's page. "
    "archive_contacts puts people aside, and that can be taken back."
)
_KEYS = "The person keeps keys: onelane keys set NAME at a terminal, or the settings page."
_START = "Only the person lets messages go out again: onelane outbound start at a terminal, or the page."
_WAYS = {
    **dict.fromkeys(("export", "download"), _EXPORT),
    **dict.fromkeys(("erase", "forget", "permanently", "gdpr", "purge"), _ERASE),
    **dict.fromkeys(("key", "keys"), _KEYS),
    **dict.fromkeys(("start_outbound", "resume_outbound", "unstop_outbound"), _START),
    "backup": "The person keeps a backup: onelane backup FILE at a terminal, and onelane restore FILE brings it back.",
}
"""What only the person does, by the words in which somebody asks for a tool that does it."""
_APPROVE = (
    "You approve at a terminal: onelane outbound approve ID lets a message go, onelane content approve ID a draft, "
    "onelane templates approve NAME a sequence. onelane outbound list and onelane content list show what waits."
)
_ANSWER = "You answer at a terminal: onelane approvals shows what runs and chats ask, and takes your answer."
_OWN_COMMANDS = {
    **dict.fromkeys(("approve", "approval", "approvals", "reject"), _APPROVE),
    **dict.fromkeys(("answer", "allow"), _ANSWER),
}
"""What a chat's form asks the person, by the words in which they ask for it themselves: they need no form."""


def way_of_the_person(wish: str) -> str | None:
    """How the person does what a model asked for; None where that is nothing of theirs.

    Args:
        wish: the name of a tool that there is not, in small letters and underscores
    """
    return _of_words(wish, _WAYS)


def own_command(wish: str) -> str | None:
    """What the person types at a terminal for what no tool does there; None where nothing does it.

    Args:
        wish: see `way_of_the_person`
    """
    return _of_words(wish, _OWN_COMMANDS) or way_of_the_person(wish)


def _of_words(wish: str, ways: Mapping[str, str]) -> str | None:
    return ways.get(wish) or next((ways[part] for part in wish.split("_") if part in ways), None)
