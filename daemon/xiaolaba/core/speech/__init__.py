"""What a text sounds like, whether it rhymes and is right, and who signed it off."""
