"""What `onelane doctor --online` asks providers, for free: whether a key counts, and whether a model is known.

Sources: platform.claude.com/docs/en/api/models (listing models costs nothing), docs.tavily.com (GET /usage),
serper.dev (GET /account). Brave has no request that is free.
"""

from collections.abc import Iterator
from urllib.parse import quote

from pydantic import SecretStr

from onelane.server.cli.checks.outreach_checks import Finding, State
from onelane.server.settings import Settings
from onelane.tools.web.search.server import direct_client

_PLACE = "https://api.anthropic.com"
_SECONDS = 10.0
_OK, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 200, 401, 403, 404


def online_findings(settings: Settings) -> Iterator[Finding]:
    """Whether the keys that are set count."""
    if settings.anthropic_api_key is not None:
        yield _anthropic(settings, settings.anthropic_api_key)
    if settings.tavily_api_key is not None:
        headers = {"Authorization": f"Bearer {_bare(settings.tavily_api_key)}"}
        yield _search_key("tavily", f"{settings.tavily_url.rstrip('/')}/usage", headers)
    if settings.serper_api_key is not None:
        headers = {"X-API-KEY": _bare(settings.serper_api_key)}
        yield _search_key("serper", f"{settings.serper_url.rstrip('/')}/account", headers)
    if settings.brave_api_key is not None:
        yield Finding("brave key", State.OK, "Set; Brave has no free request, so the first search tells")


def _anthropic(settings: Settings, key: SecretStr) -> Finding:
    place = (settings.anthropic_base_url or _PLACE).rstrip("/")
    headers = {"x-api-key": _bare(key), "anthropic-version": "2023-06-01"}
    status = _status(f"{place}/v1/models/{quote(settings.model, safe='')}", headers)
    if status in (_UNAUTHORIZED, _FORBIDDEN):
        return _refused("anthropic", status)
    if status == _OK:
        return Finding("anthropic key", State.OK, f"It counts, and {settings.model} is there")
    if status == _NOT_FOUND and settings.anthropic_base_url is None:
        summary = f"The key counts, but there is no model {settings.model}"
        return Finding("anthropic key", State.TODO, summary, "Set ONELANE_MODEL to another model")
    return _uncertain_key("anthropic", status)


def _search_key(name: str, url: str, headers: dict[str, str]) -> Finding:
    status = _status(url, headers)
    if status in (_UNAUTHORIZED, _FORBIDDEN):
        return _refused(name, status)
    return Finding(f"{name} key", State.OK, "It counts") if status == _OK else _uncertain_key(name, status)


def _refused(name: str, status: int) -> Finding:
    summary = f"The provider refuses it (status {status})"
    return Finding(f"{name} key", State.TODO, summary, f"onelane keys set {name}")


def _uncertain_key(name: str, status: int | None) -> Finding:
    reason = "nobody answered" if status is None else f"the answer was status {status}"
    return Finding(f"{name} key", State.OPTIONAL, f"Set; whether it counts can't be told: {reason}")


def _status(url: str, headers: dict[str, str]) -> int | None:
    import httpx2

    try:
        with direct_client() as client:
            return client.get(url, headers=headers, timeout=_SECONDS).status_code
    except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError, ValueError):
        # Nothing of such a message is shown: it may hold the key, or an address with a password in it.
        return None


def _bare(key: SecretStr) -> str:
    return key.get_secret_value().strip()
