"""Online speech from Microsoft's read-aloud service, on the `edge-tts` library.

The library imitates a browser: the service may refuse it any day, and it
returns a stream that was cut off as if it were whole. So nothing is taken
that is shorter than the sentence boundaries it was sent with, and refusals
are asked again after a growing, uneven pause.
"""

import asyncio
import random
import socket
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from xiaolaba.core.errors import ClipError, VoiceError
from xiaolaba.core.units import Language
from xiaolaba.ports.voice import Capability, Speech, Utterance

VOICES: Mapping[Language, str] = {
    Language("cmn"): "zh-CN-XiaoxiaoNeural",
    Language("yue"): "zh-HK-HiuGaaiNeural",
}
HOST = "speech.platform.bing.com"
REACH_S = 2.0
"""How long a probe waits for the service, or for the proxy on the way to it."""
ATTEMPTS = 4
FIRST_PAUSE_S = 1.0
PATIENCE_S = 60.0
TICKS = 10_000_000
"""Boundary ticks a second (100 ns each)."""
SLACK_S = 0.15
CLOSING_S = 0.25
"""How long aiohttp asks one to wait for TLS connections to close before the loop ends."""
COVERED = 0.9
"""Least share of the text that the boundaries must name."""
_ASK_AGAIN = {403, 429, 500, 502, 503, 504}


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the service sent: MP3 bytes, how far its boundaries reach, how much text they name."""

    sound: bytes
    seconds: float
    characters: int


class Edge:
    """One voice of the service; `connector` makes an aiohttp connector, for tests."""

    def __init__(
        self,
        language: Language,
        voice: str = "",
        connector: Callable[[], Any] | None = None,
        pause: Callable[[float], None] = time.sleep,
        patience: float = PATIENCE_S,
    ) -> None:
        self._language = language
        self._voice = voice or VOICES.get(language, "")
        self._connector = connector
        self._pause = pause
        self._patience = patience

    @property
    def capability(self) -> Capability:
        """What the engine is and can."""
        languages = frozenset({self._language} if self._voice else ())
        return Capability("edge", self._voice, "1", languages, offline=False)

    def probe(self) -> str | None:
        """Return why the engine cannot be used now, or None; asks only whether it is reached."""
        if find_spec("edge_tts") is None:
            return "没有安装 edge-tts / edge-tts is not installed"
        proxy = urlsplit(_proxy() or "")
        where = (proxy.hostname or HOST, proxy.port or 443)
        try:
            socket.create_connection(where, REACH_S).close()
        except OSError as error:
            return f"连不上 {where[0]}:{where[1]} / cannot be reached: {error}"
        return None

    def synthesize(self, utterance: Utterance) -> Speech:
        """Say it, asking again when the service is busy or breaks off.

        Raises:
            VoiceError: if there is no complete answer after all attempts.
        """
        trouble = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                spread = random.uniform(0.5, 1.5)  # noqa: S311 - only spreads the load
                self._pause(FIRST_PAUSE_S * 2 ** (attempt - 1) * spread)
            try:
                return self._once(utterance)
            except _Refused as refused:
                trouble = str(refused)
                if not refused.again:
                    break
        raise VoiceError(f"edge-tts 没有给出完整的语音 / gave no complete speech: {trouble}")

    def _once(self, utterance: Utterance) -> Speech:
        from xiaolaba.adapters.flac import speech

        heard = asyncio.run(_settled(self._listen(utterance)))
        try:
            spoken = speech(heard.sound)
        except ClipError as error:
            raise _Refused(str(error)) from error
        seconds = len(spoken.frames) / 4 / spoken.rate
        wanted = COVERED * sum(character.isalnum() for character in utterance.text)
        if not heard.seconds or seconds < heard.seconds - SLACK_S or heard.characters < wanted:
            raise _Refused(f"cut off after {seconds:.1f} s")
        return spoken

    async def _listen(self, utterance: Utterance) -> _Heard:
        """Return what one request brings; every way it fails becomes `_Refused`."""
        import aiohttp
        import edge_tts
        from edge_tts.exceptions import EdgeTTSException

        try:
            async with asyncio.timeout(self._patience):
                connector = self._connector() if self._connector else None
                rate = f"{round(utterance.rate * 100) - 100:+d}%"
                asked = edge_tts.Communicate(
                    utterance.text,
                    self._voice,
                    rate=rate,
                    connector=connector,
                    proxy=_proxy(),
                )
                return await _gathered(asked)
        except aiohttp.ClientResponseError as error:
            raise _Refused(f"HTTP {error.status}", error.status in _ASK_AGAIN) from error
        except (EdgeTTSException, aiohttp.ClientError, OSError, RuntimeError) as error:
            raise _Refused(f"{type(error).__name__}: {error}") from error


def _proxy() -> str | None:
    """Return the proxy that the environment names for secure connections, or None.

    aiohttp would look for WSS_PROXY only, which nobody sets.
    """
    return None if proxy_bypass(HOST) else getproxies().get("https")


class _Refused(Exception):
    """One request that brought nothing usable; `again` says whether asking again may help."""

    def __init__(self, why: str, again: bool = True) -> None:
        super().__init__(why)
        self.again = again


async def _settled(listening: Coroutine[Any, Any, _Heard]) -> _Heard:
    """Return what was heard, after leaving the loop the time to close its TLS connections."""
    try:
        return await listening
    finally:
        await asyncio.sleep(CLOSING_S)


async def _gathered(asked: Any) -> _Heard:
    sound, seconds, characters = b"", 0.0, 0
    async for chunk in asked.stream():
        if chunk["type"] == "audio":
            sound += chunk["data"]
        else:
            seconds = max(seconds, (chunk["offset"] + chunk["duration"]) / TICKS)
            characters += sum(character.isalnum() for character in chunk["text"])
    return _Heard(sound, seconds, characters)
