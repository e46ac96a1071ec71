"""Make one clip: try the voices in order, finish the sound, keep the file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from xiaolaba.core.errors import StoreError, VoiceError, XiaolabaError
from xiaolaba.core.library import Clip
from xiaolaba.core.units import Language, Samples
from xiaolaba.ports.shelf import Shelf
from xiaolaba.ports.voice import Levelled, Speech, Utterance, Voice
from xiaolaba.synth.plan import Failure, Job, Offer

SHORTEST_SYLLABLE_S = 0.06
"""Speech with less time than this a syllable is not whole."""


@dataclass(frozen=True, slots=True)
class Studio:
    """What a worker works with: the voices, and how a sound becomes a file.

    A voice is known by (language, engine, voice).
    """

    voices: Mapping[tuple[Language, str, str], Voice]
    finish: Callable[[Sequence[Speech]], Levelled]
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
        return Failure(job.rhyme, job.language, "; ".join(why))

    def _speak(self, job: Job, offer: Offer) -> Levelled:
        """Return one voice's finished sound: the reading and what comes after it."""
        if offer.trouble:
            raise VoiceError(offer.trouble)
        voice = self.voices[job.language, offer.engine, offer.voice]
        said = []
        for part in job.parts(offer):
            utterance = Utterance(job.language, part.text, part.phonemes, offer.rate)
            said.append(_whole(voice.synthesize(utterance), utterance))
        return self.finish(said)

    def _keep(self, job: Job, offer: Offer, key: str, levelled: Levelled, why: str) -> Clip:
        tags = {
            "title": f"{job.rhyme} ({job.language})",
            "artist": f"{offer.engine} {offer.voice}",
            "comment": _kind(offer),
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


def _whole(speech: Speech, utterance: Utterance) -> Speech:
    """Return the speech; refused if it is too short for what was said."""
    seconds = len(speech.frames) / 4 / speech.rate
    if seconds < SHORTEST_SYLLABLE_S * len(utterance.phonemes):
        raise VoiceError(f"声音不完整 / incomplete: {seconds:.1f} s")
    return speech


def _kind(offer: Offer) -> str:
    """Return what the file's metadata say of the voice: synthetic speech is named as such."""
    if not offer.synthetic:
        return "真人录音 human recording"
    return "合成语音 synthetic speech" + " 实验 experimental" * offer.experimental
