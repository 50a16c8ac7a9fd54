"""Runs and their steps as tools show them: rows, views, and the places in their lists."""

__all__ = ["run_places", "run_rows", "run_views", "step_views"]
