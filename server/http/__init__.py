"""One ASGI app: REST and OpenAPI from the registry, events, guards."""

__all__ = ["asgi", "bodies", "events", "exports", "guards", "late_app", "person", "problems", "request_arguments"]
