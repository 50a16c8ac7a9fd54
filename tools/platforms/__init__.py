"""The platforms: a folder for each, with readers of its export files."""

__all__ = ["exports", "formats", "google", "linkedin", "online", "own_posts", "post_texts", "substack", "x"]
