"""config/*.yaml and audio/rhymes/*.yaml as frozen, checked objects.

Everything wrong is told at once, each problem with its file, line and column.
What is named here is loaded when it is asked for, so that a node, which reads
one small file, does not carry the reader of whole towns.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xiaolaba.settings.daemon import BrokerSettings, ClipSettings, DaemonSettings, load_daemon
    from xiaolaba.settings.machine import Address, ClockTrust
    from xiaolaba.settings.node import NodeSettings, SoundSettings, load_node
    from xiaolaba.settings.rhymes import load_rhymes
    from xiaolaba.settings.town import load_places, load_town
    from xiaolaba.settings.voices import VoiceSettings, load_sound, load_voices

__all__ = [
    "Address",
    "BrokerSettings",
    "ClipSettings",
    "ClockTrust",
    "DaemonSettings",
    "NodeSettings",
    "SoundSettings",
    "VoiceSettings",
    "load_daemon",
    "load_node",
    "load_places",
    "load_rhymes",
    "load_sound",
    "load_town",
    "load_voices",
]
_MODULES = ("daemon", "machine", "node", "rhymes", "town", "voices")


def __getattr__(name: str) -> Any:
    if name in __all__:
        for module in _MODULES:
            found = importlib.import_module(f"{__name__}.{module}")
            if getattr(found, name, None) is not None:
                return getattr(found, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
