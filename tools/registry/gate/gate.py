"""The gate itself: whether a call needs a person, and that it passes only with their unused yes.

See docs/agent.md, "Approval". Every call comes through here, whichever face it came by.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import orjson
from sqlalchemy.engine import RowMapping

from onelane.storage.database.engine import Session
from onelane.storage.workflows import run_trees
from onelane.tools.registry.context import Caller, Context, Services
from onelane.tools.registry.gate import answers, reach, taint
from onelane.tools.registry.gate.question import PersonNeeded, Question, arguments_json, plain_question, question
from onelane.tools.registry.tool import KEY, Tool
from onelane.tools.registry.tool_spec import NEEDS_PERSON, Effect, Reveals

_BOTH = frozenset(Reveals)


class Gate:
    """Knows of each tool what it shows of private things and of strangers' words.

    Args:
        tools: all tools
    """

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._tools = tools

    @cached_property
    def _reveals(self) -> Mapping[str, frozenset[Reveals]]:
        # Most commands ask nobody, and start without knowing all tools.
        return {tool.name: tool.spec.reveals for tool in self._tools if tool.spec.reveals and not _adds_findings(tool)}

    def has_read(self, session: Session, caller: Caller) -> frozenset[Reveals]:
        """What may have led to a call: what its chat was given, or its run, those above it, and who wrote their config.

        A chat counts in the runs that it works for too.
        """
        lineage = _lineage(session, caller)
        tool_names = reach.tools_used(session, [row["id"] for row in lineage]) if lineage else ()
        read = frozenset[Reveals]() if caller.chat is None else caller.chat.has_read
        written_after = (taint.in_text(row["tainted_by"]) for row in lineage)
        return read.union(*written_after, *(self._reveals.get(name, ()) for name in tool_names))

    def question(
        self,
        session: Session,
        services: Services,
        caller: Caller,
        tool: Tool,
        arguments: Mapping[str, Any],
        call_key: str | None = None,
    ) -> Question | None:
        """What a person must be asked before this call; None when it needs nobody.

        Raises:
            ToolError: the call would fail anyway
        """
        if not tool.may_need_person(caller):
            return None
        ctx = Context(session, services, caller)
        resolved_arguments = tool.spec.with_ids(ctx, {name: value for name, value in arguments.items() if name != KEY})
        words = self._words(ctx, tool, resolved_arguments)
        return None if words is None else question(caller, tool.name, resolved_arguments, words, call_key)

    def pass_through(
        self,
        session: Session,
        services: Services,
        caller: Caller,
        tool: Tool,
        arguments: Mapping[str, Any],
        call_key: str | None = None,
    ) -> Mapping[str, Any]:
        """Use up the person's yes for this call, if it needs one, in the call's own transaction.

        Returns:
            The arguments with which the call is to be made: where a person was asked, those that they saw.

        Raises:
            PersonNeeded: there is no unused yes for exactly this
        """
        open_question = self.question(session, services, caller, tool, arguments, call_key)
        if open_question is None:
            return arguments
        if not answers.use_up(session, services, open_question):
            raise PersonNeeded(open_question)
        return open_question.arguments

    def made_up(self, session: Session, caller: Caller, tool: Tool, arguments: Mapping[str, Any]) -> set[str]:
        """The addresses that a call writes down which nobody named, where who calls has read both."""
        if tool.spec.effect is Effect.READ or not caller.counts_as_run:
            return set()
        addresses = reach.whole_addresses(orjson.loads(arguments_json(arguments)))
        if not addresses or not self.has_read(session, caller) >= _BOTH:
            return set()
        lineage = [row["id"] for row in _lineage(session, caller)]
        return {reach.comparable(each) for each in addresses if not self._is_named(session, caller, lineage, each)}

    def _words(self, ctx: Context, tool: Tool, arguments: Mapping[str, Any]) -> str | None:
        spec = tool.spec
        if not ctx.caller.counts_as_run:
            return spec.confirm(ctx, **arguments) if spec.confirm is not None else None
        if (words := self._leaving(ctx, spec.addresses(ctx, arguments))) is not None:
            return words
        if spec.tells is not None and (words := self._telling(ctx, spec.title, str(arguments[spec.tells]))) is not None:
            return words
        if spec.effect in NEEDS_PERSON:
            words = spec.asks(ctx, **arguments) if spec.asks is not None else None
            return words or plain_question(spec.title, tool.name, arguments)
        return spec.lasting(ctx, **arguments) if spec.lasting is not None else None

    def _leaving(self, ctx: Context, spellings: Sequence[str]) -> str | None:
        """The question before an address is fetched that nobody named, by who has read both."""
        if not spellings or self._is_free(ctx, spellings):
            return None
        url = spellings[0]
        from onelane.tools.registry.gate import contact_mentions

        mentions = contact_mentions.in_address(ctx.session, url)
        carries = f" It would send {'; '.join(mentions)}." if mentions else ""
        return (
            f"Ask {url} for a page? Nobody named this address: neither you, nor a contact, a search result or a page. "
            f"Whoever answers there learns what stands in it.{carries}"
        )

    def _telling(self, ctx: Context, title: str, text: str) -> str | None:
        """The question before words leave that hold what is not for everybody, by who has read both."""
        if not self.has_read(ctx.session, ctx.caller) >= _BOTH:
            return None
        from onelane.tools.registry.gate import contact_mentions

        lineage = [row["id"] for row in _lineage(ctx.session, ctx.caller)]
        mentions = contact_mentions.in_words(ctx.session, text, reach.words_of_person(ctx.session, lineage))
        return f"{title} for this? {text}\nWhoever is asked learns {'; '.join(mentions)}." if mentions else None

    def _is_free(self, ctx: Context, spellings: Sequence[str]) -> bool:
        """Whether who calls has not read both, or somebody else named the address."""
        if not self.has_read(ctx.session, ctx.caller) >= _BOTH:
            return True
        lineage = [row["id"] for row in _lineage(ctx.session, ctx.caller)]
        return any(self._is_named(ctx.session, ctx.caller, lineage, each) for each in spellings)

    def _is_named(self, session: Session, caller: Caller, lineage: Sequence[str], url: str) -> bool:
        chat = caller.chat
        if chat is not None and reach.plain(url) in chat.addresses:
            return True
        return reach.is_known(session, lineage, url, own=() if chat is None else chat.contacts)


def _adds_findings(tool: Tool) -> bool:
    """Whether it only adds to contacts what pages say, which runs without a model record as well."""
    return tool.spec.effect is not Effect.READ and tool.spec.toolset == "research"


def _lineage(session: Session, caller: Caller) -> list[RowMapping]:
    return [] if caller.run_id is None else list(run_trees.lineage(session, caller.run_id))
