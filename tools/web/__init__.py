"""The world outside: pages, a browser, search engines."""
