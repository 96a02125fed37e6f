"""Builds the graph of a shard, in a process of its own, with the lowest priority.

    python -m memosd.engines.qdrant.optimise DIRECTORY

`optimize` holds up the whole process it runs in, for minutes.
"""

import os
import sys

from qdrant_edge import EdgeShard


def optimise(directory: str) -> None:
    if hasattr(os, "nice"):
        os.nice(19)
    shard = EdgeShard.load(directory)
    shard.optimize()
    shard.flush()
    shard.close()


if __name__ == "__main__":
    optimise(sys.argv[1])
