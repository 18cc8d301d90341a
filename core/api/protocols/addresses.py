"""How protocols name a model in the address: alone, with a version, with a label."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

from core import systems
from core.api.prediction_call import Named
from core.errors import UnknownVersion
from core.registry import registry

Model = Annotated[str, Path(description="The system's name.", examples=["waste"])]
Version = Annotated[str, Path(description="A version or alias.", examples=["champion"])]
Label = Annotated[str, Path(description="An alias.", examples=["champion"])]
Site = Annotated[str | None, Query(description="Name of the place that the inputs come from.")]


async def by_model(model: Model, site: Site = None) -> Named:
    """The model without a version, so that the site's version or the champion answers. Raises UnknownSystem.

    Async, for it reads no file: a plain function would be sent to a thread.
    """
    systems.get(model)
    return Named(model, None, site)


def by_version(model: Model, version: Version, site: Site = None) -> Named:
    """The model and its version. Raises UnknownSystem, UnknownVersion."""
    systems.get(model)
    return Named(model, registry().resolve(model, version).version, site)


def by_label(model: Model, label: Label, site: Site = None) -> Named:
    """The model and the version that a label, which is an alias here, names. Raises UnknownSystem, UnknownVersion."""
    systems.get(model)
    aliases = registry().aliases(model)
    if label not in aliases:
        raise UnknownVersion(
            expected=f"a label of {model}: {', '.join(sorted(aliases)) or 'there is none'}", received=f"{label!r:.60}"
        )
    return Named(model, aliases[label], site)
