"""MLflow's scoring protocol and SageMaker's: `/invocations` and `/ping`.

https://mlflow.org/docs/latest/ml/deployment/deploy-model-locally, "Inference server specification";
https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Response

from core.api import description, failures, forms, ready
from core.api.bodies import json_text
from core.api.bodies.request_body import RequestBody, received
from core.api.gate import PlainJSON, caller
from core.api.predict import line_stream, predict_request, table_answers
from core.api.predict.endpoint import named
from core.api.prediction_call import Named, PredictionCall
from core.api.protocols import columns
from core.errors import InvalidInput

TAGS: list[str | Enum] = ["MLflow and SageMaker"]
FORMS = ("dataframe_split", "dataframe_records", "instances", "inputs")
OWN_FORMS = ("input", "image")
PHOTO = description.EXAMPLE_PHOTO
BODY = {
    "required": True,
    "content": {
        "application/json": description.content(
            {
                "type": "object",
                "description": "One of MLflow's forms, or a list of instances.",
                "properties": {
                    "dataframe_split": {
                        "type": "object",
                        "properties": {
                            "columns": {"type": "array", "items": description.TEXT},
                            "data": {"type": "array", "items": {"type": "array"}},
                        },
                    },
                    "dataframe_records": {"type": "array", "items": {"type": "object"}},
                    "instances": {"type": "array"},
                    "inputs": {"description": "By column: {field: list of values}; or a list of instances."},
                },
            },
            dataframe_split={"dataframe_split": {"columns": ["image"], "data": [[PHOTO]]}},
            dataframe_records={"dataframe_records": [{"image": PHOTO}]},
            instances={"instances": [{"image": PHOTO}]},
            inputs={"inputs": {"image": [PHOTO]}},
        ),
        "text/csv": description.content(
            {**description.TEXT, "description": "A table with a header, for the model that is named."},
            records=description.EXAMPLE_TABLE,
        ),
        "image/*": description.content({**description.BYTES, "description": "One photo's bytes."}),
    },
}
ANSWER = {
    "description": "A prediction for each instance or row, in order.",
    "content": {
        "application/json": description.content(
            {
                "type": "object",
                "properties": {"predictions": {"type": "array", "items": description.reference("PredictionOrReason")}},
            }
        )
    },
}


def call_of(body: RequestBody, beside: Named) -> PredictionCall:
    """The call that a body asks for, in MLflow's forms or as of `POST /predict`. Raises InvalidInput, TooLarge."""
    if not body.may_be_json:
        return predict_request.call_of(body, beside)
    value = json_text.parsed(body.unpacked)
    if isinstance(value, Mapping) and any(name in value for name in OWN_FORMS):
        return predict_request.of_object(value, beside)
    instances = value if isinstance(value, list) else _instances(value)
    system = beside.system()
    return beside.call([columns.named_fields(system, instance) for instance in instances])


def _instances(value: Any) -> list[Any]:
    """The instances of one of MLflow's forms. Raises InvalidInput."""
    used = [name for name in FORMS if isinstance(value, Mapping) and name in value]
    if len(used) != 1:
        raise InvalidInput(
            expected=f"a JSON object with one of {', '.join(FORMS)}",
            received=", ".join(used) or f"{type(value).__name__} without any",
            advice="See MLflow's documentation of its scoring server.",
        )
    content = value[used[0]]
    if used[0] == "dataframe_split":
        return _of_split(content)
    if used[0] == "inputs" and isinstance(content, Mapping):
        return columns.rows_of_inputs(content)
    if not isinstance(content, list):
        raise InvalidInput(expected=f"{used[0]} as a list", received=type(content).__name__)
    return content


def _of_split(frame: Any) -> list[Any]:
    """Rows of a pandas frame written by `to_dict(orient="split")`; without columns in the order of the fields."""
    rows = frame.get("data") if isinstance(frame, Mapping) else None
    names = frame.get("columns") if isinstance(frame, Mapping) else None
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise InvalidInput(
            expected="dataframe_split with columns and data, a list of rows", received=type(frame).__name__
        )
    if names is None:
        return rows
    if not isinstance(names, list) or any(len(row) != len(names) for row in rows):
        raise InvalidInput(expected="rows of dataframe_split with a value for each column", received="others")
    return [{str(name): value for name, value in zip(names, row, strict=True) if value is not None} for row in rows]


def invocations(
    actor: Annotated[str, Depends(caller)],
    body: Annotated[RequestBody, Depends(received)],
    beside: Annotated[Named, Depends(named)],
    accept: Annotated[str, Header()] = "",
) -> Any:
    """MLflow's and SageMaker's scoring; the model is named as ?model=, or by the server's setting."""
    as_lines = line_stream.is_wanted(accept)
    if table_answers.is_read_by_system(body, beside):
        table = table_answers.read(body, beside, actor)
        if as_lines:
            return line_stream.of_objects(table_answers.objects(table))
        return PlainJSON({"predictions": table_answers.content(table)["predictions"]})
    call = call_of(body, beside)
    if as_lines:
        return line_stream.streamed(call, call.planned_at_once(), actor)
    predictions = call.answered_at_once(actor)
    forms.refuse_if_none_answered(predictions)
    return PlainJSON({"predictions": [forms.as_json(prediction) for prediction in predictions]})


async def ping() -> Response:
    """Whether the server can answer, as SageMaker and MLflow ask: 200 without a body, or 503."""
    await ready.check()
    return Response()


def join(app: FastAPI) -> None:
    """Add the endpoints to the app."""
    app.post(
        "/invocations",
        tags=TAGS,
        openapi_extra={"requestBody": BODY},
        responses={200: ANSWER, **failures.in_scoring_form(400, 401, 403, 404, 413, 503)},
    )(invocations)
    app.get("/ping", tags=TAGS, response_class=Response, responses=failures.in_scoring_form(503))(ping)
