"""Strangers' pages, read safely: fetching, the browser, reading, search engines."""

__all__ = ["browser", "fetching", "network", "reading", "router", "rules", "search"]
