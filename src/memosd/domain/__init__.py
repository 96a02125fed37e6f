"""The nouns and the pure rules. Imports the standard library only."""
