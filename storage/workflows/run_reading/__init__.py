"""Runs as lists and figures need them."""

__all__ = ["exclusive_runs", "run_counts", "run_lists", "run_orders"]
