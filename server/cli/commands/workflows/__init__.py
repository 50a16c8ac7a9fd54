"""Commands about templates, runs and what waits for an answer."""
