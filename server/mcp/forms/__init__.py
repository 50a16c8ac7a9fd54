"""What the person is asked in forms of their chat client, or at a door of their own where it has none."""

__all__ = ()
