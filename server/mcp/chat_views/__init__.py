"""Views that chat clients show beside an answer: MCP Apps, in the look of the dashboard."""

__all__ = ()
