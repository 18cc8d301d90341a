"""The log as people look through it: searched, sorted, a page at a time, each question in a bounded time."""

from core.store.explorer.log_explorer import LogExplorer
from core.store.explorer.search import LogPage, LogSearch, SearchField, SortColumn

__all__ = ["LogExplorer", "LogPage", "LogSearch", "SearchField", "SortColumn"]
