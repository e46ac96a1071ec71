"""One ALSA stream, on `libasound.so.2` through ctypes.

48 kHz, mono, signed 16 bit, a buffer of half a second. The stream starts
with the first blocks, not with a full buffer, so that a node that was killed
is heard again at once; from then on `snd_pcm_delay` counts everything that
lies between a write and the loudspeaker.

An underrun goes on where it was: all that was written has sounded. A machine
that was suspended has lost what its card still held, so that the stream ends.
"""

import ctypes
import errno
from ctypes import byref, c_char_p, c_int, c_long, c_uint, c_ulong, c_void_p

from xiaolaba.core.errors import DeviceError
from xiaolaba.core.units import RATE, Samples

BUFFER_US = 508_000
"""How much sound the device holds, in microseconds.

A writer is woken each quarter of it, which is no multiple of 10 ms, so that a
card that reports in such steps is asked in all their phases.
"""
_PRIME = bytes(2 * RATE * 3 // 50)
"""Silence that a stream starts with: three blocks, enough to write the next ones in peace."""
_PLAYBACK, _INTERLEAVED, _S16_LE = 0, 3, 2


def _library() -> ctypes.CDLL:
    """Return libasound with the signatures of what is used here."""
    try:
        lib = ctypes.CDLL("libasound.so.2")
    except OSError as error:
        raise DeviceError(f"libasound.so.2 is not installed: {error}") from error
    quiet(lib)
    pcm, size = c_void_p, c_ulong
    lib.snd_pcm_open.argtypes = [ctypes.POINTER(c_void_p), c_char_p, c_int, c_int]
    lib.snd_pcm_set_params.argtypes = [pcm, c_int, c_int, c_uint, c_uint, c_int, c_uint]
    lib.snd_pcm_sw_params_malloc.argtypes = [ctypes.POINTER(c_void_p)]
    lib.snd_pcm_sw_params_current.argtypes = [pcm, c_void_p]
    lib.snd_pcm_sw_params_set_start_threshold.argtypes = [pcm, c_void_p, size]
    lib.snd_pcm_sw_params.argtypes = [pcm, c_void_p]
    lib.snd_pcm_sw_params_free.argtypes = [c_void_p]
    lib.snd_pcm_sw_params_free.restype = None
    lib.snd_pcm_delay.argtypes = [pcm, ctypes.POINTER(c_long)]
    lib.snd_pcm_writei.argtypes = [pcm, c_void_p, size]
    lib.snd_pcm_writei.restype = c_long
    for name in ("prepare", "drop", "close"):
        getattr(lib, f"snd_pcm_{name}").argtypes = [pcm]
    lib.snd_strerror.argtypes = [c_int]
    lib.snd_strerror.restype = c_char_p
    return lib


def quiet(lib: ctypes.CDLL) -> None:
    """Keep libasound from writing to stderr: errors come back as codes, and are told once.

    Whatever takes no arguments and does nothing can stand for a handler; a
    callback of our own would need memory that can be both written and run.
    """
    lib.snd_lib_error_set_handler.argtypes = [c_void_p]
    lib.snd_lib_error_set_handler(ctypes.cast(ctypes.CDLL(None).getppid, c_void_p))


class AlsaSink:
    """A `Sink` on an ALSA device, named as in `aplay -D`; formats are converted by `plug`."""

    def __init__(self, device: str) -> None:
        """Open the device and start it on silence.

        Raises:
            DeviceError: if it is not there, busy or cannot do 48 kHz.
        """
        self._lib = _library()
        self._device = device
        self._pcm = c_void_p()
        self._delay = c_long()
        self._ran_dry = False
        self._check(self._lib.snd_pcm_open(byref(self._pcm), device.encode(), _PLAYBACK, 0))
        try:
            self._configure()
            self._start()
        except DeviceError:
            self.close()
            raise

    def delay(self) -> Samples:
        """Return how long the next sample written will take until it sounds."""
        code = self._lib.snd_pcm_delay(self._pcm, byref(self._delay))
        if code < 0:
            if self._recover(code):
                return self.delay()
            self._check(code)
        return Samples(max(0, self._delay.value))

    def write(self, block: bytes | memoryview) -> bool:
        """Hand over samples, blocking; False after an underrun, and then they are not taken."""
        if self._ran_dry:
            self._ran_dry = False
            return False
        view = memoryview(block)
        address = c_char_p(block) if isinstance(block, bytes) else _address(view)
        code = self._lib.snd_pcm_writei(self._pcm, address, len(view) // 2)
        if code >= 0:
            return int(code) == len(view) // 2
        if not self._recover(code):
            self._check(code)
        self._ran_dry = False
        return False

    def drop(self) -> None:
        """Fall silent at once; the stream goes on with silence."""
        self._check(self._lib.snd_pcm_drop(self._pcm))
        self._start()

    def close(self) -> None:
        """Let go of the device; may be called twice."""
        if self._pcm:
            self._lib.snd_pcm_drop(self._pcm)
            self._lib.snd_pcm_close(self._pcm)
            self._pcm = c_void_p()

    def _configure(self) -> None:
        self._check(
            self._lib.snd_pcm_set_params(self._pcm, _S16_LE, _INTERLEAVED, 1, RATE, 1, BUFFER_US)
        )
        params = c_void_p()
        self._check(self._lib.snd_pcm_sw_params_malloc(byref(params)))
        try:
            self._check(self._lib.snd_pcm_sw_params_current(self._pcm, params))
            self._check(
                self._lib.snd_pcm_sw_params_set_start_threshold(self._pcm, params, len(_PRIME) // 2)
            )
            self._check(self._lib.snd_pcm_sw_params(self._pcm, params))
        finally:
            self._lib.snd_pcm_sw_params_free(params)

    def _start(self) -> None:
        self._check(self._lib.snd_pcm_prepare(self._pcm))
        self._check(self._lib.snd_pcm_writei(self._pcm, c_char_p(_PRIME), len(_PRIME) // 2))

    def _recover(self, code: int) -> bool:
        """Start anew after an underrun; False if that is not what happened."""
        if code == -errno.ESTRPIPE:
            raise DeviceError(f"{self._device}: 系统休眠过 / the machine was suspended")
        if code != -errno.EPIPE:
            return False
        self._start()
        self._ran_dry = True
        return True

    def _check(self, code: int) -> None:
        if code < 0:
            why = self._lib.snd_strerror(int(code)).decode(errors="replace")
            raise DeviceError(f"{self._device}: {why}")


def _address(view: memoryview) -> ctypes.Array[ctypes.c_char]:
    """Return a writable view as something that ctypes passes by address, without a copy."""
    return (ctypes.c_char * view.nbytes).from_buffer(view)
