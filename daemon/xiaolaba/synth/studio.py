"""Make one clip: try the voices in order, finish the sound, keep the file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from xiaolaba.core.errors import StoreError, VoiceError, XiaolabaError
from xiaolaba.core.library import Clip
from xiaolaba.core.units import Samples
from xiaolaba.ports import Levelled, Shelf, Speech, Utterance, Voice
from xiaolaba.synth.plan import Failure, Job, Offer

SHORTEST_SYLLABLE_S = 0.06
"""Speech with less time than this a syllable is not whole."""


@dataclass(frozen=True, slots=True)
class Studio:
    """What a worker works with: voices by (engine, voice), and how a sound becomes a file."""

    voices: Mapping[tuple[str, str], Voice]
    finish: Callable[[Speech], Levelled]
    encode: Callable[[bytes, Mapping[str, str]], bytes]
    shelf: Shelf

    def make(self, job: Job) -> Clip | Failure:
        """Return the finished clip, or why there is none; never raises for one bad reading."""
        why: list[str] = []
        for offer, key in zip(job.offers, job.keys, strict=True):
            try:
                levelled = self._speak(job, offer)
                return self._keep(job, offer, key, levelled, "; ".join(why))
            except StoreError as error:
                return Failure(job.rhyme, job.language, str(error), stop=True)
            except XiaolabaError as error:
                why.append(f"{offer.engine}: {error}")
        told = "; ".join(why) or "voices.yaml 里没有这种语言 / voices.yaml names no voice for it"
        return Failure(job.rhyme, job.language, told)

    def _speak(self, job: Job, offer: Offer) -> Levelled:
        """Return one voice's finished speech, refused if it is too short for what was said."""
        if offer.trouble:
            raise VoiceError(offer.trouble)
        utterance = Utterance(job.language, job.said.text, job.said.phonemes, offer.rate)
        levelled = self.finish(self.voices[offer.engine, offer.voice].synthesize(utterance))
        seconds = len(levelled.frames) / 2 / 48_000
        if seconds < SHORTEST_SYLLABLE_S * len(job.said.phonemes):
            raise VoiceError(f"声音不完整 / incomplete: {seconds:.1f} s")
        return levelled

    def _keep(self, job: Job, offer: Offer, key: str, levelled: Levelled, why: str) -> Clip:
        tags = {
            "title": f"{job.rhyme} ({job.language})",
            "artist": f"{offer.engine} {offer.voice}",
            "comment": "合成语音 synthetic speech" + (" 实验 experimental" * offer.experimental),
        }
        return Clip(
            rhyme=job.rhyme,
            language=job.language,
            hash=self.shelf.put(self.encode(levelled.frames, tags)),
            samples=Samples(len(levelled.frames) // 2),
            engine=offer.engine,
            voice=offer.voice,
            key=key,
            experimental=offer.experimental,
            loudness=levelled.loudness,
            peak=levelled.peak,
            why=why,
        )
