"""Files of npm packages that maps need, fetched once when the environment is made, each package checked by its sha512.

`python -m core.maps.npm_packages` fetches what is not there yet; `make run` and `make setup` do that. No code or data
of others lies in the repository, and Node is not needed. A machine without a registry of npm packages
(LOOKOUT_NPM_REGISTRY names another) draws maps without these: no drawing tools, no streets, no coasts.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from core.errors import HostUnavailable, LookoutError
from core.settings import settings

FOLDER = Path(sys.prefix) / "share" / "lookout" / "npm"
SECONDS = 60.0  # that a registry may take for one package


@dataclass(frozen=True)
class NpmPackage:
    """A version of an npm package, and the files of it that are needed."""

    name: str
    version: str
    sha512: str
    files: tuple[str, ...]
    """Paths in the package."""

    @property
    def folder(self) -> Path:
        """Where its files lie."""
        return FOLDER / f"{self.name}-{self.version}"

    def path(self, file: str) -> Path:
        """Where one of its files lies, whether or not it is there yet."""
        return self.folder / "package" / file

    @property
    def fetched(self) -> bool:
        """Whether all of its files are there."""
        return all(self.path(file).is_file() for file in self.files)


DRAW = NpmPackage(
    "leaflet-draw", "1.0.4",
    "aec43ab1a40ee524f9023e97445ca5af9cef6ab5a0cd69eb838eb3435304384207b29a5d0bff219cdf2a32816f002b0fbd38a802ecacc9afd356da20d79b7201",
    (
        "dist/leaflet.draw.js", "dist/leaflet.draw.css",
        "dist/images/spritesheet.svg", "dist/images/spritesheet.png", "dist/images/spritesheet-2x.png",
    ),
)  # fmt: skip
"""The drawing tools that Folium's `Draw` asks for (MIT)."""
PROTOMAPS = NpmPackage(
    "protomaps-leaflet", "5.1.0",
    "374618d466f0e6767d9fc5543afc072a6ff0df38534ee69911e31997c7681de99e338ba318fa76a2d23ab784a0aabcfc88ce2cbf1daba46d50d7bac790e59268",
    ("dist/protomaps-leaflet.js",),
)  # fmt: skip
"""Draws a PMTiles file in the browser (BSD 3-Clause)."""
LAND = NpmPackage(
    "world-atlas", "2.0.2",
    "2177d5d2ac25297a5c933d458705d5c0a46388884e9d6b6d3ac926e42b7132c8e013f317018447589aa05cea4cf0891c3c1a179f24d4e651477186b90a11b42d",
    ("land-10m.json", "land-110m.json"),
)  # fmt: skip
"""Natural Earth's land at 1:10 million and 1:110 million, TopoJSON in WGS 84 (public domain)."""
PACKAGES = (DRAW, PROTOMAPS, LAND)


def fetch(package: NpmPackage) -> None:
    """Fetch a package's files where they are not there yet; HostUnavailable if the registry does not give them."""
    if package.fetched:
        return
    import pooch

    url = f"{settings().npm_registry.rstrip('/')}/{package.name}/-/{package.name}-{package.version}.tgz"
    try:
        pooch.retrieve(
            url,
            known_hash=f"sha512:{package.sha512}",
            path=package.folder,
            fname="package.tgz",
            processor=pooch.Untar([f"package/{file}" for file in package.files], extract_dir="."),
            downloader=pooch.HTTPDownloader(timeout=SECONDS),
        )
    except (OSError, ValueError) as problem:  # requests' errors are OSErrors; a wrong hash is a ValueError
        raise HostUnavailable(
            expected=f"the package {package.name} {package.version} from {settings().npm_registry}",
            received=f"{problem!s:.200}",
            advice="Name a registry that can be reached in LOOKOUT_NPM_REGISTRY and run `make run` again.",
        ) from problem


def main() -> None:
    """Fetch all packages; what cannot be fetched is told and left out."""
    import logging

    logging.getLogger("pooch").setLevel(logging.WARNING)
    for package in PACKAGES:
        try:
            fetch(package)
        except LookoutError as problem:
            print(f"Maps go without {package.name}. {problem.message}", file=sys.stderr)


if __name__ == "__main__":
    main()
