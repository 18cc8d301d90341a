"""The scripts and styles that maps need, found in the installed packages and served by the app itself.

No file of these is in the repository: Leaflet and its clusters come with two XStatic packages of PyPI, which hold
nothing else, and the heat layer with Folium. `requirements.txt` pins all three.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from core.errors import MissingPart

PREFIX = "static-maps"
"""Where the app serves them. Maps name it without a slash before it, so that it is found behind a path too."""

LEAFLET = "xstatic/pkg/leaflet/data"
CLUSTER = "xstatic/pkg/leaflet_markercluster/data"
FILES = {
    "leaflet.js": ("xstatic-leaflet", f"{LEAFLET}/leaflet.js"),
    "leaflet.css": ("xstatic-leaflet", f"{LEAFLET}/leaflet.css"),
    "images/layers.png": ("xstatic-leaflet", f"{LEAFLET}/images/layers.png"),
    "images/layers-2x.png": ("xstatic-leaflet", f"{LEAFLET}/images/layers-2x.png"),
    "markercluster.js": ("xstatic-leaflet-markercluster", f"{CLUSTER}/leaflet.markercluster.js"),
    "markercluster.css": ("xstatic-leaflet-markercluster", f"{CLUSTER}/MarkerCluster.css"),
    "heat.js": ("folium", "folium/templates/leaflet_heat.min.js"),
}
"""{name under PREFIX: (package, path in it)}; nothing else is served."""


def path_of(name: str) -> Path | None:
    """The file served under `name`; None if maps need no such file. Raises MissingPart if its package is not there."""
    if name not in FILES:
        return None
    package, inside = FILES[name]
    try:
        path = Path(str(distribution(package).locate_file(inside)))
    except PackageNotFoundError:
        path = None
    if path is None or not path.is_file():
        raise MissingPart(
            f"Expected {inside} of the package {package}, which maps need. It is not installed. Run `make run` again."
        )
    return path


def address(name: str) -> str:
    """Where a map finds the file."""
    return f"{PREFIX}/{name}"
