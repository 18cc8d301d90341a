"""Tensors of the Open Inference Protocol, as JSON or as bytes behind it.

https://github.com/kserve/open-inference-protocol, with the extension for binary tensor data.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from core.api.model_fields import FieldKind
from core.errors import InvalidInput
from core.store.tables import storable_json

LENGTH_BYTES = 4  # before each element of a BYTES tensor, little-endian
NUMBER_TYPES: Mapping[str, str] = {
    "BOOL": "?",
    "UINT8": "u1",
    "UINT16": "<u2",
    "UINT32": "<u4",
    "UINT64": "<u8",
    "INT8": "i1",
    "INT16": "<i2",
    "INT32": "<i4",
    "INT64": "<i8",
    "FP16": "<f2",
    "FP32": "<f4",
    "FP64": "<f8",
}
"""{datatype of the protocol: NumPy's}."""
DATA_TYPES: Mapping[FieldKind, str] = {
    "file": "BYTES",
    "text": "BYTES",
    "json": "BYTES",
    "number": "FP32",
    "integer": "INT64",
    "boolean": "BOOL",
}


DataType = (
    Literal["BYTES", "BOOL", "UINT8", "UINT16", "UINT32", "UINT64"]
    | Literal["INT8", "INT16", "INT32", "INT64", "FP16", "FP32", "FP64"]
)


class TensorParameters(BaseModel):
    """What goes with a tensor; others are passed over."""

    binary_data_size: int | None = Field(None, ge=0)
    binary_data: bool = False
    classification: int | None = None


class InputTensor(BaseModel):
    """One input: its data as JSON, or behind the JSON if `binary_data_size` is given."""

    name: str
    shape: list[Annotated[int, Field(ge=0)]] = Field(max_length=8)
    datatype: DataType
    parameters: TensorParameters = TensorParameters()
    data: list[Any] | None = None

    @property
    def size(self) -> int:
        """How many values it has."""
        return math.prod(self.shape)


class WantedTensor(BaseModel):
    """An output that is asked for."""

    name: str
    parameters: TensorParameters = TensorParameters()


def column_of(tensor: InputTensor, binary: bytes | None) -> list[Any]:
    """A tensor's values by row: one value each, or nested lists where a row has several. NaN is None: not known.

    binary: its bytes, if it came so. Raises InvalidInput where shape, datatype and data do not go together.
    """
    rows = tensor.shape[0] if tensor.shape else 1
    if tensor.datatype == "BYTES":
        values = list(_flat(tensor.data or [])) if binary is None else _elements(tensor, binary)
        _check_size(tensor, len(values))
        each = tensor.size // rows if rows else 0
        return values if each == 1 else [values[row * each : (row + 1) * each] for row in range(rows)]
    return _numbers(tensor, binary, rows)


def _numbers(tensor: InputTensor, binary: bytes | None, rows: int) -> list[Any]:
    import numpy as np

    kind = np.dtype(NUMBER_TYPES[tensor.datatype])
    try:
        if binary is None:
            values = list(_flat(tensor.data or []))
            with np.errstate(over="ignore"):  # too large for the type is infinite, which no model takes
                numbers = np.array(values, dtype=float if kind.kind == "f" else kind).astype(kind)
        else:
            numbers = np.frombuffer(binary, kind)
    except (TypeError, ValueError, OverflowError):
        raise InvalidInput(
            expected=f"{tensor.datatype} values as {tensor.name!r:.60}", received="other values"
        ) from None
    _check_size(tensor, numbers.size)
    if kind.kind == "f":
        shortest = [None if math.isnan(value) else float(str(value)) for value in numbers]
        numbers = np.array(shortest, dtype=object)  # 37.7749 as FP32 is 37.77489852905273 as FP64
    inner = tensor.shape[1:]
    return list(numbers.reshape(rows, *([] if math.prod(inner) == 1 else inner)).tolist())


def _flat(values: Iterable[Any]) -> Iterable[Any]:
    """The values of nested lists, however deep, one after the other: the protocol allows both forms."""
    waiting = [iter(values)]
    while waiting:
        for value in waiting[-1]:
            if isinstance(value, list):
                waiting.append(iter(value))
                break
            yield value
        else:
            waiting.pop()


def _elements(tensor: InputTensor, binary: bytes) -> list[bytes]:
    """The elements of a BYTES tensor, each behind its length."""
    elements, start = [], 0
    while start < len(binary):
        first = start + LENGTH_BYTES
        end = first + int.from_bytes(binary[start:first], "little")
        if first > len(binary) or end > len(binary):
            raise InvalidInput(
                expected=f"elements of {tensor.name!r:.60}, each behind its length in {LENGTH_BYTES} bytes",
                received="bytes that break off",
            )
        elements.append(binary[first:end])
        start = end
    return elements


def _check_size(tensor: InputTensor, received: int) -> None:
    if received != tensor.size:
        raise InvalidInput(
            expected=f"{tensor.size} values of {tensor.name!r:.60}, as its shape {tensor.shape} says",
            received=f"{received}",
        )


def json_output(name: str, kind: FieldKind, values: Sequence[Any]) -> dict[str, Any]:
    """An output with its data as JSON."""
    return {**_head(name, kind, values), "data": [_text(value) if kind == "json" else value for value in values]}


def binary_output(name: str, kind: FieldKind, values: Sequence[Any]) -> tuple[dict[str, Any], bytes]:
    """An output whose data lies behind the JSON, and these bytes."""
    data_type = DATA_TYPES[kind]
    if data_type == "BYTES":
        texts = [(_text(value) if kind == "json" else str(value)).encode("utf-8", "replace") for value in values]
        data = b"".join(len(text).to_bytes(LENGTH_BYTES, "little") + text for text in texts)
    else:
        import numpy as np

        data = np.array(values, NUMBER_TYPES[data_type]).tobytes()
    return {**_head(name, kind, values), "parameters": {"binary_data_size": len(data)}}, data


def _head(name: str, kind: FieldKind, values: Sequence[Any]) -> dict[str, Any]:
    return {"name": name, "datatype": DATA_TYPES[kind], "shape": [len(values)]}


def _text(value: Any) -> str:
    return json.dumps(storable_json(value), ensure_ascii=False, allow_nan=False)
