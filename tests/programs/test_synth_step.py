from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from xiaolaba.core.library import Clip
from xiaolaba.core.units import ClipHash, Language, RhymeId, Samples
from xiaolaba.synth.plan import Failure, Job, Said
from xiaolaba.synth.step import (
    Died,
    Dismiss,
    Done,
    Give,
    Hire,
    Keep,
    Started,
    State,
    Tell,
    step,
)

CMN = Language("cmn")


def job(name: str) -> Job:
    return Job(RhymeId(name), CMN, Said("别信", ("bie2", "xin4")), (), ())


def clip(of: Job) -> Clip:
    known = (ClipHash("a" * 64), Samples(1), "hum", "low", "key", False, -16.0, -1.0)
    return Clip(of.rhyme, of.language, *known)


def failure(of: Job, stop: bool = False) -> Failure:
    return Failure(of.rhyme, of.language, "why", stop)


def started(names: str, workers: int) -> State:
    return step(State(tuple(map(job, names))), Started(workers))[0]


def test_a_worker_is_hired_for_each_job_but_no_more_than_allowed():
    state, actions = step(State(tuple(map(job, "abc"))), Started(2))

    assert actions == [Hire(0, job("a")), Hire(1, job("b"))]
    assert state.waiting == (job("c"),)


def test_a_finished_clip_is_kept_and_the_worker_gets_the_next_job():
    _, actions = step(started("abc", 2), Done(1, clip(job("b"))))

    assert actions == [Keep(clip(job("b"))), Give(1, job("c"))]


def test_a_failure_is_told_and_does_not_stop_the_others():
    _, actions = step(started("ab", 1), Done(0, failure(job("a"))))

    assert actions == [Tell(failure(job("a"))), Give(0, job("b"))]


def test_a_failure_that_all_would_share_ends_the_batch():
    state, actions = step(started("abc", 1), Done(0, failure(job("a"), stop=True)))

    assert [action.failure.rhyme for action in actions if isinstance(action, Tell)] == [*"abc"]
    assert actions[-1] == Dismiss(0)
    assert not state.waiting


def test_the_job_of_a_worker_that_died_is_tried_once_more():
    state, actions = step(started("ab", 1), Died(0, "SIGKILL"))

    assert actions == [Hire(1, job("a"))]
    _, actions = step(state, Died(1, "SIGKILL"))
    assert isinstance(actions[0], Tell)
    assert "SIGKILL" in actions[0].failure.why
    assert actions[1] == Hire(2, job("b"))


def test_a_dead_worker_is_not_replaced_while_another_works():
    state, actions = step(started("ab", 2), Died(0, "SIGKILL"))

    assert actions == []
    assert state.waiting == (job("a"),)


@given(st.integers(0, 8), st.integers(1, 4), st.data())
def test_whatever_happens_every_job_comes_to_exactly_one_end(count, workers, data):
    jobs = tuple(job(f"r{number}") for number in range(count))
    state, actions = step(State(jobs), Started(workers))
    ends: Counter[str] = Counter()
    alive = {action.worker for action in actions if isinstance(action, Hire)}

    for _ in range(4 * count + 4):
        for action in actions:
            match action:
                case Hire(worker, _):
                    alive.add(worker)
                case Dismiss(worker):
                    alive.remove(worker)
                case Keep(made):
                    ends[made.rhyme] += 1
                case Tell(told):
                    ends[told.rhyme] += 1
        assert alive == set(state.busy)
        assert len(alive) <= workers
        if not alive:
            break
        worker = data.draw(st.sampled_from(sorted(alive)))
        happened = data.draw(st.sampled_from(["made", "failed", "died"]))
        if happened == "died":
            alive.remove(worker)
            state, actions = step(state, Died(worker, "SIGKILL"))
        else:
            result = clip if happened == "made" else failure
            state, actions = step(state, Done(worker, result(state.busy[worker])))

    assert ends == Counter(one.rhyme for one in jobs)
