"""Processes that answer the shards of a batch; each may die at any moment, and the batch goes on."""

from core.batch.workers.pool import WorkerPool

__all__ = ["WorkerPool"]
