"""Suppressing: an address is not written to any more, and what was on its way to its people ends.

See docs/sequences.md, "Suppressions" and "Unsubscribing".
"""

from collections.abc import Collection

import sqlalchemy as sa

from onelane.storage.database.engine import Session
from onelane.storage.database.rows import among, table_of
from onelane.storage.outreach import suppressions
from onelane.storage.outreach.enrollment_ends import end_all_of_contacts, end_enrollment
from onelane.storage.outreach.outbound import outbound_actions
from onelane.storage.outreach.suppressions import Suppression, SuppressionReason
from onelane.storage.platforms.accounts import PLATFORM_OF, Channel, Platform
from onelane.storage.workflows.approvals import Door
from onelane.storage.workflows.enrollments import ONGOING, Enrollment, EnrollmentStatus, StateReason
from onelane.storage.workflows.templates import Template
from onelane.tools.outreach.inbound.stops import stop_people, suppress_address
from onelane.tools.outreach.mail.header_text import wire_address
from onelane.tools.outreach.stopping.addresses import addresses_of, owners_of
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import BadRequest, NotFound
from onelane.tools.registry.gate.deciding import check_writable, deciding
from onelane.tools.registry.gate.vault import Vault, written_once

_LONGEST_TOKEN = 500
_PAGE = "the page to unsubscribe"


def suppress(
    session: Session, vault: Vault, address: str, channel: Channel, *, source: str, contact_id: str | None = None
) -> tuple[Suppression, int]:
    """Write to an address no more, on a channel or on all; once is enough.

    Args:
        session: a writing one
        vault: hashes the address
        address: an e-mail address, or what a platform calls somebody
        channel: where
        source: where this comes from
        contact_id: whose address it is, where that is known

    Returns:
        What holds now, and how many enrollments ended.

    Raises:
        BadRequest: it is no address for that channel
    """
    clean_address = _clean_address(address, channel)
    owners = [contact_id] if contact_id is not None else owners_of(session, address, channel)
    _suppress(session, vault, clean_address, channel, owners[0] if owners else None, source)
    holding = suppressions.find_holding(
        session, channel, address_hashes=[vault.address_hash(clean_address)], contact_ids=[]
    )
    exact = next((row for row in holding if row.channel is channel), holding[0])
    return exact, _end(session, owners, channel)


def suppress_person(session: Session, vault: Vault, contact_id: str, channel: Channel, *, source: str) -> int:
    """Write to somebody no more, at whatever address; how many enrollments ended."""
    only = None if channel is Channel.ALL else channel
    addresses = {
        each for _, each in addresses_of(session, [contact_id], only) if only is not Channel.EMAIL or "@" in each
    }
    for address in sorted(addresses) or [contact_id]:
        _suppress(session, vault, address, channel, contact_id, source)
    return _end(session, [contact_id], channel)


def lift_suppressions(
    services: Services, *, via: Door, suppression_id: str | None = None, address: str | None = None
) -> list[Suppression]:
    """Let an address be written to again: one suppression, or all that hold for an address.

    Raises:
        Forbidden: nothing may be changed here
        NotFound: nothing of that kind holds
    """
    with deciding(services, "Onelane runs in read-only mode, so nothing is lifted here.") as session:
        rows = _holding(session, services.vault, suppression_id, address)
        lifted_rows = [row for row in rows if suppressions.lift(session, row.id, via=via)]
        if not lifted_rows:
            raise NotFound(
                f"No suppression of {(suppression_id or address or '')[:100]!r} holds. onelane suppressions list "
                "shows those that do."
            )
        for row in lifted_rows:
            session.refresh(row)
            session.expunge(row)
        return lifted_rows


def unsubscribe(services: Services, token: str) -> None:
    """Do what the token of a letter stands for: its recipient is not written to any more. Twice is once.

    A token that nobody made changes nothing, and nobody is told so.

    Raises:
        Forbidden: nothing may be changed here
    """
    check_writable(
        services, "This Onelane changes nothing at the moment. Answer the message with the word stop instead."
    )
    action_id = services.vault.text_of_token(token) if len(token) <= _LONGEST_TOKEN else None
    # The database is asked in any case, so that its absence does not tell one token from another.
    with services.database.read() as session:
        action = outbound_actions.get_action(session, action_id or "")
    if action is None or action.channel is not Channel.EMAIL:
        return
    with services.database.write(is_durable=True) as session:
        contacts = [] if action.contact_id is None else [action.contact_id]
        if action.to_address is not None:
            suppress_address(
                session,
                services.vault,
                action.to_address,
                reason=SuppressionReason.UNSUBSCRIBED,
                contact_id=action.contact_id,
                source=_PAGE,
            )
            contacts += owners_of(session, action.to_address, Channel.EMAIL)
        stop_people(session, list(dict.fromkeys(contacts)), StateReason.UNSUBSCRIBED)


def _suppress(
    session: Session, vault: Vault, address: str, channel: Channel, contact_id: str | None, source: str
) -> None:
    suppress_address(
        session,
        vault,
        address,
        channel=channel,
        reason=SuppressionReason.MANUAL,
        contact_id=contact_id,
        source=source,
    )


def _clean_address(address: str, channel: Channel) -> str:
    plain = written_once(address)
    looks_like_mail = channel is Channel.EMAIL or (channel is Channel.ALL and "@" in plain)
    # Whoever gives a person's name would believe that they are left alone.
    is_word = plain.isprintable() and len(plain.split()) == 1 and len(plain) <= 320
    if not is_word or (looks_like_mail and wire_address(plain) is None):
        kind = "e-mail address" if looks_like_mail else "address"
        raise BadRequest(f"{address[:100]!r} is no {kind}. Give an e-mail address, a handle or a profile's address.")
    return plain


def _holding(session: Session, vault: Vault, suppression_id: str | None, address: str | None) -> list[Suppression]:
    if suppression_id is not None:
        suppression = suppressions.get_suppression(session, suppression_id)
        return [] if suppression is None else [suppression]
    return list(suppressions.find_suppressions(session, [vault.address_hash(address or "")]))


def _end(session: Session, contact_ids: Collection[str], channel: Channel) -> int:
    """End what these people are in on a channel; what has not left is cancelled."""
    if channel is Channel.ALL:
        return end_all_of_contacts(session, contact_ids, StateReason.SUPPRESSED)
    table, source = table_of(Enrollment), table_of(Template)
    query = sa.select(table.c.id).join_from(table, source, table.c.template_id == source.c.id)
    query = query.where(among(session, table.c.contact_id, contact_ids), table.c.status.in_(ONGOING))
    # A sequence that names no platform writes e-mail.
    query = query.where(sa.func.coalesce(source.c.platform, Platform.GMAIL.value) == PLATFORM_OF[channel].value)
    ends = [
        end_enrollment(session, each, EnrollmentStatus.REMOVED, StateReason.SUPPRESSED, at=session.now())
        for each in session.sql(query.order_by(table.c.id)).scalars().all()
    ]
    return sum(ends)
