"""Servers that behave like X, Google and LinkedIn on this machine: `onelane demo --online` and the tests ask them."""

__all__: list[str] = []
