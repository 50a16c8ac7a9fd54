"""Posts that went out of Onelane and whose id nobody knew: the platform shows them, so that they are known from now on.

Without this, what a person said that it went would stand there twice.
"""

from collections.abc import Sequence

from onelane.storage.database.engine import Session
from onelane.storage.platforms import publishing
from onelane.storage.platforms.accounts import Account
from onelane.tools.platforms.formats.records import PostRecord
from onelane.tools.platforms.post_texts import is_same_text


def name_own_posts(session: Session, account: Account, records: Sequence[PostRecord]) -> None:
    """Note what the platform calls posts of ours of which only a person has said that they stand there.

    Args:
        session: a session that writes
        account: who published the records
        records: what the platform, or its export, shows
    """
    candidates = list(publishing.list_unnamed(session, account.id))
    for record in records if candidates else ():
        if record.author is not None or publishing.find_post(session, account.id, record.post_id) is not None:
            continue
        post = next((each for each in candidates if is_same_text(each[1].body or "", record.text or "")), None)
        if post is not None:
            candidates.remove(post)
            publishing.name_post(session, post[0], record.post_id, record.url)
