"""The Open Inference Protocol below /v2, as KServe and Triton speak it: health, metadata and infer.

https://github.com/kserve/open-inference-protocol, with the extension for binary tensor data.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.api import model_fields
from core.api.bodies import json_text
from core.api.bodies.request_body import RequestBody
from core.api.gate import PlainJSON
from core.api.prediction_call import Named, PredictionCall
from core.api.protocols import columns, tensors
from core.api.protocols.tensors import InputTensor, WantedTensor
from core.contract import Prediction
from core.errors import InvalidInput
from core.inference.call import first_problem
from core.store.tables import storable_json

HEADER_LENGTH = "Inference-Header-Content-Length"
BINARY = "application/octet-stream"


class InferParameters(BaseModel):
    """What goes with a request; others are passed over."""

    binary_data_output: bool = False


class InferRequest(BaseModel):
    """One inference: tensors in, names of tensors out."""

    model_config = ConfigDict(title="OpenInferenceRequest")

    id: str | None = Field(None, max_length=1000)
    parameters: InferParameters = InferParameters()
    inputs: list[InputTensor] = Field(min_length=1, max_length=100)
    outputs: list[WantedTensor] = Field([], max_length=100)


def read(body: RequestBody, header_length: str | None) -> tuple[InferRequest, bytes]:
    """The request, and the bytes behind its JSON. header_length: where these begin; None for JSON alone.

    Raises InvalidInput, TooLarge.
    """
    content = body.unpacked
    length = len(content) if header_length is None else _length(header_length, len(content))
    try:
        return InferRequest.model_validate(json_text.parsed(content[:length])), content[length:]
    except ValidationError as problem:
        raise InvalidInput(first_problem(problem)) from None


def _length(header: str, received: int) -> int:
    if not header.isascii() or not header.isdigit() or int(header) > received:
        raise InvalidInput(
            expected=f"{HEADER_LENGTH} as a number of bytes of the body, which has {received}",
            received=f"{header!r:.40}",
        )
    return int(header)


def call_of(request: InferRequest, binary: bytes, named: Named) -> PredictionCall:
    """The call that a request asks for. Raises InvalidInput, TooLarge, UnknownSystem."""
    values = {tensor.name: tensors.column_of(tensor, part) for tensor, part in _with_bytes(request.inputs, binary)}
    if len(values) < len(request.inputs):
        raise InvalidInput(expected="inputs of different names", received="one name twice")
    system = named.system()
    fields = {field.name: field for field in model_fields.fields_of(system)}
    if len(values) == 1 and not set(values) & set(fields):
        [column] = values.values()
        whole = [value.encode() if isinstance(value, str) and len(fields) > 1 else value for value in column]
        return named.call([columns.named_fields(system, value) for value in whole])
    if unknown := [name for name in values if name not in fields]:
        raise InvalidInput(
            expected=f"inputs named {', '.join(fields)}, or a single one of whole instances",
            received=", ".join(f"{name!r:.40}" for name in unknown)[:300],
        )
    return named.call([columns.named_fields(system, row) for row in columns.rows_of(values)])


def _with_bytes(inputs: Sequence[InputTensor], binary: bytes) -> list[tuple[InputTensor, bytes | None]]:
    """Each input with its bytes, None for data in JSON. Raises InvalidInput if they do not add up."""
    parts: list[tuple[InputTensor, bytes | None]] = []
    start = 0
    for tensor in inputs:
        size = tensor.parameters.binary_data_size
        if size is None and tensor.data is None:
            raise InvalidInput(expected=f"data of {tensor.name!r:.60}, or its binary_data_size", received="neither")
        parts.append((tensor, None if size is None else binary[start : start + size]))
        start += size or 0
    if start != len(binary):
        raise InvalidInput(
            expected=f"{start} bytes behind the JSON, as the inputs' binary_data_size say", received=f"{len(binary)}"
        )
    return parts


def wanted(request: InferRequest) -> list[tuple[model_fields.ModelField, bool]]:
    """The outputs asked for, all if none is named, and whether each is wanted as bytes. Raises InvalidInput."""
    known = {field.name: field for field in columns.OUTPUTS}
    everywhere = request.parameters.binary_data_output
    if not request.outputs:
        return [(field, everywhere) for field in columns.OUTPUTS]
    for output in request.outputs:
        if output.name not in known or output.parameters.classification:
            raise InvalidInput(
                expected=f"outputs named {', '.join(known)}, without classification",
                received=f"{output.name!r:.60}",
                advice="The output class is the best guess, answer holds all of them.",
            )
    return [(known[output.name], output.parameters.binary_data or everywhere) for output in request.outputs]


def answer(
    request: InferRequest, outputs: Sequence[tuple[model_fields.ModelField, bool]], predictions: Sequence[Prediction]
) -> Response:
    """The answer: JSON, with the binary outputs behind it if any is wanted so."""
    rows: list[Any] = [storable_json(columns.row_of(prediction)) for prediction in predictions]
    told, behind = [], []
    for field, is_binary in outputs:
        values = [row[field.name] for row in rows]
        if is_binary:
            output, data = tensors.binary_output(field.name, field.kind, values)
            behind.append(data)
        else:
            output = tensors.json_output(field.name, field.kind, values)
        told.append(output)
    origin = {"model_name": predictions[0].system, "model_version": predictions[0].version}
    body = {**origin, **({} if request.id is None else {"id": request.id}), "outputs": told}
    if not behind:
        return PlainJSON(body)
    head = json.dumps(storable_json(body), ensure_ascii=False, allow_nan=False).encode()
    return Response(b"".join([head, *behind]), media_type=BINARY, headers={HEADER_LENGTH: str(len(head))})
