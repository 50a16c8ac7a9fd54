"""Drafts: texts that wait for the person. Nothing here sends anything."""

import hashlib
from typing import Annotated, ClassVar, Literal

import orjson
from pydantic import AfterValidator, Field, StringConstraints

from onelane.storage.database.engine import Session
from onelane.storage.people.contacts import Contact
from onelane.storage.platforms import content
from onelane.storage.platforms.accounts import Platform
from onelane.storage.platforms.content import ContentItem, ContentOrigin, ContentStatus, ContentType, Direction
from onelane.storage.workflows import tasks
from onelane.storage.workflows.steps import StepType
from onelane.storage.workflows.tasks import TaskType
from onelane.tools.outreach.content.publication import review_key
from onelane.tools.people.contact_fields import Line, one_line
from onelane.tools.people.contact_saving import known_contact
from onelane.tools.registry.context import Context, Services
from onelane.tools.registry.errors import BadRequest, Conflict, NotFound
from onelane.tools.registry.gate.deciding import check_writable, deciding
from onelane.tools.registry.result import About, Instant, ListItem, PageResult, Result
from onelane.tools.registry.tool_spec import Effect, Reveals, tool

_MOST_CHARS, _MOST_TITLE_CHARS = 50_000, 500
_TITLE_CHARS = 200
_SHOWN_CHARS = 300

DraftKind = Literal[
    ContentType.POST,
    ContentType.ARTICLE,
    ContentType.THREAD,
    ContentType.REPLY,
    ContentType.EMAIL,
    ContentType.DM,
    ContentType.NEWSLETTER,
]


def _check_not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    return text


Body = Annotated[str, StringConstraints(max_length=_MOST_CHARS), AfterValidator(_check_not_blank)]


class DraftView(ListItem):
    """A draft."""

    kind: ContentType
    title: str | None = None
    body: str
    contact_id: str | None = None
    platform: Platform | None = None
    ai_generated: bool
    written_for: str | None = None
    """What it was written from."""
    created_at: Instant

    def text(self) -> str:
        """One line: id, kind, to whom, title, the beginning."""
        where = " ".join(part for part in (self.platform and self.platform.value, self.contact_id) if part)
        head = "\t".join(part for part in (self.id, self.kind.value, where, one_line(self.title or "")) if part)
        return f"{head}\t{one_line(self.body)[:_SHOWN_CHARS]}"


class DraftPage(PageResult[DraftView]):
    """A page of drafts."""

    noun: ClassVar[str] = "drafts"
    first_comes_by: ClassVar[str] = "save_draft keeps one until the person has read it."
    id_prefixes: ClassVar[tuple[str, ...]] = ("cnt_",)


class SavedDraft(Result):
    """A draft that waits for the person."""

    id: str
    kind: ContentType
    contact_id: str | None = None
    platform: Platform | None = None
    task_id: str
    """The person's task to look at it."""

    def text(self) -> str:
        """One line."""
        kind = self.kind.label.lower()
        text = (
            f"Draft {self.id} ({kind}) is kept, and the person is asked to look at it. Nothing was sent: only they "
            f"approve it, on their page or by onelane content approve {self.id}."
        )
        closes = f"finish_task(task_id={self.task_id!r}, outcome='done')"
        return f"{text} list_tasks shows it with its text; {closes} closes it."

    def recorded_about(self) -> About:
        """To whom it is."""
        return {"contact_id": self.contact_id}

    def recorded_as(self) -> StepType | None:
        """A text to nobody yet is no engagement with anybody."""
        return None if self.contact_id or self.platform else StepType.TOOL_CALL


@tool(
    effect=Effect.WRITE,
    toolset="content",
    title="Keep a draft",
    route="POST /api/content/drafts",
    status=201,
    # What a run does towards somebody on a platform is an engagement; as long as a person must approve each, the most
    # that a run can do itself is to write it and lay it before them.
    step=StepType.ENGAGEMENT_ACTION,
    creates=True,
)
def save_draft(
    ctx: Context,
    body: Body,
    kind: DraftKind = ContentType.POST,
    contact_id: str | None = None,
    platform: Platform | None = None,
    title: Line | None = None,
    written_for: Annotated[str, StringConstraints(max_length=2000)] = "",
) -> SavedDraft:
    """Keep a text as a draft and ask the person to look at it. Nothing is sent.

    Args:
        body: the whole text
        kind: the kind of text
        contact_id: the recipient, if it is for one person
        platform: where it is to appear
        title: its title, or the subject of an e-mail
        written_for: why it was written and from what
    """
    contact = None if contact_id is None else _recipient(ctx, contact_id)
    run_id = ctx.caller.run_id
    item = content.create_item(
        ctx.session,
        title=title or None,
        body=body,
        content_type=kind,
        platform_target=None if platform is None else platform.value,
        status=ContentStatus.DRAFT,
        ai_generated=ctx.caller.face.is_chat or run_id is not None,
        generation_prompt=written_for or None,
        origin=ContentOrigin.AUTHORED,
        direction=Direction.OUTBOUND,
        contact_id=contact_id,
        platform_data=orjson.dumps({} if run_id is None else {"workflow_run_id": run_id}).decode(),
    )
    task_id = _ask_for_review(ctx, item, contact)
    return SavedDraft(id=item.id, kind=kind, contact_id=contact_id, platform=platform, task_id=task_id)


@tool(effect=Effect.READ, toolset="advanced", title="List drafts", route="GET /api/content/drafts", reveals=Reveals)
def list_drafts(
    ctx: Context,
    contact_id: str | None = None,
    page_size: Annotated[int, Field(ge=1, le=50)] = 10,
    cursor: str | None = None,
) -> DraftPage:
    """List the drafts that wait for the person, with their whole texts, newest first.

    Args:
        contact_id: only those to this contact
        page_size: how many at once
        cursor: from `next_cursor`
    """
    before = DraftPage.after(cursor)
    items = content.list_drafts(ctx.session, contact_id=contact_id, before_id=before, limit=page_size + 1)
    total = content.count_drafts(ctx.session, contact_id=contact_id)
    return DraftPage.of([_view(item) for item in items], page_size, total)


def words_hash(draft: ContentItem) -> str:
    """By what is known whether a draft still says what the person has read."""
    return hashlib.sha256(f"{draft.title or ''}\0{draft.body or ''}".encode()).hexdigest()


def rewrite_draft(services: Services, draft_id: str, *, title: str, body: str, seen_hash: str) -> None:
    """Change the words of a draft.

    Args:
        services: the database
        draft_id: which
        title: its title; empty for none
        body: its whole text
        seen_hash: the hash of the words that the person changes

    Raises:
        Forbidden: nothing may be changed here
        NotFound: there is none
        BadRequest: nothing is left of it, or it is too long
        Conflict: it says something else by now
    """
    check_writable(services)
    if not body.strip() or len(body) > _MOST_CHARS or len(title) > _MOST_TITLE_CHARS:
        raise BadRequest(
            f"A draft has a text of at most {_MOST_CHARS:,} characters and a title of {_MOST_TITLE_CHARS}. Nothing was "
            "changed."
        )
    with services.database.write() as session:
        draft = _draft(session, draft_id)
        is_as_seen, heading = words_hash(draft) == seen_hash, one_line(title).strip() or None
        if not is_as_seen or not content.rewrite_draft(session, draft, title=heading, body=body):
            raise Conflict("The draft was changed since you read it. Read it again; nothing was changed.")


def delete_draft(services: Services, draft_id: str) -> None:
    """Delete a draft; nobody is asked to look at it any more.

    Raises:
        Forbidden: nothing may be changed here
        NotFound: there is none
    """
    with deciding(services) as session:
        if not content.delete_draft(session, _draft(session, draft_id).id):
            raise _missing_draft(draft_id)
        tasks.close_task(session, review_key(draft_id))


def _recipient(ctx: Context, contact_id: str) -> Contact:
    contact = known_contact(ctx.session, contact_id)
    if contact.archived_at is not None:
        raise Conflict(f"{one_line(contact.name)} is archived. Write to somebody else, or call restore_contacts first.")
    return contact


def _ask_for_review(ctx: Context, item: ContentItem, contact: Contact | None) -> str:
    recipient = "" if contact is None else f" to {one_line(contact.name)}"
    heading = f": {item.title}" if item.title else ""
    task = tasks.create_task(
        ctx.session,
        title=f"Review draft: {item.content_type.label.lower()}{recipient}{heading}"[:_TITLE_CHARS],
        description=item.generation_prompt,
        task_type=TaskType.CONTENT_REVIEW,
        related_contact_id=item.contact_id,
        workflow_run_id=ctx.caller.run_id,
        task_key=review_key(item.id),
        payload=orjson.dumps({"content_item_id": item.id}).decode(),
    )
    return task.id


def _view(item: ContentItem) -> DraftView:
    return DraftView(
        id=item.id,
        kind=item.content_type,
        title=item.title,
        body=item.body or "",
        contact_id=item.contact_id,
        platform=Platform.from_word(item.platform_target),
        ai_generated=item.ai_generated,
        written_for=item.generation_prompt,
        created_at=item.created_at,
    )


def _draft(session: Session, draft_id: str) -> ContentItem:
    draft = content.get_draft(session, draft_id)
    if draft is None:
        raise _missing_draft(draft_id)
    return draft


def _missing_draft(draft_id: str) -> NotFound:
    return NotFound(f"There is no draft {draft_id[:100]!r}. It may have been deleted.")
