"""Small SVG shapes of the parts. Widths are attributes, for a strict policy allows no inline styles."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

_RING = Markup(
    '<svg class="ring" viewBox="0 0 20 20" aria-hidden="true"><circle cx="10" cy="10" r="7.5"/>'
    '<circle class="on" cx="10" cy="10" r="7.5" pathLength="100" stroke-dasharray="{:.0f} 100"/></svg>'
)
_SHARE = Markup(
    '<svg viewBox="0 0 100 18" preserveAspectRatio="none" aria-hidden="true"><rect class="bg" width="100" height="18" '
    'rx="1"/><rect class="{}" width="{:.2f}" height="18" rx="1"/></svg>'
)


def ring(done: float, total: float | None) -> Markup:
    """How far something is, as a ring."""
    return _RING.format(100 * min(1, done / total) if total else 0)


def fall(step: Mapping[str, Any], start: float | None, length: float | None) -> Markup:
    """Where a step stood in its run, on a scale of 1000."""
    took, scale = (step["durationMs"] or 0) / 1000, max(length or 0, 1)
    begun = step["createdAt"] - took - (start if start is not None else step["createdAt"])
    x, width = min(max(0.0, begun / scale * 1000), 994.0), min(max(6.0, took / scale * 1000), 1000.0)
    # Nothing but numbers goes in, and a timeline has hundreds of these.
    return Markup(
        f'<svg class="fall" viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect x="{x:.0f}" y="0" width="{width:.0f}" height="8"/></svg>'
    )


def share(value: float, whole: float, css: str = "") -> Markup:
    """A part of a whole, as a bar."""
    return _SHARE.format(css, 100 * min(1, value / whole) if whole else 0)
