"""What the person of a world posts: a draft is written, they look at it as it would appear, and say yes or no."""

from random import Random
from typing import TYPE_CHECKING

from tests.worlds.yeses import PostYes

if TYPE_CHECKING:
    from tests.worlds.person.person import Person


def post(person: "Person", key: str, chance: Random) -> None:
    """Write a draft, read it, and most often let it go."""
    platform = chance.choice(("x", "linkedin"))
    door = person.door()
    body = f"A note of {person.clock():%d %B %H:%M}: lanes and compilers, part {chance.randrange(900)}."
    made = door.post("/api/content/drafts", body=body, platform=platform)
    shown = door.get(f"/api/content/drafts/{made.body['id']}") if made.is_yes else made
    if not shown.is_yes or chance.random() > 0.8:
        return
    yes = PostYes(person.clock(), made.body["id"], platform, body)
    path = f"/api/content/drafts/{yes.draft_id}/approve"
    person.say(person.yeses.posts, yes, key, f"approve post {yes.draft_id}", path, hash=shown.body.get("hash"))
