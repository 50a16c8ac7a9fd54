"""What a collector of OpenTelemetry is told: names, counts and durations, and nothing that people wrote."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Condition
from time import monotonic
from typing import Any

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from pydantic import SecretStr

from onelane.server.app import open_onelane
from onelane.server.cli.doubles.double_server import Double, DoubleAnswer, DoubleRequest, serve_double
from onelane.server.settings import Settings
from onelane.server.telemetry import OpenTelemetry, telemetry_of
from onelane.storage.database.engine import Database
from onelane.tools.registry.context import Caller, Face
from onelane.tools.registry.ports.telemetry import NoTelemetry
from tests.databases import Clock
from tests.server.agent.messages_api import KEY, serving_messages
from tests.server.agent.script import Script, calls, says
from tests.tools.outreach.sending.post_office import open_office

SOON_S = 60.0


@dataclass(frozen=True)
class Collector:
    """What was sent to a collector, which is a real one by its address."""

    double: Double
    arrived: Condition

    def await_all(self, *names: str) -> None:
        """Wait until spans and metrics with these names have come."""

        def is_there() -> bool:
            return set(names) <= {span.name for span in self.spans} | self.metrics.keys()

        with self.arrived:
            assert self.arrived.wait_for(is_there, SOON_S), names

    @property
    def spans(self) -> list[Any]:
        """All spans, in the order in which they ended."""
        requests = [ExportTraceServiceRequest.FromString(body) for body in self._bodies("/v1/traces")]
        scopes = [
            scope for request in requests for resource in request.resource_spans for scope in resource.scope_spans
        ]
        return [span for scope in scopes for span in scope.spans]

    @property
    def metrics(self) -> dict[str, list[Any]]:
        """The last points of each metric."""
        requests = [ExportMetricsServiceRequest.FromString(body) for body in self._bodies("/v1/metrics")]
        scopes = [scope for request in requests for one in request.resource_metrics for scope in one.scope_metrics]
        found_metrics = [metric for scope in scopes for metric in scope.metrics]
        return {each.name: [*each.sum.data_points, *each.histogram.data_points] for each in found_metrics}

    @property
    def everything(self) -> bytes:
        """All bytes that came."""
        return b"".join(request.body for request in self.double.requests)

    def _bodies(self, path: str) -> list[bytes]:
        return [request.body for request in self.double.requests if request.path == path]


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """A collector on loopback, which OpenTelemetry's own variable names."""

    arrived = Condition()

    def take(_: DoubleRequest) -> DoubleAnswer:
        with arrived:
            arrived.notify_all()
        return DoubleAnswer(200, b"")

    double = Double({"POST /v1/traces": take, "POST /v1/metrics": take})
    with serve_double(double) as running:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", running.url)
        # What is told is sent at once, so that no test depends on how long the end of a process may take.
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
        monkeypatch.setenv("OTEL_METRIC_EXPORT_INTERVAL", "50")
        yield Collector(double, arrived)


def test_runs_steps_model_calls_and_syncs_are_told_without_what_people_wrote(
    collector: Collector, tmp_path: Path, samples: Path
) -> None:
    script = Script(
        [says("Ada wrote PRIVATE-WORD."), calls("search_contacts", query="ada")], [says("No PRIVATE-WORD.")]
    )
    with serving_messages(script) as api:
        settings = Settings(
            home=tmp_path / "home", otel="on", anthropic_api_key=SecretStr(KEY), anthropic_base_url=api.url
        )
        onelane = open_onelane(settings)
        onelane.engine.serve()
        try:
            run = run_of(onelane, "agent", {"goal": "Find PRIVATE-WORD."})
            file = samples / "linkedin" / "Connections.csv"
            synced = run_of(onelane, "sync", {"syncSubType": "linkedin_contacts", "file": str(file)})
            collector.await_all("invoke_agent onelane", "sync linkedin_contacts", "onelane.sync.items", "onelane.runs")
        finally:
            onelane.close()
    spans = {span.name: span for span in collector.spans}
    agent, chat, tool = (
        spans[name] for name in ("invoke_agent onelane", "chat claude-sonnet-5-5", "execute_tool search_contacts")
    )
    assert {span.trace_id for span in (agent, chat, tool)} == {agent.trace_id}
    assert (chat.parent_span_id, tool.parent_span_id) == (agent.span_id, agent.span_id)
    assert attributes_of(agent)["onelane.run.id"] == run
    assert attributes_of(agent)["onelane.run.status"] == "completed"
    asked = attributes_of(chat)
    assert (asked["gen_ai.operation.name"], asked["gen_ai.provider.name"]) == ("chat", "anthropic")
    assert asked["gen_ai.usage.input_tokens"] > 0
    assert attributes_of(tool)["gen_ai.tool.name"] == "search_contacts"
    assert attributes_of(spans["sync linkedin_contacts"])["onelane.run.id"] == synced
    kinds = {attributes_of(point)["gen_ai.token.type"] for point in collector.metrics["gen_ai.client.token.usage"]}
    assert kinds == {"input", "output"}
    brought = {
        attributes_of(point)["onelane.outcome"]: point.as_int for point in collector.metrics["onelane.sync.items"]
    }
    assert brought["success"] > 0
    assert not [
        word
        for word in (b"PRIVATE-WORD", b"Connections.csv", KEY.encode(), b"Lovelace")
        if word in collector.everything
    ]


def test_a_letter_is_told_with_its_outcome_and_neither_address_nor_text(
    collector: Collector, sqlite_database: Database, clock: Clock
) -> None:
    telemetry = OpenTelemetry()
    with open_office(sqlite_database, clock) as (office, _):
        office.services = replace(office.services, telemetry=telemetry)
        office.enroll()
        assert office.send() == 1
    collector.await_all("send smtp", "onelane.sends")
    telemetry.close()
    (sent,) = [span for span in collector.spans if span.name == "send smtp"]
    assert attributes_of(sent) == {
        "onelane.transport": "smtp",
        "onelane.account.id": office.account_id,
        "onelane.outcome": "sent",
    }
    assert [point.as_int for point in collector.metrics["onelane.sends"]] == [1]
    assert not [word for word in (b"Compilers", b"Grace", b"example.net") if word in collector.everything]


def test_a_failure_is_told_by_its_kind_alone(collector: Collector) -> None:
    telemetry = OpenTelemetry()
    with pytest.raises(ValueError, match="PRIVATE-WORD"), telemetry.model_call(provider="p", model="m", max_tokens=1):
        raise ValueError("PRIVATE-WORD")
    collector.await_all("chat m", "gen_ai.client.operation.duration")
    telemetry.close()
    (span,) = collector.spans
    assert attributes_of(span)["error.type"] == "ValueError"
    assert b"PRIVATE-WORD" not in collector.everything


def test_a_collector_that_is_not_there_keeps_no_process_from_ending(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    telemetry, began = OpenTelemetry(), monotonic()
    with telemetry.send(transport="smtp", account_id="acc_1") as watch:
        watch.ended("sent")
    telemetry.close()
    assert monotonic() - began < SOON_S


def test_switched_off_it_is_nobody_and_switched_on_it_imports_nothing_before_there_is_something_to_tell() -> None:
    assert isinstance(telemetry_of(is_on=False), NoTelemetry)
    code = (
        "import sys; from onelane.server.telemetry import telemetry_of; import onelane.server.app; "
        "telemetry_of(is_on=True).close(); print([name for name in sys.modules if 'opentelemetry' in name])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in ("[]", "['opentelemetry']", "['opentelemetry', 'opentelemetry.exporter']")


def run_of(onelane: Any, workflow_type: str, config: dict[str, Any]) -> str:
    """Start a run, and wait for its end."""
    run = onelane.call("start_run", {"workflow_type": workflow_type, "config": config}, Caller(Face.CLI))
    assert onelane.engine.wait(run.id, timeout_s=SOON_S)
    return run.id


def attributes_of(span: Any) -> dict[str, Any]:
    """What a span or a point says of itself."""
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in span.attributes}
