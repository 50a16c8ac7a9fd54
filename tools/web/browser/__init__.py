"""The browser: pages that need their scripts."""

__all__ = ["browser", "places"]
