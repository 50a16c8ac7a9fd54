"""The words, in many languages, by which people ask to be left alone and programs answer for who is away."""

__all__: list[str] = []
