"""Where worlds have their files."""

from pathlib import Path


def quick_place() -> str | None:
    """Memory, where there is a disk made of it: what is synced there costs nothing."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None
