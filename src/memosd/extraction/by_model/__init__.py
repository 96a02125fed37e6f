"""Memories made by a language model: asked for in one call, checked one by one, local ones where it fails."""

from memosd.extraction.by_model.proposals import with_proposals
from memosd.extraction.by_model.reader import ModelReader

__all__ = ["ModelReader", "with_proposals"]
