"""The tools and what they work with: what whoever carries out runs is given."""

from dataclasses import dataclass

from onelane.tools.registry.context import Services
from onelane.tools.registry.registry import Registry


@dataclass(frozen=True, slots=True)
class Toolbox:
    """Tools on a database.

    Args:
        registry: the tools
        services: what they work with
    """

    registry: Registry
    services: Services
