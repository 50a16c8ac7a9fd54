"""The ports to the outside: language models, web pages, search engines, telemetry."""

__all__ = ["machine", "models", "online", "page", "telemetry", "text_cleanup", "text_frame", "trust", "web"]
