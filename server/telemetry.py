"""Spans and metrics for OpenTelemetry, where the extra `otel` is installed and it is switched on (docs/telemetry.md).

Model calls keep to the conventions for generative AI: opentelemetry.io/docs/specs/semconv/gen-ai. Nothing is imported
before there is something to tell.
"""

import threading
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING

from onelane.storage.workflows.runs import WorkflowType
from onelane.storage.workflows.steps import NewStep, StepStatus, StepType
from onelane.tools.registry.ports.telemetry import ModelWatch, NoTelemetry, RunWatch, SendWatch, Telemetry, WatchedRun

if TYPE_CHECKING:
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

Facts = Mapping[str, str | int | None]

_NS_PER_MS = 1_000_000
_CLOSE_SECONDS = 1.5
"""So long what is left may take to reach the collector when the process ends."""
_DURATION_BOUNDS_S = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
_TOKEN_BOUNDS = tuple(4**power for power in range(14))
"""Both as the conventions for generative AI have them."""


class NoExtra(Exception):
    """ONELANE_OTEL is on, but what it needs is not installed. Type: pip install 'onelane[otel]', or set it to off."""

    def __str__(self) -> str:
        return self.__doc__ or ""


def telemetry_of(*, is_on: bool) -> Telemetry:
    """What runs, models and mail servers are watched by.

    Raises:
        NoExtra: it is on, and the extra is not installed
    """
    if not is_on:
        return NoTelemetry()
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.exporter") is None:
        raise NoExtra
    return OpenTelemetry()


class OpenTelemetry:
    """Tells a collector; implements `Telemetry`. Where it is, OpenTelemetry's own variables say."""

    @contextmanager
    def run(self, run: WatchedRun) -> Generator[RunWatch]:
        """See `Telemetry.run`."""
        with self._instruments.span(_run_name(run), _run_facts(run)) as span:
            watch = _RunSpan(self._instruments, span, run)
            yield watch
            if watch.status is not None:
                span.set_attribute("onelane.run.status", watch.status)
                if watch.status == "failed":
                    self._instruments.mark_failed(span, "run_failed")

    @contextmanager
    def model_call(self, *, provider: str, model: str, max_tokens: int) -> Generator[ModelWatch]:
        """See `Telemetry.model_call`."""
        request_facts: Facts = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": provider,
            "gen_ai.request.model": model,
        }
        facts = {**request_facts, "gen_ai.request.max_tokens": max_tokens}
        with (
            self._instruments.span(f"chat {model}", facts, outside=True) as span,
            self._instruments.timed("gen_ai.client.operation.duration", request_facts),
        ):
            yield _ModelSpan(self._instruments, span, request_facts)

    @contextmanager
    def send(self, *, transport: str, account_id: str) -> Generator[SendWatch]:
        """See `Telemetry.send`."""
        about: Facts = {"onelane.transport": transport}
        facts = {**about, "onelane.account.id": account_id}
        with self._instruments.span(f"send {transport}", facts, outside=True) as span:
            yield _SendSpan(self._instruments, span, about)

    def close(self) -> None:
        """See `Telemetry.close`."""
        if "_instruments" in self.__dict__:
            self._instruments.close()

    @cached_property
    def _instruments(self) -> "_Instruments":
        return _Instruments()


class _Instruments:
    """The SDK: tracer, meters, and where both send what they have. It is imported here."""

    def __init__(self) -> None:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        resource, self._spans, self._points = _resource(), OTLPSpanExporter(), OTLPMetricExporter()
        self._tracers = _tracer_provider(resource, self._spans)
        self._meters = _meter_provider(resource, self._points)
        self._tracer = self._tracers.get_tracer("onelane", version("onelane"))
        meter = self._meters.get_meter("onelane", version("onelane"))
        self._counters = {
            "onelane.runs": meter.create_counter("onelane.runs", "{run}", "Executions of runs that ended"),
            "onelane.steps": meter.create_counter("onelane.steps", "{step}", "Steps that were recorded"),
            "onelane.sends": meter.create_counter("onelane.sends", "{letter}", "Letters handed to a server"),
            "onelane.sync.items": meter.create_counter("onelane.sync.items", "{item}", "What syncs brought in"),
        }
        self._histograms = {
            name: meter.create_histogram(name, unit, about, explicit_bucket_boundaries_advisory=bounds)
            for name, unit, about, bounds in (
                ("onelane.run.duration", "s", "How long an execution took", _DURATION_BOUNDS_S),
                ("gen_ai.client.operation.duration", "s", "GenAI operation duration", _DURATION_BOUNDS_S),
                ("gen_ai.client.token.usage", "{token}", "Tokens read and written", _TOKEN_BOUNDS),
            )
        }

    @contextmanager
    def span(self, name: str, facts: Facts, *, outside: bool = False) -> "Generator[Span]":
        """Open a span below the one that is open in this thread; what is raised in it is told by its kind alone."""
        from opentelemetry.trace import SpanKind

        kind = SpanKind.CLIENT if outside else SpanKind.INTERNAL
        # An exception's own words may be those of people.
        with self._tracer.start_as_current_span(
            name, kind=kind, attributes=_attributes(facts), record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span
            except BaseException as error:
                self.mark_failed(span, type(error).__name__)
                raise

    def past_span(self, name: str, facts: Facts, duration_ms: int, failed_by: str | None) -> None:
        """Tell of something that has just ended."""
        end_ns = time.time_ns()
        span = self._tracer.start_span(
            name, attributes=_attributes(facts), start_time=end_ns - duration_ms * _NS_PER_MS
        )
        if failed_by is not None:
            self.mark_failed(span, failed_by)
        span.end(end_ns)

    def mark_failed(self, span: "Span", error_type: str) -> None:
        """Say of a span that it failed, and by what kind of error."""
        from opentelemetry.trace import StatusCode

        span.set_attribute("error.type", error_type)
        span.set_status(StatusCode.ERROR)

    def count(self, name: str, amount: int, facts: Facts) -> None:
        """Add to a counter."""
        self._counters[name].add(amount, _attributes(facts))

    def measure(self, name: str, amount: float, facts: Facts) -> None:
        """Add to a histogram."""
        self._histograms[name].record(amount, _attributes(facts))

    @contextmanager
    def timed(self, name: str, facts: Facts) -> Generator[None]:
        """Measure how long something takes, and by what kind of error it ended, if by one."""
        began = time.perf_counter()
        try:
            yield
        except BaseException as error:
            self.measure(name, time.perf_counter() - began, {**facts, "error.type": type(error).__name__})
            raise
        self.measure(name, time.perf_counter() - began, facts)

    def close(self) -> None:
        """Hand on what is left, and don't wait for a collector that is not there."""
        ending = threading.Thread(target=self._shut_down, name="telemetry-ends", daemon=True)
        ending.start()
        ending.join(_CLOSE_SECONDS)
        if ending.is_alive():
            # It would try again and again; this breaks that off.
            self._spans.shutdown()
            self._points.shutdown()  # pyright: ignore[reportUnknownMemberType] - its further arguments have no types
            ending.join(_CLOSE_SECONDS)

    def _shut_down(self) -> None:
        self._tracers.shutdown()
        self._meters.shutdown()


class _RunSpan(RunWatch):
    def __init__(self, instruments: _Instruments, span: "Span", run: WatchedRun) -> None:
        self._instruments = instruments
        self._run = run
        self._began = time.perf_counter()
        self.status: str | None = None

    def recorded(self, steps: Sequence[NewStep]) -> None:
        for step in steps:
            self._tell(step)

    def ended(self, status: str) -> None:
        self.status = status
        facts: Facts = {"onelane.run.type": self._run.workflow_type, "onelane.run.status": status}
        self._instruments.count("onelane.runs", 1, facts)
        self._instruments.measure("onelane.run.duration", time.perf_counter() - self._began, facts)

    def _tell(self, step: NewStep) -> None:
        about: Facts = {"onelane.step.type": step.step_type, "onelane.step.status": step.done.status}
        failed_by = "step_failed" if step.done.status is StepStatus.FAILED else None
        facts = {**about, "onelane.run.id": self._run.id, "onelane.tool": step.tool}
        name = f"step {step.step_type}"
        if step.step_type is StepType.TOOL_RESULT and step.tool is not None:
            name = f"execute_tool {step.tool}"
            facts |= {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": step.tool}
        self._instruments.past_span(name, facts, step.duration_ms or 0, failed_by)
        self._instruments.count("onelane.steps", 1, about)
        counts = step.done.counted
        if self._run.sync_sub_type is not None and counts is not None:
            for outcome in ("success", "skipped", "error"):
                if amount := getattr(counts, outcome):
                    item_facts: Facts = {"onelane.sync.sub_type": self._run.sync_sub_type, "onelane.outcome": outcome}
                    self._instruments.count("onelane.sync.items", amount, item_facts)


class _ModelSpan(ModelWatch):
    def __init__(self, instruments: _Instruments, span: "Span", request_facts: Facts) -> None:
        self._instruments = instruments
        self._span = span
        self._request_facts = request_facts

    def answered(self, *, stop_reason: str | None, input_tokens: int, output_tokens: int, cached_tokens: int) -> None:
        if stop_reason is not None:
            self._span.set_attribute("gen_ai.response.finish_reasons", [stop_reason])
        self._span.set_attribute("gen_ai.usage.input_tokens", input_tokens)
        self._span.set_attribute("gen_ai.usage.output_tokens", output_tokens)
        self._span.set_attribute("gen_ai.usage.cache_read.input_tokens", cached_tokens)
        for kind, tokens in (("input", input_tokens), ("output", output_tokens)):
            self._instruments.measure(
                "gen_ai.client.token.usage", tokens, {**self._request_facts, "gen_ai.token.type": kind}
            )


class _SendSpan(SendWatch):
    def __init__(self, instruments: _Instruments, span: "Span", about: Facts) -> None:
        self._instruments = instruments
        self._span = span
        self._about = about

    def ended(self, outcome: str) -> None:
        self._span.set_attribute("onelane.outcome", outcome)
        self._instruments.count("onelane.sends", 1, {**self._about, "onelane.outcome": outcome})


def _run_name(run: WatchedRun) -> str:
    if run.workflow_type is WorkflowType.AGENT:
        return "invoke_agent onelane"
    return f"sync {run.sync_sub_type}" if run.sync_sub_type is not None else f"run {run.workflow_type}"


def _run_facts(run: WatchedRun) -> Facts:
    facts: Facts = {
        "onelane.run.id": run.id,
        "onelane.run.type": run.workflow_type,
        "onelane.run.attempt": run.attempt,
        "onelane.template.id": run.template_id,
        "onelane.sync.sub_type": run.sync_sub_type,
    }
    if run.workflow_type is not WorkflowType.AGENT:
        return facts
    return {**facts, "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "onelane"}


def _attributes(facts: Facts) -> dict[str, str | int]:
    return {name: value for name, value in facts.items() if value is not None}


def _resource() -> "Resource":
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource

    ours = Resource({"service.name": "onelane", "service.version": version("onelane")})
    # What the environment says wins, such as OTEL_SERVICE_NAME.
    return ours.merge(OTELResourceDetector().detect())


def _tracer_provider(resource: "Resource", exporter: "OTLPSpanExporter") -> "TracerProvider":
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def _meter_provider(resource: "Resource", exporter: "OTLPMetricExporter") -> "MeterProvider":
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

    reader = PeriodicExportingMetricReader(exporter)
    return MeterProvider([reader], resource=resource, shutdown_on_exit=False)
