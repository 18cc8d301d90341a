"""OpenTelemetry spans, where an address for them is set; nothing is imported, and nothing done, where none is.

FastAPI makes the span of a request by itself once there is a provider, and takes up the caller's trace; the stages of
a prediction are spans inside it.
"""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from core.telemetry.trace_context import TraceContext

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

SERVICE = "lookout"
UNNAMED = "unknown_service"  # what the library calls a service that nobody named
TRACES_PATH = "/v1/traces"  # below the address of an OTLP receiver that speaks HTTP

SECONDS_TO_SEND = 3.0

_tracing: dict[str, Tracer] = {}
_providers: dict[str, TracerProvider] = {}


def export_to(endpoint: str) -> None:
    """Send spans to an OTLP receiver over HTTP from now on, in the background; what is left goes at the process's end.

    endpoint: its base address, such as http://127.0.0.1:4318. What else OpenTelemetry's own variables say (headers,
    the service's name, the share that is sampled) the library reads itself.
    """
    if _tracing:
        return
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    address = endpoint.rstrip("/")
    address = address if address.endswith(TRACES_PATH) else address + TRACES_PATH
    resource = Resource.create()
    if str(resource.attributes["service.name"]).startswith(UNNAMED):
        resource = resource.merge(Resource({"service.name": SERVICE}))
    provider = TracerProvider(resource=resource)  # ends with the process
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=address)))
    trace.set_tracer_provider(provider)
    _providers["provider"] = provider
    _tracing["tracer"] = trace.get_tracer(SERVICE)


def stop() -> None:
    """Send what is not yet sent; a receiver that does not answer holds the process up for SECONDS_TO_SEND at most."""
    if provider := _providers.pop("provider", None):
        sending = threading.Thread(target=provider.shutdown, name="last-spans", daemon=True)
        sending.start()  # the library itself has no limit that it keeps
        sending.join(SECONDS_TO_SEND)


def span(name: str, **attributes: str | int) -> AbstractContextManager[Any]:
    """A span around a block, inside the span that is open; nothing where spans are not sent."""
    tracer = _tracing.get("tracer")
    return tracer.start_as_current_span(name, attributes=attributes) if tracer else nullcontext()


def current() -> TraceContext | None:
    """Where the work stands in its trace, by the span that is open; None where there is none."""
    open_span = _open_span()
    if open_span is None:
        return None
    context = open_span.get_span_context()
    if not context.is_valid:
        return None
    state = context.trace_state.to_header() if context.trace_state else ""
    return TraceContext(f"{context.trace_id:032x}", f"{context.span_id:016x}", f"{context.trace_flags:02x}", state)


def describe(**attributes: str | int | list[str] | None) -> None:
    """Add to what the open span says; what is None is left out."""
    if open_span := _open_span():
        open_span.set_attributes({name: value for name, value in attributes.items() if value is not None})


def _open_span() -> Span | None:
    if not _tracing:
        return None
    from opentelemetry import trace

    return trace.get_current_span()
