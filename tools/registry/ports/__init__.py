"""The ports to the outside: language models, web pages, search engines, telemetry."""

__all__ = ["cleaning", "framing", "machine", "models", "online", "page", "telemetry", "web"]
