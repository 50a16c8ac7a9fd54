"""Finds the page that is asked for, reads and renders it; takes forms from the person alone."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from anyio import to_thread
from starlette.types import Receive, Scope, Send

from onelane.server.backend import Backend
from onelane.server.dashboard import answers
from onelane.server.dashboard.assets import PLACE, Asset, all_assets
from onelane.server.dashboard.page import Page, page_at
from onelane.server.dashboard.posts import (
    NO_GOOD_LINK,
    NOT_THE_PERSON,
    OF_ANOTHER_SESSION,
    ONLY_FOR_THE_PERSON,
    SIGNED_OUT,
    read_form,
)
from onelane.server.dashboard.refusals import for_person, in_words_of, of_this_page
from onelane.server.dashboard.refused_forms import kept_fields, refused_page
from onelane.server.dashboard.shell import shell_of
from onelane.server.dashboard.views import render
from onelane.server.dashboard.visit import Done, Form, Reshown, Visit
from onelane.server.dashboard.way_back import forget_way_back, way_back, way_back_cookie
from onelane.server.http.bodies import Header
from onelane.server.http.person.entrance import ENTER, PersonSession, is_from_person, is_same_origin
from onelane.server.http.person.forms import CSRF
from onelane.server.http.problems import Refused
from onelane.tools.registry.errors import BadRequest, NotFound, ToolError
from onelane.tools.registry.tool import refuse_oversized

_MOST_QUERY_FIELDS = 100
_MOST_NOTICES = 100
_MOST_RUNS = 50
FRAGMENTS = "/dashboard/fragments"
_WRONG = "That address asks for something else"
_BY_SCRIPT = (b"accept", b"application/json")


class PageHandler:
    """Serves the pages.

    Args:
        onelane: what is shown
    """

    def __init__(self, onelane: Backend) -> None:
        self._onelane = onelane
        self._notices: dict[str, str] = {}
        """What came of a form, by the session's token, until a page says it."""

    def may_see(self, path: str, session: PersonSession | None) -> bool:
        """Whether whoever may look may look at this page too."""
        page, _ = page_at(path)
        return session is not None or page is None or not page.is_secret

    def has_asset(self, path: str) -> bool:
        """Whether this is the address of a file."""
        return path.startswith(PLACE)

    async def send_asset(self, scope: Scope, send: Send) -> None:
        """Send a file.

        Raises:
            Refused: there is no such file
        """
        asset = await to_thread.run_sync(_asset_at, scope["path"])
        if asset is None:
            raise Refused(HTTPStatus.NOT_FOUND, "There is no such file. Load the page again.")
        await answers.send_asset(send, scope["headers"], asset)

    async def show(self, scope: Scope, send: Send, session: PersonSession | None) -> None:
        """Send a page; an address that only has a slash too many leads to it."""
        path: str = scope["path"]
        if path.endswith("/") and page_at(path.rstrip("/"))[0] is not None:
            query = scope["query_string"].decode("latin-1")
            await answers.send_on(send, path.rstrip("/") + (f"?{query}" if query else ""))
            return
        status, text = await to_thread.run_sync(self._page_text, scope, session)
        more = () if session is not None else way_back_cookie(scope)
        await answers.send_page(send, scope["headers"], text, status, more)

    async def let_in(self, scope: Scope, send: Send, home: str, cookie: Header) -> None:
        """Send the person, who followed their link, to the page that they had asked for, or else to the first one."""
        await answers.send_on(send, way_back(scope, home), [cookie, forget_way_back()])

    async def turn_away(self, scope: Scope, send: Send) -> None:
        """Send whoever may not see a page what to do."""
        why = NO_GOOD_LINK if scope["path"] == ENTER else ONLY_FOR_THE_PERSON
        await self._send_no_access(scope, send, {"why": why, "fields": ()})

    async def _send_no_access(self, scope: Scope, send: Send, values: Mapping[str, object]) -> None:
        text = await to_thread.run_sync(render, "no_access.html", self._visit(scope, None, {}), values)
        await answers.send_page(send, scope["headers"], text, HTTPStatus.FORBIDDEN, way_back_cookie(scope))

    async def hear(self, scope: Scope, receive: Receive, send: Send, session: PersonSession | None) -> None:
        """Do what a form says, if it is the person's own.

        Raises:
            Refused: what was sent is no form, or too long
        """
        headers, path = scope["headers"], scope["path"]
        form, is_script = await read_form(receive, headers), _BY_SCRIPT in headers
        if session is None or not is_from_person(session, headers, form.text(CSRF)):
            await self._send_refusal(scope, send, session, form)
            return
        status, outcome = await to_thread.run_sync(self._act, scope, session, form)
        if status is HTTPStatus.CONFLICT and isinstance(outcome, Done) and not is_script:
            outcome = await to_thread.run_sync(self._refused, scope, session, form, outcome.said) or outcome
        if isinstance(outcome, str):
            await answers.send_page(send, headers, outcome, status)
            return
        if not is_script or outcome.to != path:
            self._keep(session, outcome.said)
        if is_script:
            await answers.send_outcome(send, status, outcome.said, outcome.to)
        else:
            await answers.send_on(send, outcome.to)

    async def _send_refusal(self, scope: Scope, send: Send, session: PersonSession | None, form: Form) -> None:
        """Say that a form is not the person's own, or that it is of a session that is over or left by a new link."""
        is_own_page = is_same_origin(scope["headers"])
        fields = kept_fields(form, session) if is_own_page else ()
        if _BY_SCRIPT in scope["headers"]:
            why = SIGNED_OUT if session is None and is_own_page else NOT_THE_PERSON
            await answers.send_outcome(send, HTTPStatus.FORBIDDEN, why, scope["path"])
            return
        page_text = None
        if session is not None and is_own_page:
            page_text = await to_thread.run_sync(self._refused, scope, session, form, OF_ANOTHER_SESSION)
        if page_text is None:
            why = SIGNED_OUT if session is None else OF_ANOTHER_SESSION
            await self._send_no_access(scope, send, {"why": why if fields else NOT_THE_PERSON, "fields": fields})
        else:
            await answers.send_page(send, scope["headers"], page_text, HTTPStatus.FORBIDDEN)

    def _page_text(self, scope: Scope, session: PersonSession | None) -> tuple[HTTPStatus, str]:
        if scope["path"] == FRAGMENTS:
            return self._fragment_text(scope, session)
        # A script of another tab that shows a page anew must not take what this tab is to say.
        is_opened = (b"sec-fetch-mode", b"navigate") in scope["headers"] or not _names(scope, b"sec-fetch-mode")
        notice = self._notices.pop(session.csrf, "") if session is not None and is_opened else ""
        page, places = page_at(scope["path"])
        visit = self._visit(scope, session, places)
        if page is None:
            return HTTPStatus.NOT_FOUND, _not_found(visit, "", f"There is no page at {scope['path'][:200]}.")
        try:
            refuse_oversized({"path": visit.path, **visit.query})
            return HTTPStatus.OK, render(page.template, visit, page.read(visit), section=page.section, notice=notice)
        except NotFound as error:
            return HTTPStatus.NOT_FOUND, _not_found(visit, page.section, self._said(error), notice=notice)
        except ToolError as error:
            why = in_words_of(visit.query, self._said(error))
            return HTTPStatus.BAD_REQUEST, _not_found(visit, page.section, why, heading=_WRONG)

    def _fragment_text(self, scope: Scope, session: PersonSession | None) -> tuple[HTTPStatus, str]:
        """The parts of the page at the address `page` that show the runs `run`, of which each is named once."""
        pairs = _pairs(scope["query_string"])
        run_ids = [value for name, value in pairs if name == "run"][:_MOST_RUNS]
        address = urlsplit(next((value for name, value in pairs if name == "page"), ""))
        page, places = page_at(address.path)
        if page is None or page.changed is None or not self.may_see(address.path, session):
            return HTTPStatus.OK, ""
        shown = {name: value for name, value in pairs if name in ("tail", "was", "counted")}
        query = dict(_pairs(address.query.encode())) | shown | {"bare": "1"}
        visit = Visit(self._onelane, address.path, places, query, session, self._now())
        try:
            values = {**page.changed(visit, run_ids), "shell": shell_of(visit)}
            return HTTPStatus.OK, render(page.fragment, visit, values) + render("awaiting.html", visit, values)
        except ToolError:
            # What changed may be gone by now; the page that is looked at says so when it is loaded again.
            return HTTPStatus.OK, ""

    def _act(self, scope: Scope, session: PersonSession, form: Form) -> tuple[HTTPStatus, Done | str]:
        """What came of a form: where it leads, or the page that it shows."""
        page, places = page_at(scope["path"])
        try:
            act = None if page is None else page.acts.get(form.text("act"))
            if page is None or act is None:
                raise BadRequest("That form is not one of this page. Load the page again; nothing was changed.")
            visit = self._visit(scope, session, places)
            refuse_oversized({"path": visit.path, **visit.query, **form.fields})
            outcome = act(visit, form)
            return (
                (outcome.status, _again(page, visit, outcome))
                if isinstance(outcome, Reshown)
                else (HTTPStatus.OK, outcome)
            )
        except ToolError as error:
            return HTTPStatus.CONFLICT, Done(of_this_page(scope["path"], self._said(error)), scope["path"])

    def _refused(self, scope: Scope, session: PersonSession, form: Form, why: str) -> str | None:
        """The page on which a form stood, with what was typed in it; None where it does not stand there any more."""
        address = urlsplit(_page_of_form(scope))
        page, places = page_at(address.path)
        if page is None:
            return None
        query = dict(_pairs(address.query.encode()))
        visit = Visit(self._onelane, address.path, places, query, session, self._now())
        try:
            text = render(page.template, visit, page.read(visit), section=page.section)
        except ToolError:
            return None
        return refused_page(text, form, why)

    def _keep(self, session: PersonSession, sentence: str) -> None:
        while len(self._notices) >= _MOST_NOTICES:
            del self._notices[next(iter(self._notices))]
        self._notices[session.csrf] = sentence

    def _visit(self, scope: Scope, session: PersonSession | None, places: Mapping[str, str]) -> Visit:
        return Visit(self._onelane, scope["path"], places, dict(_pairs(scope["query_string"])), session, self._now())

    def _said(self, error: ToolError) -> str:
        return for_person(error, self._onelane.toolbox.registry)

    def _now(self) -> datetime:
        return self._onelane.toolbox.database.clock()


def _again(page: Page, visit: Visit, answer: Reshown) -> str:
    values = {**answer.values, "tone": "bad"} if answer.status >= HTTPStatus.BAD_REQUEST else answer.values
    return render(page.template, visit, values, section=page.section, notice=answer.said)


def _names(scope: Scope, name: bytes) -> bool:
    return any(each == name for each, _ in scope["headers"])


def _page_of_form(scope: Scope) -> str:
    """The address of the page that a form stood on: it may be sent to another one's."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    referer = urlsplit(headers.get(b"referer", b"").decode("latin-1"))
    if referer.netloc.encode("latin-1") != headers.get(b"host") or page_at(referer.path)[0] is None:
        return str(scope["path"])
    return referer._replace(scheme="", netloc="", fragment="").geturl()


def _not_found(visit: Visit, section: str, reason: str, heading: str = "That is not here", notice: str = "") -> str:
    return render("not_found.html", visit, {"why": reason, "heading": heading}, section=section, notice=notice)


def _asset_at(path: str) -> Asset | None:
    return next((each for each in all_assets().values() if each.address == path), None)


def _pairs(query: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=_MOST_QUERY_FIELDS)
    except ValueError:
        # No address that a page of ours made has so many fields.
        return []
