"""Who makes what: the pure decision of a batch on its workers.

    Started -> Hire ...                    a worker is hired with its first job
    Done    -> Keep or Tell, then Give or Dismiss
    Died    -> the job waits again, once; a second death is its failure

A dead worker is replaced only when none is left: if memory killed it, fewer
workers are the cure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from xiaolaba.core.library import Clip
from xiaolaba.synth.plan import Failure, Job

Worker = int


@dataclass(frozen=True, slots=True)
class State:
    """The jobs that wait, who does what, and which jobs have cost a worker already."""

    waiting: tuple[Job, ...] = ()
    busy: Mapping[Worker, Job] = field(default_factory=dict)
    deadly: frozenset[Job] = frozenset()
    hired: int = 0


@dataclass(frozen=True, slots=True)
class Started:
    """The batch begins with at most so many workers."""

    workers: int


@dataclass(frozen=True, slots=True)
class Done:
    """A worker has finished its job, one way or the other."""

    worker: Worker
    result: Clip | Failure


@dataclass(frozen=True, slots=True)
class Died:
    """A worker is gone; `how` tells its end."""

    worker: Worker
    how: str


@dataclass(frozen=True, slots=True)
class Hire:
    """Start a worker with its first job."""

    worker: Worker
    job: Job


@dataclass(frozen=True, slots=True)
class Give:
    """Hand a job to an idle worker."""

    worker: Worker
    job: Job


@dataclass(frozen=True, slots=True)
class Dismiss:
    """Let a worker go."""

    worker: Worker


@dataclass(frozen=True, slots=True)
class Keep:
    """Write a finished clip down."""

    clip: Clip


@dataclass(frozen=True, slots=True)
class Tell:
    """Report a reading that has no clip."""

    failure: Failure


Event = Started | Done | Died
Action = Hire | Give | Dismiss | Keep | Tell


def step(state: State, event: Event) -> tuple[State, list[Action]]:
    """Return the state after an event and what is to be done about it."""
    match event:
        case Started(workers):
            return _hire(state, workers)
        case Done(worker, result):
            state, actions = _settle(_released(state, worker), result)
            state, more = _occupy(state, worker)
            return state, actions + more
        case Died(worker, how):
            return _bury(state, worker, how)


def _hire(state: State, count: int) -> tuple[State, list[Action]]:
    actions: list[Action] = []
    for job in state.waiting[:count]:
        worker = state.hired
        actions.append(Hire(worker, job))
        state = replace(state, hired=worker + 1, busy={**state.busy, worker: job})
    return replace(state, waiting=state.waiting[count:]), actions


def _settle(state: State, result: Clip | Failure) -> tuple[State, list[Action]]:
    if isinstance(result, Clip):
        return state, [Keep(result)]
    if not result.stop:
        return state, [Tell(result)]
    rest = [Failure(job.rhyme, job.language, result.why) for job in state.waiting]
    return replace(state, waiting=()), [Tell(failure) for failure in (result, *rest)]


def _occupy(state: State, worker: Worker) -> tuple[State, list[Action]]:
    if not state.waiting:
        return state, [Dismiss(worker)]
    job, *rest = state.waiting
    state = replace(state, waiting=tuple(rest), busy={**state.busy, worker: job})
    return state, [Give(worker, job)]


def _bury(state: State, worker: Worker, how: str) -> tuple[State, list[Action]]:
    job = state.busy[worker]
    state = _released(state, worker)
    actions: list[Action] = []
    if job in state.deadly:
        why = (
            f"合成进程两次中断（{how}），可能内存不足 / worker died twice ({how}), short of memory?"
        )
        actions.append(Tell(Failure(job.rhyme, job.language, why)))
    else:
        state = replace(state, waiting=(job, *state.waiting), deadly=state.deadly | {job})
    if state.busy:
        return state, actions
    state, hires = _hire(state, 1)
    return state, actions + hires


def _released(state: State, worker: Worker) -> State:
    busy = {other: job for other, job in state.busy.items() if other != worker}
    return replace(state, busy=busy)
