"""The run types enrich, search and prune, and their tools."""

__all__ = ["run_configs", "run_types"]
