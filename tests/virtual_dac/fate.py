"""What may befall a node's machine while it plays: a full disk, a clock that is set. See fate.c."""

from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).with_name("fate.c")


@dataclass(frozen=True)
class Fate:
    """One machine's: `disk` is a folder that can be full, `clock` a file that sets the clock."""

    library: Path
    disk: Path
    clock: Path

    def __post_init__(self) -> None:
        self.set_clock(0.0)

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to meet it, its children too."""
        return {
            "LD_PRELOAD": str(self.library),
            "FATE_DISK": str(self.disk),
            "FATE_CLOCK": str(self.clock),
        }

    def fill_disk(self) -> None:
        """Let the disk take nothing more."""
        Path(f"{self.disk}.full").touch()

    def free_disk(self) -> None:
        """Let it take what comes."""
        Path(f"{self.disk}.full").unlink()

    def set_clock(self, ahead: float) -> None:
        """Let the clock show so many seconds more than it is."""
        with self.clock.open("r+b" if self.clock.exists() else "wb") as file:
            file.write(round(ahead * 1e9).to_bytes(8, "little", signed=True))
