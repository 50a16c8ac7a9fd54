"""Links of tasks: the address at which a person carries a step out with the fewest clicks.

Sources: https://developer.x.com/en/docs/x-for-websites/web-intents (X); other platforms have no such addresses.
"""

import re
from urllib.parse import quote, urlencode

from onelane.storage.platforms.accounts import Channel
from onelane.storage.workflows.templates import TemplateStepType

_LONGEST_TEXT = 2000
"""A longer text in an address is cut off by browsers, so that the person copies it."""
_ON_X = re.compile(r"https?://(?:www\.|mobile\.)?(?:x|twitter)\.com/(?P<path>[^?#]*)", re.IGNORECASE)
_POST = re.compile(r"(?:^|/)status/(\d+)")
_HANDLE = re.compile(r"@?([A-Za-z0-9_]{1,15})/?")
_MEMBER = re.compile(r"i/user/(\d+)/?")


def task_link(channel: Channel, step_type: TemplateStepType, address: str | None, text: str | None) -> str | None:
    """Where a step is carried out.

    Args:
        channel: the platform
        step_type: what is to be done
        address: the post or profile that the step names; a handle or a member's number does as well
        text: what is said there

    Returns:
        A web address; None where nothing is known that leads there.
    """
    if step_type is TemplateStepType.POST:
        return _new_post(channel, (text or "")[:_LONGEST_TEXT])
    if not address:
        return None
    if channel is Channel.X:
        return _x_link(step_type, address.strip(), (text or "")[:_LONGEST_TEXT])
    return _web_address(channel, address.strip())


def _new_post(channel: Channel, text: str) -> str | None:
    """Where a post is begun, with its text."""
    if channel is Channel.X:
        return f"https://x.com/intent/tweet?{urlencode({'text': text})}"
    if channel is Channel.LINKEDIN:
        return f"https://www.linkedin.com/feed/?{urlencode({'shareActive': 'true', 'text': text})}"
    return None


def _web_address(channel: Channel, address: str) -> str | None:
    if address.startswith(("https://", "http://")):
        return address
    is_name = re.fullmatch(r"@?[\w.%-]+", address) is not None
    before = {Channel.LINKEDIN: "https://www.linkedin.com/in/", Channel.SUBSTACK: "https://substack.com/@"}.get(channel)
    return f"{before}{quote(address.removeprefix('@'))}" if before is not None and is_name else None


def _x_link(step_type: TemplateStepType, address: str, text: str) -> str | None:
    on_x = _ON_X.match(address)
    if on_x is None and "://" in address:
        return address if address.startswith(("https://", "http://")) else None
    path = address if on_x is None else on_x["path"]
    post = _POST.search(path)
    if post is not None:
        return _about_post(step_type, post[1], text) or (address if on_x is not None else None)
    person_query = {"user_id": path} if path.isdigit() else _person(path)
    if person_query is None:
        return address if on_x is not None else None
    if step_type is TemplateStepType.FOLLOW:
        return f"https://x.com/intent/follow?{urlencode(person_query)}"
    if step_type is TemplateStepType.MESSAGE and "user_id" in person_query:
        return f"https://x.com/messages/compose?{urlencode({'recipient_id': person_query['user_id'], 'text': text})}"
    return f"https://x.com/{person_query.get('screen_name') or 'i/user/' + person_query['user_id']}"


def _about_post(step_type: TemplateStepType, post_id: str, text: str) -> str | None:
    if step_type is TemplateStepType.LIKE:
        return f"https://x.com/intent/like?{urlencode({'tweet_id': post_id})}"
    if step_type is TemplateStepType.COMMENT:
        return f"https://x.com/intent/tweet?{urlencode({'in_reply_to': post_id, 'text': text})}"
    return None


def _person(path: str) -> dict[str, str] | None:
    """Whom a path on X names, as intents take it."""
    if (member := _MEMBER.fullmatch(path)) is not None:
        return {"user_id": member[1]}
    handle = _HANDLE.fullmatch(path)
    return None if handle is None else {"screen_name": handle[1]}
