"""The graph on disk: built once, checked at every start, built again if it is damaged or what it rests on has changed.

A file is the SHA-256 of the graph, then the graph. Its name holds a digest of the weights and of the code that builds,
so that an upgrade finds no file and builds its own. It appears whole or not at all; processes that build at the same
time write the same bytes.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from memosd import children
from memosd.domain.errors import Unavailable
from memosd.providers.e5.weights import Weights

BUILD_SECONDS = 300
_DIGEST_BYTES = 32
_BUILDERS = ("graph.py", "weights.py")


def load_graph(directory: Path, weights: Weights) -> bytes:
    """The serialised graph, from `directory` if it is there (some 50 ms), else built (some seconds) and kept there.

    Blocks. Raises `Unavailable` if it can neither be read nor built and written.
    """
    path = directory / f"multilingual-e5-small-{_key(weights)}.onnx"
    graph = _read(path)
    if graph is None:
        graph = _build(weights.path)
        _write(path, graph)
    return graph


def _key(weights: Weights) -> str:
    digest = hashlib.sha256(weights.digest.encode())
    for name in _BUILDERS:
        digest.update(Path(__file__).with_name(name).read_bytes())
    return digest.hexdigest()[:16]


def _read(path: Path) -> bytes | None:
    """None if there is no such file or it is not what was written."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unavailable(f"the embedder's cache cannot be read: {error}") from error
    seal, graph = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    return graph if hashlib.sha256(graph).digest() == seal else None


def _build(weights: Path) -> bytes:
    """Run the builder in a process of its own, which answers with the graph; what it says to its error output is kept.

    `-P`: modules that happen to lie in the working directory are not imported.
    """
    command = [sys.executable, "-P", "-m", "memosd.providers.e5.graph", str(weights)]
    try:
        built = subprocess.run(
            command,
            env=children.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=BUILD_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"the embedder's graph could not be built: {error}") from error
    if built.returncode != 0 or not built.stdout:
        said = built.stderr.decode(errors="replace").strip().splitlines()
        cause = said[-1] if said else f"the builder ended with {built.returncode}"
        raise Unavailable(f"the embedder's graph could not be built: {cause}")
    return built.stdout


def _write(path: Path, graph: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f"{path.name}.", suffix=".part", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(hashlib.sha256(graph).digest())
                file.write(graph)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise Unavailable(
            f"the embedder's graph could not be kept in {path.parent}: {error}; "
            "free some space, or set MEMOSD_CACHE_DIR to a directory that can be written"
        ) from error
