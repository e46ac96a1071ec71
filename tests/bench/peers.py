"""Players by others, to compare a node with: Snapcast's client, and mpv.

Both are Debian packages and run only in benchmarks; one that is not installed
is named on stderr and left out.
"""

import os
import shutil
import sys
import threading
import time
import wave
from array import array
from contextlib import ExitStack
from pathlib import Path

from tests.bench.processes import Process, free_port, started
from tests.virtual_dac.card import Card
from xiaolaba.core.units import RATE

BUFFER_MS = 500
"""As much as a node's sink holds."""


def snapclients(
    stack: ExitStack, folder: Path, sound: "array[int]", horns: list[Card]
) -> list[Process]:
    """Start a Snapcast server that plays a sound over and over, and a client on each card."""
    if not _installed("snapserver", "snapclient"):
        return []
    pipe, port = folder / "pipe", free_port()
    os.mkfifo(pipe)
    source = f"pipe://{pipe}?name=clicks&sampleformat=48000:16:1&codec=pcm&mode=read"
    quiet = [
        "--config=/dev/null",
        "--tcp.enabled=false",
        "--http.enabled=false",
        f"--server.datadir={folder}",
    ]
    command = ["snapserver", f"--stream.source={source}", f"--stream.port={port}", *quiet]
    started(stack, command, {})
    threading.Thread(target=_feed, args=(pipe, sound.tobytes()), daemon=True).start()
    time.sleep(1)
    return [_snapclient(stack, n, port, horn) for n, horn in enumerate(horns)]


def mpv(stack: ExitStack, folder: Path, sound: "array[int]", horn: Card) -> list[Process]:
    """Start mpv on a card, playing a sound over and over."""
    if not _installed("mpv"):
        return []
    file = folder / "mpv.wav"
    with wave.open(str(file), "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(RATE)
        wav.writeframes(sound.tobytes())
    options = ["--no-config", "--no-terminal", "--no-video", "--loop-file=inf"]
    device = ["--ao=alsa", f"--audio-device=alsa/{horn.name}", f"--audio-buffer={BUFFER_MS / 1000}"]
    return [started(stack, ["mpv", *options, *device, str(file)], horn.environment)]


def _installed(*programs: str) -> bool:
    """Return whether the programs are there, or say what to install."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        sys.stderr.write(f"left out: apt-get install {' '.join(missing)} to compare with it\n")
    return not missing


def _snapclient(stack: ExitStack, number: int, port: int, horn: Card) -> Process:
    with horn.configuration.open("a") as file:
        file.write("pcm.!default horn\n")
    server = ["-h", "127.0.0.1", "-p", str(port), "--hostID", f"horn-{number}"]
    player = ["-s", "default", "--player", f"alsa:buffer_time={BUFFER_MS}", "-i", str(number + 1)]
    return started(stack, ["snapclient", *server, *player], horn.environment)


def _feed(pipe: Path, sound: bytes) -> None:
    """Write a sound into the pipe for as long as somebody reads."""
    try:
        with pipe.open("wb", buffering=0) as file:
            while True:
                file.write(sound)
    except OSError:
        return
