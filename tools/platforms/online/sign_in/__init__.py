"""Signing in: the address that a person opens, what their browser brings back, and the account that comes of it."""

__all__: list[str] = []

__all__ = [
    "connecting",
    "disconnecting",
    "features",
    "identity",
    "listener",
    "open_sign_in",
    "platform_sign_in",
    "redirect",
    "signing_in",
]
