"""The ports to the outside: language models, web pages, search engines."""

__all__ = ["cleaning", "framing", "models", "online", "page", "web"]
