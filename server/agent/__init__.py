"""The embedded agent: the loop, the one place that knows a model's API, and what a call costs (DESIGN 6)."""
