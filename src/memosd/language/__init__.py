"""What a text says on its face, in Chinese and English: language, words, names, times. No models, no I/O."""
