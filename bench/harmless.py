"""`python -m bench.harmless`: embeds the everyday sentences of index/data/harmless with the default model, and writes
their vectors to index/data/harmless.npz. To be run after a sentence was changed; no service needs it."""

import argparse
from pathlib import Path

import numpy as np

from index.embed import open_embedder
from index.query.harmless import SHIPPED, texts_in_all_scripts

_BATCH = 64


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("var/model"), metavar="DIR")
    embedder = open_embedder(model_dir=parser.parse_args().model)
    texts = texts_in_all_scripts()
    batches = [embedder.encode_queries(texts[start : start + _BATCH]) for start in range(0, len(texts), _BATCH)]
    model = embedder.fingerprint.split("@")[0]
    arrays = {f"{model}/texts": np.array(texts), f"{model}/vectors": np.vstack(batches).astype(np.float16)}
    with SHIPPED.open("wb") as file:
        np.savez_compressed(file, **arrays)
    print(f"{len(texts)} sentences, {SHIPPED.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
