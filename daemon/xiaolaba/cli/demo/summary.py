"""What came of a demonstration."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class NodeSummary:
    """What came of one node: plays counted by the daemon, and how long its WAV file sounds.

    `heard_s` is None where a sound card played; the counted plays stand for it.
    """

    node: str
    plays: int
    heard_s: float | None
    output: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of it all; `first_sound_s` counts from the start."""

    nodes: Sequence[NodeSummary]
    clips: int
    first_sound_s: float | None

    @property
    def heard(self) -> bool:
        """Whether every node really sounded and its plays were counted."""
        return all(node.plays > 0 and node.heard_s != 0 for node in self.nodes)

    def to_json(self) -> str:
        """Return the summary as JSON."""
        return json.dumps({**asdict(self), "heard": self.heard}, ensure_ascii=False, indent=1)

    def to_text(self) -> str:
        """Return the summary for people."""
        first = "—" if self.first_sound_s is None else f"{self.first_sound_s:.1f} s"
        rows = [
            f"  {node.node}: 已计播放 plays counted {node.plays} · "
            f"{node.output}"
            + ("" if node.heard_s is None else f" · 有声 sound {node.heard_s:.1f} s")
            for node in self.nodes
        ]
        verdict = (
            "两个点位都响过，播放都已计数 / both nodes sounded and their plays were counted"
            if self.heard
            else "没有全部响起，请看日志 / not every node sounded: see the logs"
        )
        head = f"总结 summary：音频 clips {self.clips} · 第一声 first sound {first}"
        return "\n".join([head, *rows, verdict])
