"""Pages about templates: all of them, each with its steps to be written, its versions, and who enters it."""

__all__: list[str] = []
