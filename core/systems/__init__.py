"""The systems: each folder here is one, and the folder is the registration."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from types import ModuleType
from typing import TypeVar, cast

from core.contract import (
    AnswersFolders,
    Labelled,
    OftenUnsure,
    Rehearses,
    System,
    Tables,
    TakesLong,
    Teachable,
    Trainer,
)
from core.errors import InvalidInput, UnknownSystem
from core.settings import settings

Contract = TypeVar("Contract")


@dataclass(frozen=True)
class Offers:
    """What a system offers beyond the least; each None where it does not.

    labels: every true value that a person can give. often_unsure: whether "not sure" is a usual answer.
    """

    takes_long: TakesLong | None
    rehearses: Rehearses | None
    folders: AnswersFolders | None
    teachable: Teachable | None
    labels: tuple[str, ...]
    often_unsure: bool


@lru_cache(maxsize=1)
def all_systems() -> dict[str, System]:
    """Every installed system by name, sorted; what each offers is checked here. A broken one fails loudly.

    `LOOKOUT_SYSTEMS_DIR` names one more folder of systems, for those kept outside this checkout.
    """
    extra = settings().systems_dir
    if extra is not None and str(extra) not in __path__:
        __path__.append(str(extra))
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg)
    return {name: _checked(importlib.import_module(f"{__name__}.{name}"), name) for name in names}


def get(name: str) -> System:
    """The system of that name; UnknownSystem says which there are."""
    systems = all_systems()
    if name not in systems:
        raise UnknownSystem(
            expected=f"one of: {', '.join(systems)}", received=f"{name!r:.80}", advice="Check the model's name."
        )
    return systems[name]


def offers(name: str) -> Offers:
    """What the system of that name offers beyond the least. Raises UnknownSystem."""
    return _offers(cast(ModuleType, get(name)))


def trainer(name: str) -> Trainer:
    """The `train` package of a system; importing it must not load TensorFlow either."""
    return _keeping(_part(name, "train"), Trainer)


def tables(name: str) -> Tables:
    """The `table` module of a system that answers tables; InvalidInput if it does not."""
    if not _has_part(name, "table"):
        answering = [other for other in all_systems() if _has_part(other, "table")]
        raise InvalidInput(
            expected=f"a system that answers tables: {', '.join(answering)}",
            received=f"{name!r}",
            advice=_single_files(name),
        )
    return _keeping(_part(name, "table"), Tables)


def answers_tables(name: str) -> bool:
    """Whether the system of that name has a `table` module. Raises UnknownSystem."""
    return _has_part(name, "table")


def workbench(name: str, contract: type[Contract]) -> Contract:
    """The `workbench` module of a system as what its own page needs of it.

    contract: the page's protocol; every function and constant in it must be there, with as many parameters. Raises
    UnknownSystem, InvalidInput where the system has no workbench, TypeError where the workbench lacks something.
    """
    if not _has_part(name, "workbench"):
        raise InvalidInput(
            expected="a system with a workbench", received=f"{name!r}, which has none", advice="Use its form."
        )
    return _keeping(_part(name, "workbench"), contract)


def folders(name: str) -> AnswersFolders:
    """The system of that name, if it answers folders of files; InvalidInput if it does not."""
    system = offers(name).folders
    if system is None:
        answering = [other for other in all_systems() if offers(other).folders]
        raise InvalidInput(
            expected=f"a system that answers event folders: {', '.join(answering)}",
            received=f"{name!r}",
            advice=_single_files(name),
        )
    return system


def _single_files(name: str) -> str:
    return f"Give it single files: `python -m core predict {name} FILE...`."


def _part(name: str, part: str) -> ModuleType:
    """A module of a system that is loaded on demand."""
    return importlib.import_module(f"{cast(ModuleType, get(name)).__name__}.{part}")


def _has_part(name: str, part: str) -> bool:
    return importlib.util.find_spec(f"{cast(ModuleType, get(name)).__name__}.{part}") is not None


# Checking


def _checked(module: ModuleType, name: str) -> System:
    _require_names(module, System)
    if name != module.NAME:
        raise TypeError(f"core/systems/{name} calls itself {module.NAME!r}: NAME must be the folder's name")
    _offers(module)
    return _keeping(module, System)


@cache
def _offers(module: ModuleType) -> Offers:
    labelled, unsure = _kept(module, Labelled, "LABELS"), _kept(module, OftenUnsure, "OFTEN_UNSURE")
    return Offers(
        takes_long=_kept(module, TakesLong, "expected_seconds"),
        rehearses=_kept(module, Rehearses, "rehearse"),
        folders=_kept(module, AnswersFolders, "Folder", "write_sample"),
        teachable=_kept(module, Teachable, "TAUGHT_CLASSES", "embed", "at_site"),
        labels=tuple(labelled.LABELS) if labelled else (),
        often_unsure=unsure.OFTEN_UNSURE if unsure else False,
    )


def _kept(module: ModuleType, contract: type[Contract], *signs: str) -> Contract | None:
    """The module as a keeper of a contract that it may keep; None if it has none of the names that are a sign of it."""
    return _keeping(module, contract) if any(sign in vars(module) for sign in signs) else None


def _keeping(module: ModuleType, contract: type[Contract]) -> Contract:
    """The module as a keeper of the contract; TypeError says what it lacks, or what takes too few arguments."""
    _require_names(module, contract)
    for name, arguments in _members(contract):
        if arguments is not None and not _takes(vars(module)[name], arguments):
            where = f"{_folder_of(module)}: {name}"
            raise TypeError(f"{where} must take {arguments} arguments: see {contract.__module__}.{contract.__name__}")
    return cast(Contract, module)


def _require_names(module: ModuleType, contract: type) -> None:
    missing = [name for name, _ in _members(contract) if name not in vars(module)]
    if missing:
        raise TypeError(
            f"{_folder_of(module)} lacks {', '.join(missing)}: see {contract.__module__}.{contract.__name__}"
        )


def _folder_of(module: ModuleType) -> str:
    return module.__name__.replace(".", "/")


def _members(contract: type) -> Iterator[tuple[str, int | None]]:
    """Names that a protocol asks for, each with how many arguments a call gives; None for what is no function."""
    for base in contract.__mro__:
        if getattr(base, "_is_protocol", False):
            for name in inspect.get_annotations(base):
                yield name, None
            for name, value in vars(base).items():
                if inspect.isfunction(value) and not name.startswith("_"):
                    yield name, len(inspect.signature(value).parameters) - 1  # without self


def _takes(function: object, arguments: int) -> bool:
    """Whether a function can be called with so many arguments by position."""
    if not callable(function):
        return False
    try:
        inspect.signature(function).bind(*range(arguments))
    except TypeError:
        return False
    return True
