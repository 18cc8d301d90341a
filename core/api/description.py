"""What the API's description says of bodies that FastAPI does not read itself, with examples that can be sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

REFERENCE = "#/components/schemas/"
EXAMPLE_PHOTO = (
    "iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAQElEQVR4nGM8cecZAy0BE01NHxYWsOCXTqjbRdCIBU1ueGSHfhCNWjBq"
    "wagFoxaMWjBqwagFoxYMEQsYh3zrGgCVNQhVCR6+tQAAAABJRU5ErkJggg=="
)  # a PNG of 32 x 32 pixels
EXAMPLE_RECORD = {"datetime": "2014-09-30 23:51", "district": "MISSION", "description": "PETTY THEFT FROM LOCKED AUTO"}
EXAMPLE_TABLE = (
    "Dates,Descript,PdDistrict,X,Y\n"
    "2014-09-30 23:51:00,PETTY THEFT FROM LOCKED AUTO,MISSION,-122.4194,37.7749\n"
    "2014-10-01 08:15:00,,SOUTHERN,-122.4051,37.7781\n"
)
BYTES = {"type": "string", "format": "binary"}
TEXT = {"type": "string"}

PREDICTION = {
    "title": "PredictionOrReason",
    "type": "object",
    "description": "An answer with `class`, or an `error` with its `detail`. A system adds fields of its own.",
    "properties": {
        "class": {"type": ["string", "null"], "description": "The best guess, also when it abstained."},
        "score": {"type": "number", "minimum": 0, "maximum": 1, "description": "Of answers with 0.8, 80 % are right."},
        "alternatives": {
            "type": "array",
            "items": {"type": "object", "properties": {"class": TEXT, "score": {"type": "number"}}},
        },
        "abstained": {"type": "boolean", "description": "Not sure: have a person look."},
        "reason": {"type": ["string", "null"]},
        "files": {"type": "object", "additionalProperties": TEXT, "description": "{name: address} of what it brought."},
        "site": TEXT,
        "error": TEXT,
        "detail": TEXT,
        "prediction_id": {**TEXT, "description": "Its row in the log."},
    },
    "required": ["prediction_id"],
    "additionalProperties": True,
}
PREDICT_RESPONSE = {
    "title": "PredictResponse",
    "type": "object",
    "properties": {
        "predictions": {"type": "array", "items": {"$ref": f"{REFERENCE}PredictionOrReason"}},
        "model": TEXT,
        "model_version": TEXT,
    },
    "required": ["predictions", "model", "model_version"],
}


def content(schema: Mapping[str, Any], **examples: Any) -> dict[str, Any]:
    """A media type's entry: its schema, and {name: example}, with blanks in names for underscores."""
    entry: dict[str, Any] = {"schema": dict(schema)}
    if examples:
        entry["examples"] = {name: {"summary": name.replace("_", " "), "value": one} for name, one in examples.items()}
    return entry


def answer(told: str, example: Any) -> dict[int | str, dict[str, Any]]:
    """What the description says of a successful answer: a sentence, and an example of its JSON."""
    return {
        200: {"description": told, "content": {"application/json": {"schema": {"type": "object"}, "example": example}}}
    }


def reference(name: str) -> dict[str, str]:
    """The schema of that name in this description."""
    return {"$ref": f"{REFERENCE}{name}"}


PREDICT_BODY = {
    "required": True,
    "content": {
        "application/json": content(
            reference("PredictRequest"),
            many={"model": "waste", "instances": [{"image": {"b64": EXAMPLE_PHOTO}}, {"image": EXAMPLE_PHOTO}]},
            one={"model": "crime", "input": EXAMPLE_RECORD},
            one_as_a_list={"model": "crime", "input": ["2014-09-30 23:51", 37.7749, -122.4194, "MISSION"]},
            a_photo={"image": EXAMPLE_PHOTO},
        ),
        "multipart/form-data": content(
            {
                "type": "object",
                "description": "Each field of the model under its name, as text or as a file; a name that is given "
                "several times makes several instances. `model`, `version` and `site` as in JSON.",
                "properties": {
                    "image": {"type": "array", "items": BYTES},
                    "model": TEXT,
                    "version": TEXT,
                    "site": TEXT,
                },
                "additionalProperties": True,
            }
        ),
        "image/*": content({**BYTES, "description": "One photo's bytes; the system waste, if no other is named."}),
        "application/octet-stream": content({**BYTES, "description": "One file's bytes, for the model that is named."}),
        "application/x-ndjson": content({**TEXT, "description": "An instance a line, for the model that is named."}),
        "text/csv": content(
            {**TEXT, "description": "Records of the model that is named; columns are found by names and values."},
            records=EXAMPLE_TABLE,
        ),
        "application/vnd.apache.parquet": content({**BYTES, "description": "The same as Parquet."}),
    },
}
PREDICT_ANSWER: dict[str, Any] = {
    "description": "A prediction for each instance, in order.",
    "content": {
        "application/json": content(reference("PredictResponse")),
        "application/x-ndjson": content(
            {**TEXT, "description": "A prediction a line, with `model` and `model_version`, as soon as it is logged."}
        ),
    },
}


def complete(app: FastAPI, *models: type[BaseModel]) -> None:
    """Have the app's description hold the schemas that are named above, and those of the models of bodies."""
    plain = app.openapi

    def with_schemas() -> dict[str, Any]:
        if app.openapi_schema is None:
            schemas = plain().setdefault("components", {}).setdefault("schemas", {})
            for model in models:
                described = model.model_json_schema(ref_template=f"{REFERENCE}{{model}}")
                schemas |= described.pop("$defs", {}) | {described["title"]: described}
            for schema in (PREDICTION, PREDICT_RESPONSE):
                schemas[str(schema["title"])] = schema
        return app.openapi_schema or {}

    app.openapi = with_schemas  # type: ignore[method-assign]  # as FastAPI's documentation does
