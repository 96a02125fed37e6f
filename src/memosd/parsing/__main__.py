"""The process that reads one file: told what and how in its argument, it answers one line of JSON."""

import json
import sys
from pathlib import Path

from memosd.parsing.limits import Bounds, Refused, confine
from memosd.parsing.read import read


def main() -> None:
    path, name, kind, *bounds = json.loads(sys.argv[1])
    limits = Bounds(*bounds)
    confine(limits)
    try:
        document = read(Path(path), name=name, kind=kind, bounds=limits)
    except Refused as refused:
        answer: dict[str, object] = {"problem": str(refused)}
    except MemoryError:
        answer = {"problem": "reading it needs more memory than allowed"}
    except RecursionError:
        answer = {"problem": "it is nested too deep"}
    else:
        blocks = [(b.kind.value, b.text, b.level, b.page) for b in document.blocks]
        answer = {
            "title": document.title,
            "blocks": blocks,
            "pages": document.pages,
            "members": document.members,
        }
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
