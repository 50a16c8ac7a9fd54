"""Help texts as Typer shows them, framed on a terminal and plain in a pipe."""

from onelane.server.cli.output import is_shown_richly


def with_examples(text: str, *examples: str) -> str:
    """A help text with what one may type below it, line by line."""
    if not examples:
        return text
    # Typer breaks paragraphs anew, but for one that begins with \b.
    return "\n".join((f"{text}\n\n\b\nExamples:", *(f"  {literal(example)}" for example in examples)))


def literal(text: str) -> str:
    """A text in which square brackets are just that: framed help takes them for marks."""
    return text.replace("[", "\\[") if is_shown_richly() else text
