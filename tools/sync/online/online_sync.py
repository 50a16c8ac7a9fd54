"""Reads the lists of an account page by page; each page and its place in the cursor are one commit.

See docs/platforms.md, "Syncs".
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from onelane.storage.database.engine import Session
from onelane.storage.platforms import accounts, cursors
from onelane.storage.platforms.accounts import Account, AccountStatus, Transport
from onelane.storage.platforms.cursors import SyncCursor
from onelane.storage.workflows import runs
from onelane.storage.workflows.steps import StepStatus, StepType
from onelane.tools.people.intake.batch import absorb
from onelane.tools.platforms.online.connections import sign_in_command
from onelane.tools.platforms.online.failures import CapReached, CursorExpired, SignInAgain, UnreadableAnswer
from onelane.tools.platforms.online.sealed_accounts import let_in_again
from onelane.tools.registry.context import Services
from onelane.tools.registry.errors import NotFound
from onelane.tools.registry.runs.record import Json, NewStep, RunEnd, StepResult
from onelane.tools.registry.runs.run import Run
from onelane.tools.sync.cursor_parts import keep_part, part_of
from onelane.tools.sync.online.connections import closing_connections
from onelane.tools.sync.online.online_sources import SourcesOf, SyncOptions
from onelane.tools.sync.online.patience import Patience
from onelane.tools.sync.online.read_pages import GoesInCircles, ReadPages, forgotten_page, recorded_page
from onelane.tools.sync.online.source import Position, Source, SourcePage, without_waymarks
from onelane.tools.sync.page_steps import count_items, move_cursor, page_output, result_of
from onelane.tools.sync.sync_result import SyncResult
from onelane.tools.sync.sync_types import SyncSubType
from onelane.tools.sync.sync_workflow import run_sync_workflow

_PAGE = "page:"
_CENT = 0.01
_REFUSED_ANEW = "That was tried and refused as well. Start again in a while; what came in until now stays."


@dataclass(frozen=True, slots=True)
class OnlineRequest:
    """What is synced.

    Args:
        sub_type: what to bring in
        account_id: from whose account
        max_pages: at most so many pages of all lists together; None reads them to their end
        options: what else was asked for
    """

    sub_type: SyncSubType
    account_id: str
    max_pages: int | None = None
    options: SyncOptions = field(default_factory=SyncOptions)


def sync_online(execution: Run, request: OnlineRequest, services: Services, sources_of: SourcesOf) -> RunEnd:
    """Bring in what a platform's API gives, as the given run."""
    sync = _OnlineSync(execution, request, services, sources_of)
    return run_sync_workflow(
        execution,
        services.database,
        sub_type=request.sub_type,
        input={"syncSubType": request.sub_type, "platformAccountId": request.account_id},
        sync_function=sync.run,
        prepare=sync.prepare,
        finish=sync.finish,
        partial_result=sync.partial_result,
    )


class _OnlineSync:
    """One sync: pages that were recorded before a crash are not asked for again."""

    def __init__(self, execution: Run, request: OnlineRequest, services: Services, sources_of: SourcesOf) -> None:
        self._execution = execution
        self._request = request
        self._services = services
        self._sources_of = sources_of
        self._pages = ReadPages(execution.outputs(_PAGE))
        self._patience = Patience(execution, services.database.clock, services.online.pause)

    def prepare(self, session: Session) -> Json:
        account = self._account(session)
        self._hold(session)
        runs.update_workflow_run(session, self._execution.run_id, platform_account_id=account.id)
        return {"accountId": account.id}

    def finish(self, session: Session) -> Json:
        account = self._account(session)
        cursors.complete_cursor(session, cursors.ensure_cursor(session, account.id, self._request.sub_type))
        account.last_synced_at = session.now()
        session.add(account)
        return {"total_items": sum(page["items"] for page in self._pages.all)}

    def run(self) -> SyncResult:
        try:
            return self._result(*self._read_all())
        except SignInAgain:
            self._sign_out()
            raise
        except UnreadableAnswer as error:
            self._keep_answer(error)
            raise

    def _read_all(self) -> tuple[list[str], str | None]:
        """Read each list to its end; the names of those that were not, and what kept the sync from it."""
        let_in_again(self._services)
        with self._services.database.read() as session:
            account = self._account(session)
        if account.status is AccountStatus.NEEDS_REAUTH:
            raise SignInAgain(f"{account.display_name} must sign in again: {sign_in_command(account)}")
        with closing_connections(self._services) as services:
            options = replace(self._request.options, read_before=frozenset(page["list"] for page in self._pages.all))
            return self._read(self._sources_of(services, account, options))

    def _read(self, sources: Sequence[Source]) -> tuple[list[str], str | None]:
        stopped_by = None
        try:
            for source in sources:
                while not self._pages.is_at_end(source.name) and not self._has_enough():
                    self._read_page(source)
        except CapReached as cap:
            stopped_by = cap.message
        unread_lists = [source.name for source in sources if not self._pages.is_at_end(source.name)]
        if unread_lists and stopped_by is None:
            stopped_by = _limit_of(self._request.max_pages or 0)
        return unread_lists, stopped_by

    def _read_page(self, source: Source) -> None:
        try:
            self._take(source, self._patience.ask(lambda: self._fetch_page(source)))
        except GoesInCircles:
            # Whoever went on from there would go round again, for ever.
            self._begin_anew(source, without_waymarks(self._position(source)))
            raise

    def _has_enough(self) -> bool:
        return self._request.max_pages is not None and self._pages.count >= self._request.max_pages

    def _fetch_page(self, source: Source) -> SourcePage:
        position = self._position(source)
        try:
            return source.fetch(position)
        except CursorExpired as error:
            if not position or any(page["isAnew"] for page in self._pages.of(source.name)):
                raise CursorExpired(f"{error.message} {_REFUSED_ANEW}") from error
        self._begin_anew(source, {})
        return source.fetch({})

    def _position(self, source: Source) -> Position:
        with self._services.database.read() as session:
            cursor = cursors.get_cursor(session, self._request.account_id, self._request.sub_type)
            return part_of(cursor, source.name)

    def _begin_anew(self, source: Source, position: Position) -> None:
        """What the platform has forgotten is forgotten here, so that a full pass goes on after a crash as well."""

        def work(session: Session) -> StepResult:
            keep_part(self._hold(session), source.name, position)
            return StepResult(output=forgotten_page(source.name))

        self._record(source, work_input={"list": source.name, "from": "its beginning"}, work=work)

    def _take(self, source: Source, page: SourcePage) -> None:
        self._pages.refuse_circle(source.name, page)
        entry = {"list": source.name, "totalItems": page.total_items, "items": len(page.items)}
        total = ReadPages([*self._pages.all, entry]).total_items()

        def work(session: Session) -> StepResult:
            account, run_id, sub_type = self._account(session), self._execution.run_id, self._request.sub_type
            outcome = absorb(session, page.items, account=account, run_id=run_id, sub_type=sub_type)
            if page.is_last:
                source.conclude(session, page.position)
            move_cursor(session, self._hold(session), outcome, source.name, page.position)
            output = page_output(outcome, len(page.items), self._pages.all) | recorded_page(source.name, page)
            if page.taken is not None:
                page.taken(session)
            if page.also is not None:
                output["also"] = dict(page.also(session))
            changes = {} if total is None else {"total_items": total}
            return StepResult(output=output, counted=count_items(outcome, len(page.items)), run_changes=changes)

        self._record(source, work_input={"list": source.name}, work=work)

    def _record(self, source: Source, *, work: Callable[[Session], StepResult], work_input: Json) -> None:
        key = f"{_PAGE}{source.name}:{len(self._pages.of(source.name))}"
        step = self._execution.step(key, StepType.SYNC_PAGE, work, tool=self._request.sub_type, input=work_input)
        self._pages.all.append(step)

    def _hold(self, session: Session) -> SyncCursor:
        return cursors.hold_cursor(session, self._request.account_id, self._request.sub_type, self._execution.run_id)

    def _account(self, session: Session) -> Account:
        account = accounts.get_account(session, self._request.account_id)
        if account is None:
            raise NotFound(f"There is no account {self._request.account_id!r} any more. list_accounts shows which are.")
        return account

    def _sign_out(self) -> None:
        """An account that the platform refuses is asked for nothing until its person has signed in again."""
        with self._services.database.write() as session:
            account = self._account(session)
            # One that sends by a password of its own goes on doing that.
            if account.transport is not Transport.SMTP:
                account.status, account.updated_at = AccountStatus.NEEDS_REAUTH, session.now()
                session.add(account)

    def _keep_answer(self, error: UnreadableAnswer) -> None:
        """Keep what could not be read, for whoever looks into it."""
        unread = StepResult(status=StepStatus.FAILED, output=dict(error.details or {}), error=error.message)
        self._execution.record(lambda session: [NewStep(None, StepType.ERROR, unread, self._request.sub_type)])

    def partial_result(self) -> SyncResult:
        """What came in until now."""
        pages = self._pages.all
        more: Json = {
            "pages": self._pages.count,
            **{name: sum(page[name] for page in pages) for name in ("requests", "resources")},
            "usd": round(sum(page["usd"] for page in pages), 6),
            "source": self._request.sub_type.platform.label,
            **_sum_counts(page["also"] for page in pages if "also" in page),
        }
        result = result_of(pages, more)
        result.nothing = "There was nothing new"
        if more["usd"]:
            result.further.append(f"It cost {_dollars(more['usd'])}")
        return result

    def _result(self, unread_lists: Sequence[str], stopped_by: str | None) -> SyncResult:
        result = self.partial_result()
        result.extra["left"] = list(unread_lists)
        if stopped_by is not None:
            lists = ", ".join(map(self._list_in_words, unread_lists))
            result.further.append(f"{stopped_by.rstrip('.')}; not read to the end: {lists}")
            result.further.append("The next sync goes on there")
        return result

    def _list_in_words(self, name: str) -> str:
        """A list by its name, and how much of it is read where the platform tells how long it is."""
        pages = self._pages.of(name)
        total = next((page["totalItems"] for page in reversed(pages) if page["totalItems"] is not None), None)
        read = sum(page["items"] for page in pages)
        # What a platform counts may be older than what it lists.
        return name if total is None or total < read else f"{name} ({read:,} of {total:,} in this run)"


def _sum_counts(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Counts of the same things, added up."""
    totals = Counter[str]()
    for counts_of_one in counts:
        totals.update(counts_of_one)
    return dict(totals)


def _limit_of(pages: int) -> str:
    return f"This run may ask for {pages:,} {'page' if pages == 1 else 'pages'}"


def _dollars(usd: float) -> str:
    return f"${usd:,.2f}" if usd >= _CENT else "less than a cent"
