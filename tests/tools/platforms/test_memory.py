"""A file may be larger than the memory: what is read does not pile up."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.proof import FULL
from tests.samples.google import google_csv, mbox
from tests.samples.linkedin import linkedin_zip
from tests.samples.x import tweets, write_x_file

ALLOWED_MB = 12
MANY = 40_000 if FULL else 15_000
"""If an item left only a kilobyte behind, this would show."""
READ = """
import resource, sys
from pathlib import Path
from onelane.tools.platforms.exports import open_export

def peak_mb():
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit

# What loads lazily and what is bounded is there after the small file; then only the size differs.
for path in sys.argv[2:]:
    count = sum(1 for _ in open_export(sys.argv[1], Path(path)).items())
    print(count, peak_mb())
"""


def growth(sub_type: str, small: Path, large: Path) -> tuple[int, float]:
    """How many items a large file has, and by how many MB the process grew from a small file to it."""
    command = [sys.executable, "-c", READ, sub_type, str(small), str(large)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    (_, before), (count, after) = (line.split() for line in output.splitlines())
    return int(count), float(after) - float(before)


@pytest.mark.skipif(sys.platform == "win32", reason="this system does not tell a process's peak of memory")
class TestMemoryStaysFlat:
    def test_with_many_connections(self, tmp_path: Path) -> None:
        small = linkedin_zip(tmp_path / "small.zip", 5_000, 500)
        large = linkedin_zip(tmp_path / "large.zip", 3 * MANY, MANY)
        count, grown_mb = growth("linkedin_contacts", small, large)
        assert count == 4 * MANY
        assert grown_mb < ALLOWED_MB

    def test_with_a_large_mailbox(self, tmp_path: Path) -> None:
        small = mbox(tmp_path / "small.mbox", 2_500, body_bytes=50)
        large = mbox(tmp_path / "large.mbox", 2_500, body_bytes=16_000)
        assert large.stat().st_size > 35 << 20
        count, grown_mb = growth("gmail_metadata", small, large)
        assert count == 2_500
        assert grown_mb < ALLOWED_MB

    def test_with_many_posts(self, tmp_path: Path) -> None:
        paths = tmp_path / "small.js", tmp_path / "large.js"
        for path, posts in zip(paths, (500, 10_000), strict=True):
            entries = ({"tweet": tweet | {"full_text": "long " * 600}} for tweet in tweets(posts, wrapped=False))
            with path.open("w", encoding="utf-8") as file:
                write_x_file(file, "tweets", entries)
        assert paths[1].stat().st_size > 30 << 20
        count, grown_mb = growth("x_tweets", *paths)
        assert count == 10_000
        assert grown_mb < ALLOWED_MB

    def test_with_many_contacts(self, tmp_path: Path) -> None:
        small = google_csv(tmp_path / "small.csv", 1_000)
        large = google_csv(tmp_path / "large.csv", MANY)
        count, grown_mb = growth("gmail_contacts", small, large)
        assert count == MANY
        assert grown_mb < ALLOWED_MB
