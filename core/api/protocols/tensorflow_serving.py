"""TensorFlow Serving's REST API below /v1: predict by row or by column, the status of versions, their signature.

https://www.tensorflow.org/tfx/serving/api_rest
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any

from fastapi import Depends, FastAPI

from core import inference
from core.api import description, failures, forms, model_fields
from core.api.bodies import json_text
from core.api.bodies.request_body import RequestBody, received
from core.api.gate import PlainJSON, caller
from core.api.model_fields import FieldKind, ModelField
from core.api.prediction_call import Named, PredictionCall
from core.api.protocols import addresses, columns
from core.contract import Prediction
from core.errors import InvalidInput
from core.registry import registry

SIGNATURE = "serving_default"
TAGS: list[str | Enum] = ["TensorFlow Serving"]
METHOD = "tensorflow/serving/predict"
DATA_TYPES: Mapping[FieldKind, str] = {
    "file": "DT_STRING",
    "text": "DT_STRING",
    "json": "DT_STRING",
    "number": "DT_FLOAT",
    "integer": "DT_INT64",
    "boolean": "DT_BOOL",
}
BODY = {
    "required": True,
    "content": {
        "application/json": description.content(
            {
                "type": "object",
                "properties": {
                    "signature_name": description.TEXT,
                    "instances": {"type": "array", "items": {}, "description": "By row."},
                    "inputs": {"description": "By column: {field: list of values}, or the values of the only field."},
                },
            },
            by_row={"signature_name": SIGNATURE, "instances": [{"image": {"b64": description.EXAMPLE_PHOTO}}]},
            by_column={"inputs": {"image": [{"b64": description.EXAMPLE_PHOTO}]}},
        )
    },
}
ANSWER = {
    "description": "By row `predictions`, by column `outputs`.",
    "content": {
        "application/json": description.content(
            {
                "type": "object",
                "properties": {
                    "predictions": {"type": "array", "items": description.reference("PredictionOrReason")},
                    "outputs": {"type": "object", "additionalProperties": {"type": "array"}},
                },
            }
        )
    },
}


AVAILABLE = {"version": "1.1.0", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
STATUS = description.answer("The state of each version, or of one.", {"model_version_status": [AVAILABLE]})
METADATA = description.answer(
    "Names and types of inputs and outputs.",
    {
        "model_spec": {"name": "waste", "signature_name": "", "version": "1.1.0"},
        "metadata": {
            "signature_def": {
                "signature_def": {
                    SIGNATURE: {
                        "inputs": {
                            "image": {
                                "dtype": "DT_STRING",
                                "tensor_shape": {"dim": [{"size": "-1", "name": ""}], "unknown_rank": False},
                                "name": "image:0",
                            }
                        },
                        "outputs": {},
                        "method_name": METHOD,
                    }
                }
            }
        },
    },
)

ADDRESSES: Mapping[str, Callable[..., Any]] = {
    "/v1/models/{model}": addresses.by_model,
    "/v1/models/{model}/versions/{version}": addresses.by_version,
    "/v1/models/{model}/labels/{label}": addresses.by_label,
}


def call_of(body: RequestBody, named: Named) -> tuple[PredictionCall, bool]:
    """The call, and whether it came by column. Raises InvalidInput, TooLarge."""
    value = json_text.parsed(body.unpacked)
    if not isinstance(value, dict) or ("instances" in value) == ("inputs" in value):
        raise InvalidInput(
            expected="a JSON object with instances, a list, or with inputs",
            received=f"{', '.join(map(str, value))[:100] or 'none'}" if isinstance(value, dict) else "none",
            advice="See https://www.tensorflow.org/tfx/serving/api_rest.",
        )
    if value.get("signature_name") not in (None, "", SIGNATURE):
        raise InvalidInput(expected=f"the signature {SIGNATURE}", received=f"{value['signature_name']!r:.60}")
    system = named.system()
    by_column = "inputs" in value
    instances = _rows(system, value["inputs"]) if by_column else value["instances"]
    if not isinstance(instances, list):
        raise InvalidInput(expected="instances as a list", received=type(instances).__name__)
    return named.call([columns.named_fields(system, instance) for instance in instances]), by_column


def _rows(system: str, inputs: Any) -> list[Any]:
    """Instances from `inputs`: {field: list of values}, or the values of the only field."""
    fields = model_fields.fields_of(system)
    if not isinstance(inputs, Mapping) or set(inputs) == {"b64"}:
        if len(fields) > 1:
            raise InvalidInput(
                expected=f"inputs as an object of {', '.join(field.name for field in fields)}",
                received=type(inputs).__name__,
            )
        inputs = {fields[0].name: inputs}
    return list(columns.rows_of_inputs(inputs))


def answer(predictions: Sequence[Prediction], by_column: bool) -> dict[str, Any]:
    """The answer's body: a row for each instance, or a column for each output."""
    if not by_column:
        return {"predictions": [forms.as_json(prediction) for prediction in predictions]}
    rows = [columns.row_of(prediction) for prediction in predictions]
    return {"outputs": {field.name: [row[field.name] for row in rows] for field in columns.OUTPUTS}}


def statuses(named: Named) -> dict[str, Any]:
    """The state of one version, or of each. Versions are loaded when first asked, so that each can be asked."""
    system = named.system()
    versions = [named.version] if named.version else [one.version for one in registry().versions(system)]
    if not versions:
        registry().resolve(system)  # which says that none is registered
    return {"model_version_status": [_status(system, version) for version in versions]}


def _status(system: str, version: str) -> dict[str, Any]:
    waits = inference.not_ready() is not None and registry().loaded(system, version) is None
    return {
        "version": version,
        "state": "LOADING" if waits else "AVAILABLE",
        "status": {"error_code": "OK", "error_message": ""},
    }


def metadata(named: Named) -> dict[str, Any]:
    """The signature of a version: names and types of what goes in and comes out."""
    system = named.system()
    signature = {
        "inputs": {field.name: _tensor(field) for field in model_fields.fields_of(system)},
        "outputs": {field.name: _tensor(field) for field in columns.OUTPUTS},
        "method_name": METHOD,
    }
    version = registry().resolve(system, named.version).version
    return {
        "model_spec": {"name": system, "signature_name": "", "version": version},
        "metadata": {"signature_def": {"signature_def": {SIGNATURE: signature}}},
    }


def _tensor(field: ModelField) -> dict[str, Any]:
    shape = {"dim": [{"size": "-1", "name": ""}], "unknown_rank": False}
    return {"dtype": DATA_TYPES[field.kind], "tensor_shape": shape, "name": f"{field.name}:0"}


def join(app: FastAPI) -> None:
    """Add the endpoints to the app, for each way of naming a version."""
    for address, named in ADDRESSES.items():
        _join_address(app, address, named)


def _join_address(app: FastAPI, address: str, address_names: Callable[..., Any]) -> None:
    def predict(
        actor: str = Depends(caller), body: RequestBody = Depends(received), named: Named = Depends(address_names)
    ) -> Any:
        """TensorFlow Serving's predict: `instances` by row, `inputs` by column."""
        call, by_column = call_of(body, named)
        predictions = call.answered_at_once(actor)
        forms.refuse_if_none_answered(predictions)
        return PlainJSON(answer(predictions, by_column))

    def status(actor: str = Depends(caller), named: Named = Depends(address_names)) -> dict[str, Any]:
        """TensorFlow Serving's model status."""
        return statuses(named)

    def signature(actor: str = Depends(caller), named: Named = Depends(address_names)) -> dict[str, Any]:
        """TensorFlow Serving's model metadata: its signature."""
        return metadata(named)

    refused = failures.in_one_sentence(401, 404)
    app.post(
        f"{address}:predict",
        openapi_extra={"requestBody": BODY},
        responses={200: ANSWER, **refused, **failures.in_one_sentence(400, 403, 413, 503)},
        tags=TAGS,
    )(predict)
    app.get(address, responses={**STATUS, **refused}, tags=TAGS)(status)
    app.get(f"{address}/metadata", responses={**METADATA, **refused}, tags=TAGS)(signature)
