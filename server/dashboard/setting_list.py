"""What this Onelane was started with, as its page shows it: values that anybody may see, and of keys only whether they
are set.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from onelane.server.settings import Settings

KEYS_ABOUT: Mapping[str, str] = {
    "anthropic": "Models that carry out agent runs and read pages",
    "tavily": "Search engine Tavily",
    "serper": "Search engine Serper",
    "brave": "Search engine Brave",
}
"""What each key is for that the home may keep."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting.

    Args:
        variable: its name in the environment
        about: what it is, in words
        value: its value, or what is known about a key
        is_set: whether there is one at all
    """

    variable: str
    about: str
    value: str
    is_set: bool = True


def keys_of(settings: Settings) -> Sequence[Setting]:
    """The keys that the page can't change; what is in them is told to nobody."""
    return (
        _key("ONELANE_SEARXNG_URL", "Search engine SearXNG", settings.searxng_url),
        _key("ONELANE_API_TOKEN", "What programs must send", settings.api_token),
        _key_of_home("ONELANE_PERSON_KEY", "Speaks for you", settings.person_key, settings.key_file),
        _key_of_home(
            "ONELANE_SECRET_KEY", "Seals passwords in the database", settings.secret_key, settings.secret_key_file
        ),
    )


def values_of(settings: Settings) -> Sequence[Setting]:
    """The settings that the environment alone has, and anybody may see."""
    return (
        Setting("ONELANE_MODEL", "The model of agent runs", settings.model),
        Setting("ONELANE_EXTRACTION_MODEL", "The model that reads pages", settings.extraction_model),
        Setting("ONELANE_SEARCH", "Search engine", settings.search or "the first that is set up"),
        Setting("ONELANE_PUBLIC_URL", "Where letters lead to", settings.public_url or "this machine alone"),
        Setting("ONELANE_OUTBOUND", "How sending stands at the start", settings.outbound),
        Setting(
            "ONELANE_SMTP_TIMEOUT_SECONDS", "Seconds that a mail server may take", f"{settings.smtp_timeout_seconds:g}"
        ),
        Setting("ONELANE_READ_ONLY", "Read-only: nothing may be changed", "yes" if settings.read_only else "no"),
    )


def _key(variable: str, about: str, value: object) -> Setting:
    return Setting(variable, about, "Set" if value else "Not set", bool(value))


def _key_of_home(variable: str, about: str, value: object, file: Path) -> Setting:
    """A key that the home makes for itself where the environment has none."""
    if value or not file.exists():
        return _key(variable, about, value)
    return Setting(variable, about, "Made in the home")
