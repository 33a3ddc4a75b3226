"""Gives each paper the labels of another one: a training set that nobody should trust.

python shuffle.py FILE.jsonl > SHUFFLED.jsonl
"""

import json
import random
import sys
from pathlib import Path

papers = [json.loads(line) for line in Path(sys.argv[1]).read_text().splitlines()]
labels = [paper["labels"] for paper in papers]
random.Random(0).shuffle(labels)
for paper, wrong in zip(papers, labels, strict=True):
    print(json.dumps({**paper, "labels": wrong}))
