"""A real memosd server in a process of its own, and a client for it."""

from harness.client import API, Answer, Client, NoAnswer
from harness.server import KEY, Server, ServerFailed, running

__all__ = ["API", "KEY", "Answer", "Client", "NoAnswer", "Server", "ServerFailed", "running"]
