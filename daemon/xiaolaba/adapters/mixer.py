"""A card's own volume, on `libasound.so.2` through ctypes: set, and held against whoever moves it.

Many cards have no such control; then there is nothing to set, and the level
in the samples is all there is.
"""

import ctypes
from ctypes import byref, c_char_p, c_int, c_long, c_void_p
from typing import Any

from xiaolaba.adapters.alsa import quiet
from xiaolaba.core.errors import DeviceError

_LONG = ctypes.POINTER(c_long)
_SIGNATURES: dict[str, tuple[list[Any], Any]] = {
    "snd_mixer_open": ([ctypes.POINTER(c_void_p), c_int], c_int),
    "snd_mixer_attach": ([c_void_p, c_char_p], c_int),
    "snd_mixer_selem_register": ([c_void_p, c_void_p, c_void_p], c_int),
    "snd_mixer_load": ([c_void_p], c_int),
    "snd_mixer_close": ([c_void_p], c_int),
    "snd_mixer_handle_events": ([c_void_p], c_int),
    "snd_mixer_first_elem": ([c_void_p], c_void_p),
    "snd_mixer_elem_next": ([c_void_p], c_void_p),
    "snd_mixer_selem_get_name": ([c_void_p], c_char_p),
    "snd_mixer_selem_has_playback_volume": ([c_void_p], c_int),
    "snd_mixer_selem_get_playback_volume_range": ([c_void_p, _LONG, _LONG], c_int),
    "snd_mixer_selem_get_playback_volume": ([c_void_p, c_int, _LONG], c_int),
    "snd_mixer_selem_set_playback_volume_all": ([c_void_p, c_long], c_int),
    "snd_strerror": ([c_int], c_char_p),
}


class Mixer:
    """One playback control of a card at `percent` of its range."""

    def __init__(self, card: str, control: str, percent: int) -> None:
        """Find the control and set it.

        Raises:
            DeviceError: if the card has no mixer, or no such control.
        """
        self._lib = _library()
        self._name = f"{card}/{control}"
        self._mixer = c_void_p()
        self._check(self._lib.snd_mixer_open(byref(self._mixer), 0))
        try:
            self._check(self._lib.snd_mixer_attach(self._mixer, card.encode()))
            self._check(self._lib.snd_mixer_selem_register(self._mixer, None, None))
            self._check(self._lib.snd_mixer_load(self._mixer))
            self._element = self._find(control)
            self._wanted = self._at(percent)
            self._set()
        except DeviceError:
            self.close()
            raise

    def hold(self) -> bool:
        """Set the volume again if somebody moved it, and return whether somebody did.

        Raises:
            DeviceError: if the card is gone.
        """
        self._check(self._lib.snd_mixer_handle_events(self._mixer))
        shown = c_long()
        self._check(self._lib.snd_mixer_selem_get_playback_volume(self._element, 0, byref(shown)))
        if shown.value == self._wanted:
            return False
        self._set()
        return True

    def close(self) -> None:
        """Let go of the mixer; may be called twice."""
        if self._mixer:
            self._lib.snd_mixer_close(self._mixer)
            self._mixer = c_void_p()

    def _find(self, control: str) -> int:
        element = self._lib.snd_mixer_first_elem(self._mixer)
        while element:
            name = self._lib.snd_mixer_selem_get_name(element).decode(errors="replace")
            if name == control and self._lib.snd_mixer_selem_has_playback_volume(element):
                return int(element)
            element = self._lib.snd_mixer_elem_next(element)
        raise DeviceError(f"{self._name}: the card has no such volume")

    def _at(self, percent: int) -> int:
        least, most = c_long(), c_long()
        self._check(
            self._lib.snd_mixer_selem_get_playback_volume_range(
                self._element, byref(least), byref(most)
            )
        )
        return least.value + (most.value - least.value) * percent // 100

    def _set(self) -> None:
        self._check(self._lib.snd_mixer_selem_set_playback_volume_all(self._element, self._wanted))

    def _check(self, code: int) -> None:
        if code < 0:
            why = self._lib.snd_strerror(int(code)).decode(errors="replace")
            raise DeviceError(f"{self._name}: {why}")


class Volume:
    """A volume that is held for as long as there is a card that has it; ask every few seconds."""

    def __init__(self, card: str, control: str, percent: int) -> None:
        self._where = card, control, percent
        self._mixer: Mixer | None = None

    def __call__(self) -> str:
        """Hold the volume, and return a code for what is wrong: no-mixer, volume-moved or none."""
        try:
            if self._mixer is None:
                self._mixer = Mixer(*self._where)
            return "volume-moved" if self._mixer.hold() else ""
        except DeviceError:
            if self._mixer is not None:
                self._mixer.close()
                self._mixer = None
            return "no-mixer"


def _library() -> ctypes.CDLL:
    try:
        lib = ctypes.CDLL("libasound.so.2")
    except OSError as error:
        raise DeviceError(f"libasound.so.2 is not installed: {error}") from error
    for name, (arguments, result) in _SIGNATURES.items():
        function = getattr(lib, name)
        function.argtypes, function.restype = arguments, result
    quiet(lib)
    return lib
