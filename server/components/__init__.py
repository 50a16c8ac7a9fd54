"""Parts that pages and chat views share: macros, styles, scripts, icons (docs/dashboard.md, "Parts").

Imports nothing of ours.
"""

__all__ = ["bundles", "environment", "icons", "numbers", "runs", "steps"]
