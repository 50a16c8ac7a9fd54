"""The browser: pages that need their scripts."""
