"""Settings: read once from the environment, when the program starts (docs/commands.md, "Environment")."""

import os
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlsplit

import platformdirs
from pydantic import Field, PrivateAttr, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from onelane.server.kept_keys import KeptKeys
from onelane.server.online_values import OnlineValues
from onelane.server.web_address import is_web_address
from onelane.tools.registry.arguments.errors import reason_of
from onelane.tools.registry.gate.person_key import LEAST_CHARS
from onelane.tools.registry.gate.vault import key_of_text
from onelane.tools.registry.workspace_settings import WorkspaceSettings, WorkspaceValues
from onelane.tools.web.search.choice import BRAVE_URL, SERPER_URL, TAVILY_URL, SearchName, SearchSettings

PORT = 8765
_PREFIX = "ONELANE_"
DEMO_PREFIX = "onelane-demo-"
"""How the folder of a demo is called: one that is gone is not made anew."""
_NO_SETTINGS = frozenset({"ONELANE_DEBUG", "ONELANE_UPDATE_SNAPSHOTS"})
"""What is looked at as well, where it is needed."""
_PLAIN = "/:\\ '\"#;&@=+,!$()[]{}~"


class BadSettings(Exception):
    """A setting can't be used; the message names it and says what it should be."""


def _home() -> Path:
    return Path(platformdirs.user_data_path("onelane", appauthor=False))


# Each of them is configured by itself, and this class says what holds for all.
class Settings(WorkspaceValues, OnlineValues, BaseSettings):  # pyright: ignore[reportIncompatibleVariableOverride] - see above
    """What the environment says; each field is `ONELANE_` and its name in capitals."""

    model_config = SettingsConfigDict(
        env_prefix="ONELANE_", env_ignore_empty=True, extra="ignore", populate_by_name=True, hide_input_in_errors=True
    )

    _port: int | None = PrivateAttr(None)
    home: Annotated[Path, Field(default_factory=_home)]
    """The folder with everything that Onelane keeps; by default the system's data folder."""
    database_url: str | None = None
    """`postgresql://...` for many workers; by default a SQLite file in the home."""
    api_token: SecretStr | None = None
    """What HTTP clients must send as a bearer token; needed to listen on anything but loopback
    (docs/routes.md, "Guards")."""
    allowed_hosts: Annotated[list[str], NoDecode] = []
    """More names by which the server may be called over HTTP, by commas, such as that of a proxy; with a port, pages at
    that place may use it too."""
    person_key: Annotated[SecretStr, Field(min_length=LEAST_CHARS)] | None = None
    """The key that speaks for the person, at least 32 characters; by default `person.key` in the home, which its owner
    alone may read (docs/agent.md, "Doors")."""
    secret_key: SecretStr | None = None
    """The key that seals what is secret in the database, as base64 of 32 bytes; by default one of the home's own
    (docs/storage.md, "Vault")."""
    public_url: str | None = None
    """Where the server is reached from outside, such as `https://lane.example.org`; letters name it
    (docs/sequences.md, "Unsubscribing"). By default this machine."""
    read_only: bool = False
    """Refuse whatever changes something."""
    import_dirs: Annotated[list[Path] | None, NoDecode] = None
    """Folders from which chat and REST may read files, separated like `PATH`; by default Downloads, Desktop, Documents,
    and `imports` in the home."""
    outbound: Literal["on", "off"] = "on"
    """`off`: whoever carries out runs begins with all outbound stopped (docs/sequences.md, "The switch")."""
    smtp_timeout_seconds: Annotated[float, Field(gt=0, le=300)] = 30
    """So long a mail server may take for signing in, for a letter, and for its answer."""
    model: Annotated[str, Field(min_length=1, max_length=200)] = "claude-sonnet-5-5"
    """Which model carries out agent runs."""
    extraction_model: Annotated[str, Field(min_length=1, max_length=200)] = "claude-haiku-5-5"
    """Which model reads pages and finds facts in them."""
    anthropic_api_key: Annotated[SecretStr | None, Field(validation_alias="ANTHROPIC_API_KEY")] = None
    """The key of the model (docs/commands.md, "Keys")."""
    anthropic_base_url: Annotated[str | None, Field(validation_alias="ANTHROPIC_BASE_URL")] = None
    """Another place that speaks the Messages API, such as a gateway or a model on this machine."""
    chromium: Path | None = None
    """The browser that shows pages which need one; by default it is looked for."""
    search: SearchName | None = None
    """Which search engine is asked: `tavily`, `serper`, `brave`, `searxng`, `tavily-keyless`, `model` or `none`; by
    default the first that is set up (docs/web.md, "Search engines")."""
    searxng_url: Annotated[str | None, Field(repr=False)] = None
    """Where a SearXNG of yours is."""
    tavily_url: str = TAVILY_URL
    """Where Tavily is."""
    serper_url: str = SERPER_URL
    """Where Serper is."""
    brave_url: str = BRAVE_URL
    """Where Brave Search is."""
    tavily_api_key: Annotated[SecretStr | None, Field(validation_alias="TAVILY_API_KEY")] = None
    """The key of Tavily (docs/commands.md, "Keys")."""
    serper_api_key: Annotated[SecretStr | None, Field(validation_alias="SERPER_API_KEY")] = None
    """The key of Serper (docs/commands.md, "Keys")."""
    brave_api_key: Annotated[SecretStr | None, Field(validation_alias="BRAVE_API_KEY")] = None
    """The key of Brave Search (docs/commands.md, "Keys")."""
    otel: Literal["on", "off"] = "off"
    """`on`: spans and metrics go to a collector of OpenTelemetry; needs the extra `otel`
    (docs/telemetry.md, "Spans")."""

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *args: PydanticBaseSettingsSource, **named: PydanticBaseSettingsSource
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Where values come from, the first one wins: the environment, then the keys that the home keeps."""
        return named["init_settings"], named["env_settings"], _KeysOfHome(settings_cls)

    @field_validator("import_dirs", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part for part in value.split(os.pathsep) if part] if isinstance(value, str) else value

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _names(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("public_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None and not is_web_address(value):
            raise ValueError("it must be an address such as https://lane.example.org, without a query")
        return value

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("secret_key")
    @classmethod
    def _key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            key_of_text(value.get_secret_value())
        return value

    @property
    def url(self) -> str:
        """The database's URL."""
        # A URL has its own meaning for some characters that a folder's name may have, such as ? and %.
        return self.database_url or f"sqlite:///{quote(str(self.home / 'onelane.db'), safe=_PLAIN)}"

    @property
    def key_file(self) -> Path:
        """Where the person's key is, unless the environment has it."""
        return self.home / "person.key"

    @property
    def secret_key_file(self) -> Path:
        """Where the vault's key is, or the name of its place in the keyring, unless the environment has it."""
        return self.home / "secret.key"

    @property
    def lock_file(self) -> Path:
        """By what one process on a SQLite file is the one that executes."""
        return self.home / "onelane.lock"

    @property
    def known_hosts(self) -> list[str]:
        """The names by which the server may be called over HTTP, besides this machine's."""
        if self.public_url is None:
            return self.allowed_hosts
        return [*self.allowed_hosts, urlsplit(self.public_url).netloc]

    @property
    def base_url(self) -> str:
        """Where the person's browser finds the server."""
        return (self.public_url or f"http://127.0.0.1:{self.port}").rstrip("/")

    @property
    def port(self) -> int:
        """Where this process serves, or else another one of this home, or else one would by default."""
        from onelane.server.listening import port_of_server

        return self._port or port_of_server(self.home) or PORT

    def listens_at(self, port: int) -> None:
        """Note at which port this process serves: its browsers and chats are led there."""
        self._port = port

    @property
    def dashboard_command(self) -> str:
        """What a person types to get to their pages."""
        port = self.port
        is_usual = self.public_url is not None or port == PORT
        return "onelane dashboard" if is_usual else f"onelane dashboard --port {port}"

    @property
    def page_url(self) -> str:
        """The address of the page on which a person answers; it holds no secret and opens nothing by itself."""
        return f"{self.base_url}/dashboard/approvals"

    @property
    def workspace(self) -> WorkspaceSettings:
        """The settings that the person may change, of which the environment's win."""
        given = self.model_fields_set & WorkspaceValues.model_fields.keys()
        return WorkspaceSettings({name: getattr(self, name) for name in given})

    @property
    def chats_file(self) -> Path:
        """What the chats of each client were given, for when the server begins anew."""
        return self.home / "chats.read"

    @property
    def mark_file(self) -> Path:
        """By what the database of this home is known to be no older copy."""
        return self.home / "outbound.mark"

    @property
    def search_settings(self) -> SearchSettings:
        """What the environment says about searching the web."""
        return SearchSettings(
            named=self.search,
            tavily_key=self.tavily_api_key,
            serper_key=self.serper_api_key,
            brave_key=self.brave_api_key,
            searxng_url=self.searxng_url,
            tavily_url=self.tavily_url,
            serper_url=self.serper_url,
            brave_url=self.brave_url,
        )

    @property
    def readable_dirs(self) -> list[Path]:
        """The folders from which chat and REST may read files."""
        if self.import_dirs is not None:
            return [folder.expanduser().absolute() for folder in self.import_dirs]
        personal = (
            platformdirs.user_downloads_path(),
            platformdirs.user_desktop_path(),
            platformdirs.user_documents_path(),
        )
        return [*personal, self.home / "imports"]


def _variable(name: str, alias: object) -> str:
    return alias if isinstance(alias, str) else f"{_PREFIX}{name.upper()}"


class _KeysOfHome(PydanticBaseSettingsSource):
    """The keys that the person gave once; what the environment has is not asked for."""

    def __call__(self) -> dict[str, Any]:
        given = self.current_state.get("home")
        kept = KeptKeys(_home() if given is None else Path(given).expanduser().absolute())
        wanted = (variable for variable in KEY_VARIABLES.values() if variable not in self.current_state)
        return {variable: key for variable in wanted if (key := kept.read(variable)) is not None}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Not asked for: the keys are looked for together."""
        return None, field_name, False


KEY_VARIABLES = {
    name.removesuffix("_api_key"): _variable(name, field.validation_alias)
    for name, field in Settings.model_fields.items()
    if name.endswith("_api_key")
}
"""The variable of each key that the home may keep, by what a person calls it, such as anthropic."""


def read_settings() -> Settings:
    """The settings of this process.

    Raises:
        BadSettings: a value can't be used
    """
    try:
        return Settings()  # pyright: ignore[reportCallIssue] - the fields come from the environment
    except ValidationError as error:
        raise BadSettings(" ".join(_problems(error))) from error


def usable_settings() -> tuple[Settings, list[str]]:
    """The settings with what can be used, the defaults in the place of the rest, and a sentence for each that can't."""
    try:
        return read_settings(), []
    except BadSettings as error:
        cause = error.__cause__
        if not isinstance(cause, ValidationError):
            raise
        bad = {str(detail["loc"][0]) for detail in cause.errors()}
        fields = {_alias(name, field.validation_alias): field for name, field in Settings.model_fields.items()}
        instead = {name: fields[name].get_default(call_default_factory=True) for name in bad}
        return Settings(**instead), _problems(cause)


def _problems(error: ValidationError) -> list[str]:
    return [_problem(detail["loc"], reason_of(detail)) for detail in error.errors()]


def _alias(name: str, alias: object) -> str:
    return alias if isinstance(alias, str) else name


def unknown_settings(environment: Iterable[str]) -> list[str]:
    """A sentence for each variable that looks like a setting and is none, with the one that was probably meant.

    Args:
        environment: the names of the variables
    """
    names = [_variable(name, field.validation_alias) for name, field in Settings.model_fields.items()]
    unknown = sorted(
        name
        for name in environment
        if name.upper().startswith(_PREFIX) and name.upper() not in _NO_SETTINGS.union(names)
    )
    return [f"{name} is no setting of Onelane.{_nearest(name.upper(), names)}" for name in unknown]


def _nearest(name: str, names: Iterable[str]) -> str:
    # What all of them begin with says nothing about which one was meant.
    by_rest = {each.removeprefix(_PREFIX): each for each in names}
    near = get_close_matches(name.removeprefix(_PREFIX), by_rest, n=1, cutoff=0.6)
    return f" Did you mean {by_rest[near[0]]}?" if near else " docs/settings.md lists them."


def _problem(location: tuple[int | str, ...], message: str) -> str:
    name = str(location[0]) if location else ""
    # What is not named after us is told under the name that the environment has for it.
    return f"{name if name.isupper() else f'ONELANE_{name.upper()}'} can't be used: {message}."
