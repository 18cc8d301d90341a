"""What a batch reads: folders, ZIPs, event folders, addresses of object stores; listed lazily, read one by one."""

from core.batch.inputs.choosing import source_of
from core.batch.inputs.item import InputItem, InputSource

__all__ = ["InputItem", "InputSource", "source_of"]
