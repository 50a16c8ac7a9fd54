"""Runs as lists and figures need them."""

__all__ = ["run_lists", "run_orders"]
