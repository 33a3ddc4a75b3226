"""What batches cost: papers a processor-second of the int8 encoder, by batch size.

    python benchmarks/encoder.py [--papers 96]

One thread, processor time (so that a busy machine changes little), papers sorted by length and
those of a batch cut to the shortest of them: the encoder takes no padding. Also prints how much an
embedding changes with the papers that stand beside it.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from tagstract.labels import STARTER_PATH, load_taxonomy, read_labelled
from tagstract.model_folder import Model, paper_text, resolve
from tagstract.model_folder import format as files
from tagstract.model_folder.encoder import open_session

SIZES = (1, 2, 4, 8, 16, 32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--papers", type=int, default=96)
    arguments = parser.parse_args()
    papers = read_labelled([STARTER_PATH], load_taxonomy()).papers[: arguments.papers]
    model = Model.load(resolve(None), threads=1)
    session = open_session(model.folder / files.ENCODER)
    tokens = [one.ids[:256] for one in model.encoder.tokenize([paper_text(p) for p in papers])]
    tokens.sort(key=len, reverse=True)
    print(f"{'batch':>5} {'papers/cpu-s':>13} {'largest change':>15}")
    for size in SIZES:
        runs = []
        for start in range(0, len(tokens), size):
            batch = tokens[start : start + size]
            ids = np.array([one[: len(batch[-1])] for one in batch], dtype=np.int64)
            runs.append({"input_ids": ids, "attention_mask": np.ones_like(ids)})
        started = time.process_time()
        together = np.concatenate([session.run(None, run)[0] for run in runs])
        spent = time.process_time() - started
        # The same texts, each in a run of its own.
        alone = np.concatenate(
            [
                session.run(None, {name: row[None] for name, row in zip(run, rows, strict=True)})[0]
                for run in runs
                for rows in zip(*run.values(), strict=True)
            ]
        )
        change = float(np.abs(together - alone).max() / np.abs(alone).max())
        print(f"{size:5} {len(tokens) / spent:13.1f} {change:14.1%}")


if __name__ == "__main__":
    main()
