"""Commands about rhymes and their clips: synth, voices, rhyme, record."""
