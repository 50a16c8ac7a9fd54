"""Two contacts that may be one person, side by side, as the questions about them show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from onelane.server.dashboard.pages.people.contact_forms import Field, differing
from onelane.storage.database.engine import Session
from onelane.storage.people import contacts, identities
from onelane.storage.people.contacts import Contact
from onelane.storage.people.identities import Identity
from onelane.storage.workflows.tasks import Task
from onelane.tools.people.contact_views import ContactView, IdentityView, values_of


@dataclass(frozen=True, slots=True)
class Pair:
    """Two contacts that may be one person.

    Args:
        title: the question's title
        question: what is asked
        people: both; one alone when the other is gone
        fields: what each of them has, side by side
    """

    title: str
    question: str
    people: Sequence[Mapping[str, Any]]
    fields: Sequence[tuple[Field, Field]] = ()


def pairs_of(session: Session, questions: Sequence[Task]) -> list[Pair]:
    """The two contacts of each question as they are now; two queries for all of them."""
    ids_by_task = [(task, _contact_ids(task)) for task in questions]
    contact_ids = {contact_id for _, ids in ids_by_task for contact_id in ids}
    identities_of = identities.identities_by_contact(session, contact_ids)
    views = {
        each.id: _view(each, identities_of.get(each.id, ())) for each in contacts.list_contacts(session, contact_ids)
    }
    return [_pair(task, [views[each] for each in ids if each in views]) for task, ids in ids_by_task]


def _pair(task: Task, people: Sequence[Mapping[str, Any]]) -> Pair:
    fields = differing(*people) if len(people) == 2 else ()
    return Pair(task.title, task.description or task.title, people, fields)


def _contact_ids(task: Task) -> list[str]:
    about: dict[str, Any] = orjson.loads(task.payload)
    return about.get("contact_ids", [])


def _view(contact: Contact, contact_identities: Sequence[Identity]) -> dict[str, Any]:
    view = ContactView.model_validate(values_of(contact)).contract_json()
    identity_views = [
        orjson.loads(IdentityView.model_validate(each.model_dump()).contract_json()) for each in contact_identities
    ]
    return {**orjson.loads(view), "identities": identity_views}
