"""Installed from its wheel, away from the checkout, Onelane runs."""

from pathlib import Path

import pytest

from tests.house.conftest import Installed

pytestmark = pytest.mark.xdist_group("wheel")


def test_the_installed_command_shows_its_help(installed_onelane: Installed) -> None:
    shown = installed_onelane.run("--help")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "serve" in shown.stdout


def test_the_installed_demo_imports_syncs_online_serves_and_answers(installed_onelane: Installed) -> None:
    shown = installed_onelane.run("demo", "--online", "--once", timeout_s=180)
    assert shown.returncode == 0, shown.stderr
    assert "LinkedIn Connections: 24 people added" in shown.stdout
    assert "X Contacts, one page only: 15 people added" in shown.stdout
    assert "X Contacts, from there on: X takes no more requests of this kind for a while" in shown.stdout
    # Another process would ask the real platforms, were it not led to the demo's.
    assert "/platforms.sh\n" in shown.stdout
    assert '"ONELANE_X_API_URL": "http://127.0.0.1:' in shown.stdout
    assert f'"command": "{installed_onelane.folder / "bin" / "onelane"}"' in shown.stdout


def test_folders_named_like_ours_on_the_python_path_do_not_disturb_it(
    installed_onelane: Installed, tmp_path: Path
) -> None:
    for name in ("server", "tools", "storage", "prompts"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('not the right one')")
    assert installed_onelane.run("--help", PYTHONPATH=str(tmp_path)).returncode == 0
