"""A worker process: one studio, one pipe; it ends when the pipe does."""

import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from xiaolaba.core.library import Clip
from xiaolaba.synth.plan import Failure, Job
from xiaolaba.synth.studio import Studio

OpenStudio = Callable[[], Studio]
"""How a worker comes by its studio, in its own process; must survive pickling."""


@dataclass(frozen=True, slots=True)
class Hand:
    """A worker as the batch holds it."""

    process: BaseProcess
    pipe: "Connection[Job | None, Clip | Failure]"

    def send(self, job: Job) -> None:
        """Give it a job; one that is gone by now is noticed when it is listened to."""
        with suppress(OSError):
            self.pipe.send(job)

    def end(self) -> str:
        """Return how the process ended, in words."""
        self.process.join()
        code = self.process.exitcode or 0
        return signal.Signals(-code).name if code < 0 else f"exit {code}"

    def dismiss(self) -> None:
        """Let it go: it ends by itself when its pipe is closed."""
        self.pipe.close()
        self.process.join()

    def kill(self) -> None:
        """End it now, whatever it does."""
        self.process.kill()
        self.dismiss()


def hire(open_studio: OpenStudio) -> Hand:
    """Start a worker in a fresh process that shares no memory or open files with this one."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, open_studio), daemon=True)
    process.start()
    theirs.close()
    return Hand(process, ours)


def serve(pipe: "Connection[Clip | Failure, Job | None]", open_studio: OpenStudio) -> None:
    """Make clips until the other end of the pipe is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the batch, which lets us go
    make = _opened(open_studio)
    with suppress(EOFError, OSError):
        while job := pipe.recv():
            pipe.send(make(job))


def _opened(open_studio: OpenStudio) -> Callable[[Job], Clip | Failure]:
    """Return what makes clips; without its libraries every job has the same answer."""
    try:
        return open_studio().make
    except ImportError as error:
        why = f"缺少合成用的库 / a library for synthesis is missing: {error}"
        return lambda job: Failure(job.rhyme, job.language, why, stop=True)
