"""config/*.yaml and audio/rhymes/*.yaml as frozen, checked objects.

Everything wrong is told at once, each problem with its file, line and column.
"""

from xiaolaba.settings.daemon import BrokerSettings, ClipSettings, DaemonSettings, load_daemon
from xiaolaba.settings.machine import Address, ClockTrust
from xiaolaba.settings.node import NodeSettings, SoundSettings, load_node
from xiaolaba.settings.rhymes import load_rhymes
from xiaolaba.settings.town import load_town
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
    "load_rhymes",
    "load_sound",
    "load_town",
    "load_voices",
]
