"""Who follows, and whom one follows: noted by account and pass, and over once a whole pass did not show them.

See docs/sync.md, "Relations that end".
"""

from collections.abc import Iterable, Sequence
from typing import Literal

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import Values
from onelane.storage.people.account_relations import forget_unseen, keep_relations, lost_in_pass, never_listed
from onelane.storage.people.identities import hold_identities, keep_platform_data
from onelane.storage.platforms.accounts import Account, list_accounts
from onelane.tools.people.intake.facts import without_relation
from onelane.tools.platforms.formats.records import PersonRecord

ListedRelation = Literal["follower", "following"]
_LISTED = frozenset({"follower", "following"})
"""What a platform has a whole list of; who is in both lists is mutual."""


def note_relations(session: Session, account: Account, related: Iterable[tuple[str, PersonRecord]]) -> None:
    """Note in which lists of an account identities are, as records say it.

    Args:
        session: a session that writes
        account: whose lists they are
        related: an identity's id, and what was said of it
    """
    rows = [
        (account.id, relation, identity_id, record.seen_in)
        for identity_id, record in related
        for relation in record.relations
        if relation in _LISTED
    ]
    keep_relations(session, rows)


def end_relations(session: Session, account: Account, relation: ListedRelation, *, seen_in: str) -> int:
    """Take a relation away from whoever was not shown in a pass over the whole list, and say from how many.

    It is called in the commit of the pass's last page. Whom the list of another own account has keeps the relation.

    Args:
        session: a session that writes
        account: whose list it is
        relation: what the list is of
        seen_in: the mark that the records of this pass bore
    """
    hold_identities(session)
    ended_count = sum(_end(session, rows, relation) for rows in lost_in_pass(session, account.id, relation, seen_in))
    forget_unseen(session, account.id, relation, seen_in)
    if len(list_accounts(session, account.platform)) == 1:
        # Files were read before lists were kept; with one account it is known whose they were.
        ended_count += sum(_end(session, rows, relation) for rows in never_listed(session, account.platform, relation))
    return ended_count


def _end(session: Session, rows: Sequence[Values], relation: ListedRelation) -> int:
    changes = [
        (data, identity_id)
        for identity_id, old_data in rows
        if (data := without_relation(old_data, relation)) != old_data
    ]
    keep_platform_data(session, changes)
    return len(changes)
