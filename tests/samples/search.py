"""What search engines answer about an invented person, in the form of each."""

from pathlib import Path

FOLDER = Path(__file__).with_name("files") / "search"


def answer(name: str) -> bytes:
    """The body of an answer, such as `tavily`; the folder has them all."""
    return (FOLDER / f"{name}.json").read_bytes()
