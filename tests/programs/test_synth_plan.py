from dataclasses import replace

from xiaolaba.core.errors import TextError
from xiaolaba.core.library import Clip, Library, library
from xiaolaba.core.units import ClipHash, Language, RhymeId, Samples
from xiaolaba.synth.plan import Name, Offer, Said, key, plan

CMN, YUE = Language("cmn"), Language("yue")
GOOD = Offer("kokoro", "zf", "1")
POOR = Offer("espeak", "yue", "1", experimental=True)
OFFERS = {CMN: (GOOD, POOR), YUE: (POOR,)}
SAID = Said("别信", ("bie2", "xin4"))
NAME = (RhymeId("one"), CMN)
CHAIN = "1"


def made(offer: Offer, said: Said = SAID, chain: str = CHAIN) -> Library:
    return library(
        [
            Clip(
                *NAME,
                ClipHash("a" * 64),
                Samples(48_000),
                offer.engine,
                offer.voice,
                key(said, offer, chain),
                offer.experimental,
                -16.0,
                -1.0,
            )
        ]
    )


NOTHING = Library()


def planned(lib=NOTHING, said=SAID, offers=OFFERS, whole=True, chain=CHAIN, upgrade=False):
    return plan([(NAME, said)], offers, lib, lambda _: whole, chain, upgrade)


def test_a_reading_without_a_clip_is_made():
    assert [job.rhyme for job in planned().jobs] == ["one"]


def test_an_unchanged_reading_is_kept():
    found = planned(made(GOOD))

    assert not found.jobs
    assert len(found.kept) == 1


def test_whatever_decides_the_sound_makes_it_anew():
    other = Said("莫信", ("mo4", "xin4"))
    slower = {CMN: (replace(GOOD, rate=0.8),)}
    newer = {CMN: (replace(GOOD, version="2"),)}

    assert planned(made(GOOD), said=other).jobs
    assert planned(made(GOOD), offers=slower).jobs
    assert planned(made(GOOD), offers=newer).jobs
    assert planned(made(GOOD), chain="2").jobs


def test_a_text_that_sounds_the_same_is_made_anew_only_by_a_voice_that_reads_text():
    homophone = Said("別信", SAID.phonemes)
    online = Offer("edge", "x", "1", offline=False)

    assert not planned(made(GOOD), said=homophone).jobs
    assert planned(made(online), said=homophone, offers={CMN: (online,)}).jobs


def test_a_damaged_clip_is_made_anew():
    assert planned(made(GOOD), whole=False).jobs
    assert planned(made(GOOD), whole=False).stale == {NAME}


def test_a_clip_of_a_poorer_voice_stays_until_an_upgrade_is_asked_for():
    kept, upgraded = planned(made(POOR)), planned(made(POOR), upgrade=True)

    assert (kept.jobs, kept.better) == ((), (NAME,))
    assert len(upgraded.jobs) == 1
    assert not upgraded.stale


def test_an_upgrade_leaves_alone_what_no_better_voice_can_make_now():
    gone = {CMN: (replace(GOOD, trouble="no model"), POOR)}

    assert not planned(made(POOR), offers=gone, upgrade=True).jobs


def test_a_clip_stays_while_its_own_voice_is_gone():
    gone = {CMN: (replace(GOOD, trouble="no model"), POOR)}

    assert not planned(made(GOOD), offers=gone).jobs


def test_a_voice_taken_out_of_the_order_loses_its_clips():
    assert planned(made(POOR), offers={CMN: (GOOD,)}).jobs


def test_what_cannot_be_said_is_refused_and_the_rest_goes_on():
    wrong = TextError("没有可读的汉字", "nothing to say")
    readings: list[tuple[Name, Said | TextError]]
    readings = [((RhymeId("bad"), CMN), wrong), (NAME, SAID)]

    found = plan(readings, OFFERS, Library(), lambda _: True, CHAIN)

    assert [(failure.rhyme, failure.language) for failure in found.refused] == [("bad", "cmn")]
    assert "nothing to say" in found.refused[0].why
    assert [job.rhyme for job in found.jobs] == ["one"]


def test_mandarin_is_made_first_in_the_order_written():
    names = [(RhymeId(name), language) for name in "bca" for language in (YUE, CMN)]

    found = plan([(name, SAID) for name in names], OFFERS, Library(), lambda _: True, CHAIN)

    assert [(job.rhyme, job.language) for job in found.jobs] == [
        *[(name, "cmn") for name in "bca"],
        *[(name, "yue") for name in "bca"],
    ]
