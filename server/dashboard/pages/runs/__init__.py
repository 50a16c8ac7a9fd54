"""Pages about runs: all of them, each with its steps, and what starts them."""

__all__: list[str] = []
