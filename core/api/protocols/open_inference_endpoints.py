"""The endpoints of the Open Inference Protocol: /v2, its health, each model's metadata and readiness, and infer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from fastapi import Depends, FastAPI, Header, Response

from core.api import description, failures, forms, model_fields, ready
from core.api.bodies.request_body import RequestBody, received
from core.api.gate import caller
from core.api.model_fields import ModelField
from core.api.prediction_call import Named
from core.api.protocols import addresses, columns, open_inference, tensors
from core.registry import registry

TAGS: list[str | Enum] = ["Open Inference Protocol"]
SERVER = {"name": "lookout", "version": "1", "extensions": ["binary_tensor_data"]}
LIVE = {"live": True}
ADDRESSES: Mapping[str, Callable[..., Any]] = {
    "/v2/models/{model}": addresses.by_model,
    "/v2/models/{model}/versions/{version}": addresses.by_version,
}
PHOTO = {"name": "image", "shape": [1], "datatype": "BYTES", "data": [description.EXAMPLE_PHOTO]}
BODY = {
    "required": True,
    "content": {
        "application/json": description.content(
            description.reference("OpenInferenceRequest"),
            all_outputs={"inputs": [PHOTO]},
            outputs_by_name={"id": "42", "inputs": [PHOTO], "outputs": [{"name": "class"}, {"name": "score"}]},
        ),
        open_inference.BINARY: description.content(
            {
                **description.BYTES,
                "description": f"The JSON, of as many bytes as the header {open_inference.HEADER_LENGTH} says, "
                "and behind it the bytes of the inputs that have a `binary_data_size`.",
            }
        ),
    },
}
ANSWER = {
    "description": "A tensor for each output that is asked for; bytes behind the JSON where they are wanted so.",
    "content": {
        "application/json": description.content(
            {
                "type": "object",
                "properties": {
                    "model_name": description.TEXT,
                    "model_version": description.TEXT,
                    "id": description.TEXT,
                    "outputs": {"type": "array", "items": {"type": "object"}},
                },
                "required": ["model_name", "outputs"],
            }
        ),
        open_inference.BINARY: description.content(description.BYTES),
    },
}


METADATA = description.answer(
    "Versions, and names and types of tensors.",
    {
        "name": "waste",
        "versions": ["1.0.0", "1.1.0"],
        "platform": "lookout",
        "inputs": [{"name": "image", "datatype": "BYTES", "shape": [-1]}],
        "outputs": [{"name": "score", "datatype": "FP32", "shape": [-1]}],
    },
)
READY = description.answer("It can be asked.", {"name": "waste", "ready": True})


async def server() -> dict[str, Any]:
    """The server's metadata."""
    return SERVER


async def live() -> dict[str, bool]:
    """Whether the process answers."""
    return LIVE


async def is_ready() -> dict[str, bool]:
    """Whether every champion is loaded and warm, and the log can be reached; 503 before."""
    await ready.check()
    return {"ready": True}


def metadata(named: Named) -> dict[str, Any]:
    """A model's metadata: its versions, and names and types of its tensors. Raises UnknownSystem, UnknownVersion."""
    system = named.system()
    version = registry().resolve(system, named.version).version
    versions = [version] if named.version else [one.version for one in registry().versions(system)]
    return {
        "name": system,
        "versions": versions,
        "platform": "lookout",
        "inputs": [_tensor(field) for field in model_fields.fields_of(system)],
        "outputs": [_tensor(field) for field in columns.OUTPUTS],
    }


def _tensor(field: ModelField) -> dict[str, Any]:
    return {"name": field.name, "datatype": tensors.DATA_TYPES[field.kind], "shape": [-1]}


def join(app: FastAPI) -> None:
    """Add the endpoints to the app."""
    unready = failures.in_one_sentence(503)
    app.get("/v2", tags=TAGS, responses=description.answer("The server's metadata.", SERVER))(server)
    app.get("/v2/health/live", tags=TAGS, responses=description.answer("It answers.", LIVE))(live)
    ready_answer = description.answer("It can answer.", {"ready": True})
    app.get("/v2/health/ready", tags=TAGS, responses={**ready_answer, **unready})(is_ready)
    for address, names in ADDRESSES.items():
        _join_address(app, address, names)


def _join_address(app: FastAPI, address: str, address_names: Callable[..., Any]) -> None:
    def model_metadata(actor: str = Depends(caller), named: Named = Depends(address_names)) -> dict[str, Any]:
        """The Open Inference Protocol's model metadata."""
        return metadata(named)

    async def model_ready(actor: str = Depends(caller), named: Named = Depends(address_names)) -> dict[str, Any]:
        """Whether a model can be asked; 503 while it is loaded."""
        await ready.check_version(named.system(), named.version)
        return {"name": named.system(), "ready": True}

    def infer(
        actor: str = Depends(caller),
        body: RequestBody = Depends(received),
        named: Named = Depends(address_names),
        header_length: str | None = Header(None, alias=open_inference.HEADER_LENGTH),
    ) -> Response:
        """The Open Inference Protocol's infer."""
        request, binary = open_inference.read(body, header_length)
        outputs = open_inference.wanted(request)
        predictions = open_inference.call_of(request, binary, named).answered_at_once(actor)
        forms.refuse_if_none_answered(predictions)
        return open_inference.answer(request, outputs, predictions)

    refused = failures.in_one_sentence(401, 404)
    unready = failures.in_one_sentence(503)
    app.get(address, tags=TAGS, responses={**METADATA, **refused})(model_metadata)
    app.get(f"{address}/ready", tags=TAGS, responses={**READY, **refused, **unready})(model_ready)
    app.post(
        f"{address}/infer",
        tags=TAGS,
        openapi_extra={"requestBody": BODY},
        responses={200: ANSWER, **refused, **unready, **failures.in_one_sentence(400, 403, 413)},
        response_class=Response,
    )(infer)
