"""Previews of sequences: what people would be sent, and when."""

__all__ = ["trial"]
