"""The platforms' APIs: one HTTP client for all, its limits and failures, and the grants by which accounts sign in."""

__all__: list[str] = []

__all__ = [
    "account_bearer",
    "account_client",
    "bearer",
    "connections",
    "failure_table",
    "failures",
    "grants",
    "http_client",
    "limits",
    "providers",
    "sign_in",
]
