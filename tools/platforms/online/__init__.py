"""The platforms' APIs: one HTTP client for all, its limits and failures, and the grants by which accounts sign in."""

__all__: list[str] = []

__all__ = [
    "account_bearer",
    "account_client",
    "bearer",
    "connections",
    "failures",
    "grants",
    "limits",
    "providers",
    "sign_in",
]
