"""What the house-keeping tests look at: the project's own files, and its package as a stranger gets it."""

import os
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from uv import find_uv_bin


@dataclass(frozen=True)
class ProjectFile:
    """A file that git knows, or would know with the next `git add`."""

    name: str
    """Its path from the root of the checkout, with slashes."""
    path: Path

    @property
    def folder(self) -> str:
        return self.name.split("/", 1)[0]

    @property
    def ships(self) -> bool:
        return self.folder in {"server", "tools", "storage", "prompts"}

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8", errors="replace")


@dataclass(frozen=True)
class Installed:
    """An environment outside the checkout that holds the wheel and what the wheel asks for, and nothing else."""

    folder: Path

    def run(self, *arguments: str, timeout_s: float = 60, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the installed `onelane` from an empty folder, with nothing inherited that could point at the checkout."""
        inherited = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
        return subprocess.run(
            [self.folder / "bin" / "onelane", *arguments],
            cwd=self.folder,
            env=inherited | {"ONELANE_HOME": str(self.folder / "home")} | environment,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )


@pytest.fixture(scope="session")
def project_files(project: Path) -> list[ProjectFile]:
    listed = finished("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=project)
    named = [ProjectFile(name, project / name) for name in sorted(filter(None, listed.split("\0")))]
    return [file for file in named if file.path.is_file()]


@pytest.fixture(scope="session")
def wheel(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source distribution as an installer would, without a network."""
    folder = tmp_path_factory.mktemp("built")
    finished(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(folder), cwd=project)
    with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
        archive.extractall(folder, filter="data")
    source = next(folder.glob("onelane-*/pyproject.toml")).parent
    finished(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=source)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="session")
def installed_onelane(project: Path, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel in an empty environment, with the dependencies at the versions of the lock.

    Tests that use it carry `pytest.mark.xdist_group("wheel")`, so that it is made once.
    """
    folder = tmp_path_factory.mktemp("installed")
    uv, lock = find_uv_bin(), project / "requirements.lock"
    finished(uv, "venv", "--quiet", "--no-project", "--python", sys.executable, str(folder), cwd=folder.parent)
    target = ["--python", str(folder / "bin" / "python")]
    finished(uv, "pip", "install", "--quiet", *target, "--constraint", str(lock), str(wheel), cwd=folder)
    return Installed(folder)


def finished(*command: str, cwd: Path) -> str:
    """What a command that must succeed printed."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout
