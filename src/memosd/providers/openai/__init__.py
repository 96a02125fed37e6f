"""Models behind any URL that speaks the OpenAI API, by its official SDK."""

from memosd.providers.openai.chat import OpenAIChat
from memosd.providers.openai.connection import Connection
from memosd.providers.openai.embedder import OpenAIEmbedder
from memosd.providers.openai.reranker import OpenAIReranker
from memosd.providers.openai.structured import OpenAIStructured

__all__ = ["Connection", "OpenAIChat", "OpenAIEmbedder", "OpenAIReranker", "OpenAIStructured"]
