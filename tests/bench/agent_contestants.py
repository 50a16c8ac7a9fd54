"""The contestants of `bench_agent.py`, each in a process of its own:

    python -m tests.bench.agent_contestants NAME --url URL --turns 200

All do the same: ask, call the one tool, tell what came of it, until the model is done. All stream. What one of them
needs and is not installed is named in its answer.
"""

import argparse
import json
import operator
import sqlite3
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterable, Callable, Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

from pydantic import SecretStr

from tests.bench import one_tool
from tests.bench.one_tool import HELP, MAX_TOKENS, MODEL, found, goal, system
from tests.server.agent.messages_api import KEY

if TYPE_CHECKING:
    from onelane.server.app import Onelane

Json = dict[str, Any]
Playing = Callable[[int], object]
"""Holds a conversation of so many turns."""

RIVALS = Path(__file__).parents[2] / ".tools" / "bench"
"""Where `make bench` puts what only the rivals need, out of the way of the tests."""
WARM_UP_TURNS = 10
ASKED: Json = {
    "model": MODEL,
    "max_tokens": MAX_TOKENS,
    "system": system(),
    "thinking": {"type": "adaptive", "display": "summarized"},
}
TOOL: Json = {
    "name": "look_up",
    "description": HELP,
    "input_schema": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
}


def onelane(url: str, folder: Path, stack: ExitStack) -> Playing:
    """The product: its engine, its registry, its budgets, and every step in a SQLite file."""
    from onelane.server.agent.agent_run import AgentRuns
    from onelane.server.run_types import all_run_types
    from onelane.tools.registry.toolbox import Registry, Toolbox

    house = opened_house(url, folder, stack)
    kit = house.clients
    tools = Registry(one_tool)
    house.engine.run_types = all_run_types(agents=AgentRuns(tools, kit.model, kit.budget_keeper, MODEL))
    house.engine.equip(Toolbox(tools, house.toolbox.services))
    return lambda turns: carried_out(house, turns)


def opened_house(url: str, folder: Path, stack: ExitStack) -> "Onelane":
    """The product on a folder of its own, executing."""
    from onelane.server.app import open_onelane
    from onelane.server.settings import Settings

    settings = Settings(home=folder, anthropic_api_key=SecretStr(KEY), anthropic_base_url=url, daily_usd=1e6)
    house = open_onelane(settings)
    stack.callback(house.close)
    house.engine.serve()
    return house


def carried_out(house: "Onelane", turns: int) -> float:
    """Start a run as a person does, and wait until it is over; when it was started, by the monotonic clock."""
    from onelane.tools.registry.context import Caller, Face

    config = {"goal": goal(turns), "budget": {"turns": 10**6, "usd": 10**6}}
    arguments: dict[str, object] = {"workflow_type": "agent", "config": json.dumps(config)}
    started = time.monotonic()
    run_id = house.call("start_run", arguments, Caller(Face.CLI)).structured()["id"]
    status = house.engine.wait(run_id)
    assert status == "completed", status
    return started


def bare(url: str, folder: Path, stack: ExitStack) -> Playing:
    """A loop over the SDK by hand, and nothing kept."""
    client = _client(url, stack)

    def play(turns: int) -> object:
        messages: list[Any] = [{"role": "user", "content": goal(turns)}]
        while (said := _said(client, messages))["stop_reason"] == "tool_use":
            messages += [_as_message(said), {"role": "user", "content": _results(said)}]
        return said

    return play


def runner(url: str, folder: Path, stack: ExitStack) -> Playing:
    """The SDK's own loop, its conversation kept on this side."""
    import anthropic

    client = _client(url, stack)

    def look_up(name: str) -> str:
        return found(name)

    def play(turns: int) -> object:
        tools = [anthropic.beta_tool(look_up, name="look_up", description=HELP)]
        messages: list[Any] = [{"role": "user", "content": goal(turns)}]
        loop = client.beta.messages.tool_runner(**ASKED, messages=messages, tools=tools, stream=True, thread=False)
        return [stream.get_final_message() for stream in loop]

    return play


class State(TypedDict):
    """What LangGraph keeps at each of its steps."""

    messages: Annotated[list[Any], operator.add]


def langgraph(url: str, folder: Path, stack: ExitStack) -> Playing:
    """A graph of two nodes and its SQLite checkpointer, which writes beside the loop, as is its default."""
    return _langgraph(url, folder, stack, durability="async")


def langgraph_sync(url: str, folder: Path, stack: ExitStack) -> Playing:
    """The same, but nothing goes on before it is written down."""
    return _langgraph(url, folder, stack, durability="sync")


def _langgraph(url: str, folder: Path, stack: ExitStack, *, durability: str) -> Playing:
    graph, sqlite = import_module("langgraph.graph"), import_module("langgraph.checkpoint.sqlite")
    client = _client(url, stack)

    def ask(state: State) -> State:
        return {"messages": [_as_message(_said(client, state["messages"]))]}

    def act(state: State) -> State:
        return {"messages": [{"role": "user", "content": _results(state["messages"][-1])}]}

    def following(state: State) -> str:
        return "act" if _results(state["messages"][-1]) else graph.END

    built = graph.StateGraph(State)
    built.add_node("ask", ask)
    built.add_node("act", act)
    built.add_edge(graph.START, "ask")
    built.add_conditional_edges("ask", following)
    built.add_edge("act", "ask")
    connection = sqlite3.connect(folder / "checkpoints.db", check_same_thread=False)
    stack.callback(connection.close)
    compiled = built.compile(checkpointer=sqlite.SqliteSaver(connection))

    def play(turns: int) -> object:
        opening: State = {"messages": [{"role": "user", "content": goal(turns)}]}
        config = {"configurable": {"thread_id": f"{turns}"}, "recursion_limit": 2 * turns + 10}
        return compiled.invoke(opening, config, durability=durability)

    return play


def pydantic_ai(url: str, folder: Path, stack: ExitStack) -> Playing:
    """An agent of pydantic-ai, nothing kept."""
    ai, models = import_module("pydantic_ai"), import_module("pydantic_ai.models.anthropic")
    provider = import_module("pydantic_ai.providers.anthropic").AnthropicProvider(api_key=KEY, base_url=url)
    settings = {"max_tokens": MAX_TOKENS, "anthropic_thinking": ASKED["thinking"]}
    model = models.AnthropicModel(MODEL, provider=provider, settings=settings)

    def look_up(name: str) -> str:
        return found(name)

    async def drained(context: object, events: AsyncIterable[object]) -> None:
        async for _ in events:
            pass

    agent = ai.Agent(model, instructions=system(), tools=[ai.Tool(look_up, description=HELP)])
    unlimited = ai.UsageLimits(request_limit=None)
    return lambda turns: agent.run_sync(goal(turns), usage_limits=unlimited, event_stream_handler=drained)


CONTESTANTS: dict[str, Callable[[str, Path, ExitStack], Playing]] = {
    "onelane": onelane,
    "bare": bare,
    "runner": runner,
    "langgraph": langgraph,
    "langgraph-sync": langgraph_sync,
    "pydantic-ai": pydantic_ai,
}


def _client(url: str, stack: ExitStack) -> Any:
    import anthropic

    return stack.enter_context(anthropic.Anthropic(api_key=KEY, base_url=url))


def _said(client: Any, messages: list[Any]) -> Json:
    with client.messages.stream(**ASKED, messages=messages, tools=[TOOL]) as stream:
        return stream.get_final_message().to_dict(mode="json")


def _as_message(said: Json) -> Json:
    return {"role": "assistant", "content": said["content"]}


def _results(said: Json) -> list[Json]:
    return list(_answered(said["content"]))


def _answered(blocks: list[Json]) -> Iterator[Json]:
    for block in blocks:
        if block["type"] == "tool_use":
            yield {"type": "tool_result", "tool_use_id": block["id"], "content": found(block["input"]["name"])}


def main() -> None:
    """Warm up, hold one conversation, and say what it cost."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=list(CONTESTANTS))
    parser.add_argument("--url", required=True)
    parser.add_argument("--turns", type=int, required=True)
    given = parser.parse_args()
    sys.path.append(str(RIVALS))
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        try:
            play = CONTESTANTS[given.name](given.url, Path(folder), stack)
        except ModuleNotFoundError as error:
            print(json.dumps({"missing": error.name}))
            return
        print(json.dumps(measured(play, given.url, given.turns)))


def measured(play: Playing, url: str, turns: int) -> Json:
    """Seconds of the processor, and when the stand-in was asked and had answered."""
    play(WARM_UP_TURNS)
    taken_times(url)
    used = time.process_time()
    play(turns)
    return {"cpu_s": time.process_time() - used, "times": taken_times(url)}


def taken_times(url: str) -> list[tuple[float, float]]:
    """When the stand-in was asked and had answered, since it was asked for this last."""
    with urllib.request.urlopen(f"{url}/times", timeout=10) as response:
        return json.load(response)


if __name__ == "__main__":
    main()
