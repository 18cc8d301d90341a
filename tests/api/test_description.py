"""The description of the API: its page, its schema, and its paths, which the pages pass on."""

from __future__ import annotations

import ast
import re

import pytest
from starlette.routing import Mount, Route

from core import api
from core.settings import CHECKOUT

pytestmark = pytest.mark.usefixtures("toy")


def test_the_description_loads_nothing_from_outside(client):
    page = client.get("/docs")
    assert page.status_code == 200
    assert re.findall(r"""(?:src|href)=["'](https?:)?//""", page.text) == []
    for address in re.findall(r"""(?:src|href)=["']([^"']+)["']""", page.text):
        asset = client.get(address)
        assert asset.status_code == 200, address
    assert "http://" not in page.text
    assert "https://" not in page.text


def test_the_schema_names_every_endpoint_and_the_three_forms(client):
    schema = client.get("/openapi.json").json()
    routes = {route.path for route in api.app.routes if isinstance(route, Route) and route.include_in_schema}
    assert set(schema["paths"]) == {path for path in routes if not path.startswith(("/openapi", "/docs"))}
    assert {"/predict", "/feedback", "/jobs/{job_id}", "/healthz", "/v1/models/{model}:predict"} <= set(schema["paths"])
    assert len(schema["components"]["schemas"]["PredictRequest"]["examples"]) == 3


def test_the_pages_pass_every_path_of_the_api_on():
    tree = ast.parse((CHECKOUT / "app.py").read_text())
    [roots] = [
        ast.literal_eval(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == "API_ROOTS"
    ]
    expected = {route.path.split("/")[1] for route in api.app.routes if isinstance(route, Route | Mount)}
    assert set(roots) == expected
