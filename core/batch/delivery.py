"""Where a result is made and where it goes: an address elsewhere gets it whole, once it is finished here."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from core.batch import destination
from core.batch.inputs import addresses
from core.batch.parts import folder_of
from core.settings import settings


@dataclass(frozen=True)
class Delivery:
    """A result's place on this machine, `local`, and the address that it goes to; None where it stays."""

    local: Path
    address: str | None = None

    @staticmethod
    def to(output: str, *, folder: bool, replace: bool) -> Delivery:
        """The delivery to a path or an address, made ready. folder: whether the result is a folder.

        Raises InvalidInput where nothing can be written there, or a result is there and may not be replaced.
        """
        if not addresses.is_address(output):
            delivery = Delivery(Path(output))
        else:
            addresses.refuse_read_only(output)
            name = output.rstrip("/").rsplit("/", 1)[-1] or "result"
            delivery = Delivery(work_folder(output) / name, output)
            if not replace and not folder_of(delivery.local).exists() and addresses.exists(output):
                raise destination.already_there(output)
            delivery.local.parent.mkdir(parents=True, exist_ok=True)
        check = destination.check_folder if folder else destination.check_result
        check(delivery.local, replace)
        return delivery

    def deliver(self) -> None:
        """Bring the finished result where it goes, with what a table's run wrote beside it."""
        if self.address:
            addresses.put(self.local, self.address)
            for path in self.local.parent.glob(f"{self.local.stem}.*.csv"):
                addresses.put(path, self.delivered(str(path)))

    def delivered(self, path: str) -> str:
        """Where a file that lies beside the result will be found."""
        return path if self.address is None else f"{self.address.rsplit('/', 1)[0]}/{Path(path).name}"

    def clear(self) -> None:
        """Remove what stayed here of a result that was delivered."""
        if self.address:
            shutil.rmtree(work_folder(self.address), ignore_errors=True)


def work_folder(address: str) -> Path:
    """The folder on this machine for a result that goes to an address: the same for the same address."""
    return settings().data_dir.resolve() / "batches" / hashlib.sha256(address.encode()).hexdigest()[:16]
