"""Time zones, days of the week and times of the day, as people write them."""

__all__ = ["week", "zones"]
