"""The package is whole: what stands in the checkout is what a stranger installs."""

from pathlib import Path, PurePosixPath
from zipfile import ZipFile

import pytest

from tests.house.conftest import ProjectFile

pytestmark = pytest.mark.xdist_group("wheel")


def test_the_wheel_built_through_the_sdist_holds_every_file_of_the_four_folders(
    wheel: Path, project_files: list[ProjectFile]
) -> None:
    ours = {f"onelane/{file.name}" for file in project_files if file.ships}
    assert ours, "git lists no file of the four folders"
    assert ours - set(names_in(wheel)) == set()


def test_the_wheel_puts_nothing_beside_the_package(wheel: Path) -> None:
    # A bare `tools` or `server` in site-packages is overwritten by the next distribution that has one too.
    tops = {PurePosixPath(name).parts[0] for name in names_in(wheel)}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"onelane"}


def test_the_wheel_carries_the_licence(wheel: Path) -> None:
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names_in(wheel))


def names_in(wheel: Path) -> list[str]:
    with ZipFile(wheel) as archive:
        return archive.namelist()
