"""Strangers' pages, read safely: fetching, the browser, reading, search engines."""
