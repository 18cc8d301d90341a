"""What a `POST /predict` asks, whichever form its body has: JSON, a form with files, one file, lines of JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from core import errors
from core.api import model_fields
from core.api.bodies import form, json_text
from core.api.bodies.form import FormPart
from core.api.bodies.request_body import JSON_KINDS, RequestBody
from core.api.predict import table_answers
from core.api.predict.form_instances import instances_of
from core.api.prediction_call import Named, PredictionCall
from core.errors import InvalidInput
from core.inference.call import first_problem
from core.inference.sites import MAX_LENGTH as MAX_SITE_LENGTH

PLAIN_PHOTO_SYSTEM = "waste"  # a photo that comes without a model's name means this system
PHOTO_FIELD = "image"
LINES_KINDS = ("application/x-ndjson", "application/ndjson", "application/jsonlines", "application/jsonl")
FILE_KINDS = ("application/octet-stream",)  # and image/*
UNDERSTOOD = "application/json, multipart/form-data, image/jpeg and the like, text/csv, or application/x-ndjson"


class PredictRequest(BaseModel):
    """One or many instances for one system; or a plain photo, which means `waste`.

    An instance is an object with the model's fields, or a list of their values in the documented order.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"model": "waste", "instances": [{"image": {"b64": "<base64 of a JPEG>"}}]},
                {"model": "waste", "input": {"image": {"b64": "<base64 of a JPEG>"}}},
                {"image": "<base64 of a JPEG>"},
            ]
        },
    )
    model: str | None = Field(None, description="The system's name, such as waste.")
    version: str | None = Field(None, description="A version or alias; the champion if not said.")
    instances: list[Any] | None = Field(None, description="What to predict, many at once.")
    input: Any = Field(None, description="What to predict, one.")
    image: Any = Field(None, description="A photo as base64; means the system waste.")
    site: Annotated[str, Field(json_schema_extra={"maxLength": MAX_SITE_LENGTH})] | None = Field(  # checked by the path
        None, description="Name of the place that the inputs come from, such as a yard or a sorting line."
    )

    @model_validator(mode="after")
    def _exactly_one_form(self) -> PredictRequest:
        forms_used = [name for name in ("instances", "input", "image") if getattr(self, name) is not None]
        if len(forms_used) != 1:
            raise ValueError(
                errors.refusal("exactly one of instances, input or image", ", ".join(forms_used) or "none")
            )
        return self

    @property
    def named(self) -> Named:
        """What the body names."""
        return Named(self.model, self.version, self.site)

    @property
    def all_instances(self) -> list[Any]:
        """The instances, whichever form they came in."""
        if self.instances is not None:
            return self.instances
        return [self.input] if self.input is not None else [{PHOTO_FIELD: self.image}]


def call_of(body: RequestBody, beside: Named) -> PredictionCall:
    """The call that a body asks for; beside: what the address names. Raises InvalidInput, TooLarge, UnknownSystem."""
    if body.kind.startswith("image/") or body.kind in FILE_KINDS:
        return of_file(body, beside)
    reader = READERS.get(body.kind)
    if reader is None:
        raise not_understood(body)
    return reader(body, beside)


def not_understood(body: RequestBody) -> InvalidInput:
    """The refusal of a body of a kind that nobody reads."""
    return InvalidInput(
        expected=f"a body of {UNDERSTOOD}, and its kind in the header 'content-type'",
        received=f"content-type {body.content_type or 'none'!r:.60}",
        advice="See /docs for the forms that are understood.",
    )


def of_file(body: RequestBody, beside: Named) -> PredictionCall:
    """One file as it is: a photo means `waste` where no model is named."""
    photo = PLAIN_PHOTO_SYSTEM if body.kind.startswith("image/") else None
    system = beside.system(photo)
    content = body.unpacked
    field = next((field for field in model_fields.fields_of(system) if field.kind == "file"), None)
    return beside.call([content if field is None else {field.name: content}], photo)


def _of_json(body: RequestBody, beside: Named) -> PredictionCall:
    content = body.unpacked
    value = json_text.parsed(content)
    if not isinstance(value, dict):
        raise InvalidInput(
            expected="a JSON object and the header 'content-type: application/json'",
            received=f"{type(value).__name__} (content-type {body.content_type or 'none'!r:.60})",
            advice="See /docs for the forms that are understood.",
        )
    return of_object(value, beside)


def of_object(value: Mapping[str, Any], beside: Named) -> PredictionCall:
    """The call of a JSON object. Raises InvalidInput, TooLarge, UnknownSystem."""
    try:
        request = PredictRequest.model_validate(value)
    except ValidationError as problem:
        raise InvalidInput(first_problem(problem)) from None
    photo = PLAIN_PHOTO_SYSTEM if request.image is not None else None
    return request.named.joined(beside).call(request.all_instances, photo)


def _of_default_kind(body: RequestBody, beside: Named) -> PredictionCall:
    """What curl's -d sends without saying what it is: JSON, or the fields of a form."""
    return _of_json(body, beside) if body.may_be_json else _of_parts(form.fields_of(body.unpacked), beside)


def _of_form(body: RequestBody, beside: Named) -> PredictionCall:
    return _of_parts(form.parts_of(body.unpacked, body.content_type), beside)


def _of_parts(parts: Sequence[FormPart], beside: Named) -> PredictionCall:
    """The call of a form: `model`, `version` and `site` name what they say, each other part is a field or a file."""
    names = {part.name: part.text for part in parts if part.name in ("model", "version", "site")}
    rest = [part for part in parts if part.name not in names]
    photo = PLAIN_PHOTO_SYSTEM if any(part.name == PHOTO_FIELD for part in rest) else None
    named = Named(**names).joined(beside)
    return named.call(instances_of(named.system(photo), rest), photo)


def _of_lines(body: RequestBody, beside: Named) -> PredictionCall:
    return beside.call(json_text.lines(body.unpacked))


def _of_rows(body: RequestBody, beside: Named) -> PredictionCall:
    """The call of a table whose rows are instances, for a system that reads no tables itself."""
    return beside.call(table_answers.instances_of(body))


READERS: dict[str, Callable[[RequestBody, Named], PredictionCall]] = {
    **dict.fromkeys(JSON_KINDS, _of_json),
    **dict.fromkeys(LINES_KINDS, _of_lines),
    **dict.fromkeys(table_answers.KINDS, _of_rows),
    form.URLENCODED: _of_default_kind,
    form.MULTIPART: _of_form,
}
"""{media type: what reads it}."""
