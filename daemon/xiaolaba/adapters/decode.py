"""Decode one clip to raw PCM in a process of its own: `python -m xiaolaba.adapters.decode IN OUT`.

On `libsndfile.so.1` through ctypes. The node itself never loads a decoder:
its memory stays small, and a file that kills the decoder kills only that.
"""

import ctypes
import os
import sys
from ctypes import byref, c_char_p, c_int, c_int64, c_void_p
from pathlib import Path

from xiaolaba.core.errors import ClipError, StoreError
from xiaolaba.core.units import RATE

LONGEST = 600 * RATE
"""Samples that a clip may have at most: ten minutes."""
_AT_ONCE = 1 << 16
_READ, _SUBTYPE, _PCM_16 = 0x10, 0xFFFF, 0x0002


class _Info(ctypes.Structure):
    """`SF_INFO` of libsndfile."""

    _fields_ = (
        ("frames", c_int64),
        ("samplerate", c_int),
        ("channels", c_int),
        ("format", c_int),
        ("sections", c_int),
        ("seekable", c_int),
    )


def decode(source: Path, target: Path) -> int:
    """Write `source` to `target` as 48 kHz s16 mono, flushed to the disk; return its samples.

    Raises:
        ClipError: if it is no clip of ours.
        StoreError: if `target` cannot be written.
    """
    lib = _library()
    info = _Info()
    handle = lib.sf_open(os.fsencode(source), _READ, byref(info))
    if not handle:
        raise ClipError(f"{source.name}: {lib.sf_strerror(None).decode(errors='replace')}")
    try:
        _require_ours(source, info)
        return _copy(lib, handle, info.frames, source, target)
    finally:
        lib.sf_close(handle)


def _require_ours(source: Path, info: _Info) -> None:
    shape = info.samplerate, info.channels, info.format & _SUBTYPE
    if shape != (RATE, 1, _PCM_16):
        raise ClipError(f"{source.name}: not 48 kHz, mono, 16 bit")
    if not 0 < info.frames <= LONGEST:
        raise ClipError(f"{source.name}: {info.frames} samples, at most {LONGEST}")


def _copy(lib: ctypes.CDLL, handle: int, frames: int, source: Path, target: Path) -> int:
    buffer = (ctypes.c_int16 * _AT_ONCE)()
    done = 0
    try:
        with target.open("wb") as out:
            while got := lib.sf_readf_short(handle, buffer, _AT_ONCE):
                out.write(memoryview(buffer).cast("B")[: 2 * got])
                done += got
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise StoreError(f"{target}: {error.strerror}") from error
    if done != frames:
        raise ClipError(f"{source.name}: {done} of {frames} samples are readable")
    return done


def _library() -> ctypes.CDLL:
    try:
        lib = ctypes.CDLL("libsndfile.so.1")
    except OSError as error:
        raise StoreError(f"libsndfile.so.1 is not installed: {error}") from error
    lib.sf_open.argtypes = [c_char_p, c_int, ctypes.POINTER(_Info)]
    lib.sf_open.restype = c_void_p
    lib.sf_readf_short.argtypes = [c_void_p, c_void_p, c_int64]
    lib.sf_readf_short.restype = c_int64
    lib.sf_close.argtypes = [c_void_p]
    lib.sf_strerror.argtypes = [c_void_p]
    lib.sf_strerror.restype = c_char_p
    return lib


def main(arguments: list[str]) -> int:
    """Decode IN to OUT; 3 means that the clip is bad, 4 that it could not be written."""
    try:
        decode(Path(arguments[0]), Path(arguments[1]))
    except ClipError as error:
        sys.stderr.write(f"{error}\n")
        return 3
    except StoreError as error:
        sys.stderr.write(f"{error}\n")
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
