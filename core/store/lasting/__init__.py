"""What people and programs wait for: work of the pages, and jobs of the API."""

from core.store.lasting.job_log import JobLog, JobRow
from core.store.lasting.work_log import WorkLog, WorkRow, WorkState

__all__ = ["JobLog", "JobRow", "WorkLog", "WorkRow", "WorkState"]
