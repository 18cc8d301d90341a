"""The scripts, styles and data that maps need, found in the installed packages and served by the app itself.

Leaflet and its clusters come with two XStatic packages of PyPI, the heat layer with Folium, the theme's font with
Streamlit; `requirements.txt` pins all four. What no package of PyPI holds by itself comes from npm (`npm_packages.py`).
The street map is a file of the user's (LOOKOUT_BASEMAP).
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from core.errors import MissingPart
from core.maps.npm_packages import DRAW, PROTOMAPS
from core.settings import settings

PREFIX = "static-maps"
"""Where the app serves them. Maps name it without a slash before it, so that it is found behind a path too."""
STREETS = "basemap.pmtiles"
"""The name under which LOOKOUT_BASEMAP is served."""
SHIPPED = Path(__file__).parent / "shipped"

LEAFLET = "xstatic/pkg/leaflet/data"
CLUSTER = "xstatic/pkg/leaflet_markercluster/data"
FONTS = "streamlit/static/static/media"
FILES = {
    "leaflet.js": ("xstatic-leaflet", f"{LEAFLET}/leaflet.js"),
    "leaflet.css": ("xstatic-leaflet", f"{LEAFLET}/leaflet.css"),
    "images/layers.png": ("xstatic-leaflet", f"{LEAFLET}/images/layers.png"),
    "images/layers-2x.png": ("xstatic-leaflet", f"{LEAFLET}/images/layers-2x.png"),
    "images/marker-icon.png": ("xstatic-leaflet", f"{LEAFLET}/images/marker-icon.png"),
    "images/marker-icon-2x.png": ("xstatic-leaflet", f"{LEAFLET}/images/marker-icon-2x.png"),
    "images/marker-shadow.png": ("xstatic-leaflet", f"{LEAFLET}/images/marker-shadow.png"),
    "markercluster.js": ("xstatic-leaflet-markercluster", f"{CLUSTER}/leaflet.markercluster.js"),
    "markercluster.css": ("xstatic-leaflet-markercluster", f"{CLUSTER}/MarkerCluster.css"),
    "heat.js": ("folium", "folium/templates/leaflet_heat.min.js"),
    "source-sans.woff2": ("streamlit", f"{FONTS}/SourceSansVF-Upright.ttf.*.woff2"),
}
"""{name under PREFIX: (package, path in it, where * stands for a hash)}."""
FROM_NPM = {
    "draw.js": (DRAW, "dist/leaflet.draw.js"),
    "draw.css": (DRAW, "dist/leaflet.draw.css"),
    "images/spritesheet.svg": (DRAW, "dist/images/spritesheet.svg"),
    "images/spritesheet.png": (DRAW, "dist/images/spritesheet.png"),
    "images/spritesheet-2x.png": (DRAW, "dist/images/spritesheet-2x.png"),
    "protomaps.js": (PROTOMAPS, "dist/protomaps-leaflet.js"),
}
"""{name under PREFIX: (npm package, path in it)}."""
OWN = {"font.css": "font.css"}
"""{name under PREFIX: file in `shipped/`}; nothing else is served."""


def path_of(name: str) -> Path | None:
    """The file served under `name`; None if maps need no such file. Raises MissingPart if its package is not there."""
    if name == STREETS:
        return settings().basemap
    if name in OWN:
        return SHIPPED / OWN[name]
    if name in FROM_NPM:
        npm_package, file = FROM_NPM[name]
        if not npm_package.fetched:
            raise MissingPart(
                f"Expected {file} of the npm package {npm_package.name}, which maps need. It was not fetched. "
                "Run `make run` again, with a registry that can be reached (LOOKOUT_NPM_REGISTRY)."
            )
        return npm_package.path(file)
    if name not in FILES:
        return None
    package, inside = FILES[name]
    try:
        folder, pattern = Path(str(distribution(package).locate_file(inside))).parent, inside.rpartition("/")[2]
        path = next(iter(sorted(folder.glob(pattern))), None)
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
