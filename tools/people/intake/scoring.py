"""How much is known of a contact, as a number."""

from typing import Protocol


class Known(Protocol):
    """What is looked at: a contact, whether a row or what an import makes of it."""

    name: str
    email: str | None
    phone: str | None
    company: str | None
    title: str | None
    headline: str | None
    bio: str | None
    location: str | None
    website: str | None
    profile_url: str | None


def enrichment_score(known: Known, *, is_named: bool) -> int:
    """0 to 100: what one needs to reach someone counts most.

    Args:
        known: the contact
        is_named: whether the name is the contact's own, and no id, handle or address in its place
    """
    score = 15 if is_named else 0
    if known.email:
        score += 25
    if known.company:
        score += 15
    if known.title:
        score += 15
    if known.profile_url:
        score += 10
    return score + _extra(known)


def _extra(known: Known) -> int:
    score = 8 if known.phone else 0
    if known.headline or known.bio:
        score += 5
    if known.location:
        score += 4
    if known.website:
        score += 3
    return score
