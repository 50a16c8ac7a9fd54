"""One ASGI app: REST and OpenAPI from the registry, events, guards."""
