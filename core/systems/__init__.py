"""The systems: each folder here is one, and the folder is the registration."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import pkgutil
from functools import lru_cache
from types import ModuleType
from typing import Any, TypeVar, cast

from core.contract import System, Tables
from core.errors import InvalidInput, UnknownSystem
from core.settings import settings

Contract = TypeVar("Contract")
PARTS = ("NAME", "TITLE", "QUESTION", "Input", "load", "predict", "explain")  # of core.contract.System


@lru_cache(maxsize=1)
def all_systems() -> dict[str, System]:
    """Every installed system by name, sorted. A broken one fails loudly.

    `LOOKOUT_SYSTEMS_DIR` names one more folder of systems, for those kept outside this checkout.
    """
    extra = settings().systems_dir
    if extra is not None and str(extra) not in __path__:
        __path__.append(str(extra))
    names = sorted(found.name for found in pkgutil.iter_modules(__path__) if found.ispkg)
    return {name: _checked(importlib.import_module(f"{__name__}.{name}"), name) for name in names}


def get(name: str) -> System:
    """The system of that name; UnknownSystem says which there are."""
    systems = all_systems()
    if name not in systems:
        raise UnknownSystem(f"Expected one of: {', '.join(systems)}. Received {name!r:.80}. Check the model's name.")
    return systems[name]


def trainer(name: str) -> ModuleType:
    """The `train` module of a system; importing it must not load TensorFlow either."""
    return importlib.import_module(f"{get(name).__name__}.train")  # type: ignore[attr-defined]


def tables(name: str) -> Tables:
    """The `table` module of a system that answers tables; InvalidInput if it does not."""
    package = get(name).__name__  # type: ignore[attr-defined]
    if importlib.util.find_spec(f"{package}.table") is None:
        answering = [other for other in all_systems() if importlib.util.find_spec(f"{__name__}.{other}.table")]
        raise InvalidInput(
            f"Expected a system that answers tables: {', '.join(answering)}. Received {name!r}. "
            f"Give it single files: `python -m core predict {name} FILE...`."
        )
    return cast(Tables, importlib.import_module(f"{package}.table"))


def workbench(name: str, contract: type[Contract]) -> Contract:
    """The `workbench` module of a system as what its own page needs of it; InvalidInput if it has none.

    contract: the page's protocol; TypeError names what the workbench lacks of it.
    """
    package = get(name).__name__  # type: ignore[attr-defined]
    if importlib.util.find_spec(f"{package}.workbench") is None:
        raise InvalidInput(f"Expected a system with a workbench. Received {name!r}, which has none. Use its form.")
    module = importlib.import_module(f"{package}.workbench")
    members = {member for base in contract.__mro__ if getattr(base, "_is_protocol", False) for member in vars(base)}
    members |= {member for base in contract.__mro__ for member in inspect.get_annotations(base)}
    missing = sorted(member for member in members if not member.startswith("_") and not hasattr(module, member))
    if missing:
        raise TypeError(f"{module.__name__} lacks {', '.join(missing)}: see {contract.__module__}.{contract.__name__}")
    return cast(Contract, module)


def events(name: str) -> Any:
    """The system of that name, if it answers event folders (see core.contract.System); InvalidInput if it does not."""
    module = get(name)
    if not hasattr(module, "Folder"):
        answering = [other for other, system in all_systems().items() if hasattr(system, "Folder")]
        raise InvalidInput(
            f"Expected a system that answers event folders: {', '.join(answering)}. Received {name!r}. "
            f"Give it single files: `python -m core predict {name} FILE...`."
        )
    return module


def _checked(module: ModuleType, name: str) -> System:
    missing = [part for part in PARTS if not hasattr(module, part)]
    if missing:
        raise TypeError(f"core/systems/{name} lacks {', '.join(missing)}: see core.contract.System")
    if name != module.NAME:
        raise TypeError(f"core/systems/{name} calls itself {module.NAME!r}: NAME must be the folder's name")
    return cast(System, module)
