"""The project's import graph in figures: circles, the longest chains, modules that one other module alone imports.

`python -m tests.support.import_graph [PACKAGE ...]` prints them for the checkout in the current folder; the chains are
those inside each PACKAGE. Imports inside functions and for type checking count as any other.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from functools import cache
from graphlib import TopologicalSorter

import grimp
import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

ROOTS = ("core", "pages")
CHAINS_INSIDE = ("core.hydraulics", "core.systems.flood", "core.systems.crime", "core.systems.waste")

Graph = Mapping[str, set[str]]
"""For each module the modules that it imports."""


@cache
def read() -> Graph:
    """The graph of the packages ROOTS in the import path, which takes seconds to read."""
    graph = grimp.build_graph(*ROOTS, include_external_packages=False, cache_dir=None)
    return {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}


def circles(graph: Graph) -> list[set[str]]:
    """Groups of modules each of which reaches all others of its group through imports."""
    names = sorted(graph)
    index = {name: number for number, name in enumerate(names)}
    pairs = [(index[importer], index[imported]) for importer in graph for imported in graph[importer]]
    rows, cols = zip(*pairs, strict=True) if pairs else ((), ())
    matrix = csr_array((np.ones(len(pairs)), (rows, cols)), shape=(len(names), len(names)))
    _, groups = connected_components(matrix, directed=True, connection="strong")
    members = [{names[number] for number in np.flatnonzero(groups == group)} for group in np.unique(groups)]
    return [group for group in members if len(group) > 1]


def inside(graph: Graph, package: str) -> Graph:
    """The part of the graph within one package."""
    modules = {module for module in graph if module == package or module.startswith(f"{package}.")}
    return {module: graph[module] & modules for module in modules}


def longest_chain(graph: Graph) -> list[str]:
    """The longest way through imports, from the importer at the top down; empty where there are circles."""
    if circles(graph):
        return []
    chains: dict[str, list[str]] = {}
    for module in TopologicalSorter(graph).static_order():  # what is imported comes first
        below = max((chains[imported] for imported in sorted(graph[module])), key=len, default=[])
        chains[module] = [module, *below]
    return max(chains.values(), key=len, default=[])


def imported_once(graph: Graph) -> list[str]:
    """Modules that exactly one other module imports."""
    counts = {module: sum(module in imports for imports in graph.values()) for module in graph}
    return sorted(module for module, count in counts.items() if count == 1)


def main(packages: Iterable[str]) -> None:
    """Print the figures."""
    graph = read()
    print(f"modules {len(graph)}, imports {sum(map(len, graph.values()))}")
    print(f"circles {len(circles(graph))}", *(f"  {', '.join(sorted(group))}" for group in circles(graph)), sep="\n")
    for package in packages:
        part = inside(graph, package)
        chain = longest_chain(part)
        print(f"{package}: {len(part)} modules, longest chain {len(chain) or 'unknown, for there are circles'}")
        print(*(f"  {module}" for module in chain), sep="\n")
    print(f"modules that one other imports: {len(imported_once(graph))} of {len(graph)}")


if __name__ == "__main__":
    main(sys.argv[1:] or CHAINS_INSIDE)
