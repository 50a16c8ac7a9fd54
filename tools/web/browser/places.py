"""Where a browser is found that Playwright can work with, and how it is started."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from onelane.tools.registry.errors import ToolError

COMMANDS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
)
"""What browsers of Chromium's family are called on a PATH, the freest first."""

SWITCHES = (
    # The browser has no way out of its own: every request of a page is answered by Onelane, which checks where it
    # goes, and what slips past that, such as a preconnection, finds that no name and no address exists.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-proxy-server",
    # WebRTC sends packets beside all that; without a proxy this leaves it none to send.
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--dns-prefetch-disable",
    # A page that fills its memory ends itself and not the machine.
    "--js-flags=--max-old-space-size=256",
)

_KEPT = (
    "APPDATA",
    "HOME",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "LOCALAPPDATA",
    "PATH",
    "PROGRAMFILES",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "TMPDIR",
    "USERPROFILE",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_RUNTIME_DIR",
)


class NoBrowser(ToolError):
    """There is no browser here that could show the page. Install Chromium (`playwright install chromium`, or `apt install chromium`), or set ONELANE_CHROMIUM to the path of a Chrome, Chromium or Edge, then try again. Pages that need no scripts are read with url_fetch."""  # noqa: E501 - it is the message


def find_browser(executable: Path | None, *, search_path: str | None, usual: Sequence[Path]) -> Path | None:
    """The browser to start; None when there is none but, maybe, Playwright's own download.

    Args:
        executable: the path in ONELANE_CHROMIUM; when there is one, nothing else is looked at
        search_path: the folders in which commands are looked for; None for PATH
        usual: where browsers are installed besides

    Raises:
        NoBrowser: there is nothing at the configured path
    """
    if executable is not None:
        if not executable.is_file():
            raise NoBrowser(f"ONELANE_CHROMIUM says {executable}, and there is no file. Correct it and try again.")
        return executable
    on_path = (shutil.which(command, path=search_path) for command in COMMANDS)
    candidates = [*(Path(path) for path in on_path if path), *usual]
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def usual_places(platform: str = sys.platform, environment: Mapping[str, str] = os.environ) -> Sequence[Path]:
    """Where browsers are installed on this kind of system when they are not on its PATH."""
    if platform == "darwin":
        return [Path("/Applications") / f"{app}.app/Contents/MacOS" / app for app in _MAC_APPS]
    if platform == "win32":
        return list(_windows_places(environment))
    return [Path("/snap/bin/chromium"), Path("/opt/google/chrome/chrome"), Path("/opt/microsoft/msedge/msedge")]


def playwright_downloads(platform: str = sys.platform, environment: Mapping[str, str] = os.environ) -> Iterator[Path]:
    """The browsers that Playwright has downloaded itself (playwright.dev/docs/browsers)."""
    home = Path(environment.get("HOME") or environment.get("USERPROFILE") or Path.home())
    usual_folders = {"darwin": home / "Library/Caches", "win32": Path(environment.get("LOCALAPPDATA") or home)}
    folder = usual_folders.get(platform, Path(environment.get("XDG_CACHE_HOME") or home / ".cache")) / "ms-playwright"
    configured_folder = environment.get("PLAYWRIGHT_BROWSERS_PATH")
    return iter(sorted(Path(configured_folder or folder).glob("chromium*-*")))


def browser_environment(environment: Mapping[str, str] = os.environ) -> dict[str, str | float | bool]:
    """The environment the browser is started with: what runs strangers' scripts is given no keys."""
    return {name: environment[name] for name in environment if name.upper() in _KEPT}


def has_sandbox() -> bool:
    """Whether Chromium's own sandbox can be used: not by root, for whom it refuses to start."""
    return not (hasattr(os, "geteuid") and os.geteuid() == 0)


_MAC_APPS = ("Chromium", "Google Chrome", "Microsoft Edge")


def _windows_places(environment: Mapping[str, str]) -> Iterator[Path]:
    for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
        if variable in environment:
            folder = Path(environment[variable])
            yield folder / "Chromium/Application/chrome.exe"
            yield folder / "Google/Chrome/Application/chrome.exe"
            yield folder / "Microsoft/Edge/Application/msedge.exe"
