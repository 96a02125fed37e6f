"""Makes `memosd/providers/e5/means.json`: `python -m training.centring`.

When the means change, increase `memosd.providers.e5.centring.VERSION`.
"""

import json
import tempfile
from pathlib import Path

from memosd.providers.e5 import centring
from memosd.providers.e5.cache import load_graph
from memosd.providers.e5.encoder import Encoder
from memosd.providers.e5.weights import Weights, find_weights
from training.centring.means import means


def main() -> None:
    weights = Weights(find_weights())
    with tempfile.TemporaryDirectory() as directory:
        encoder = Encoder(weights, load_graph(Path(directory), weights))
    target = Path(centring.__file__).with_name("means.json")
    target.write_text(json.dumps(means(encoder)) + "\n", encoding="utf-8")
    print(f"written: {target}")


if __name__ == "__main__":
    main()
