"""Stands for you with an editor: writes the right labels into a labelled file.

python label.py FILE.jsonl
"""

import json
import sys
from pathlib import Path

answers = {}
for line in Path(__file__).with_name("answers.jsonl").read_text().splitlines():
    paper = json.loads(line)
    answers[paper["id"]] = paper["labels"]
path = Path(sys.argv[1])
papers = [json.loads(line) for line in path.read_text().splitlines()]
path.write_text(
    "".join(json.dumps({**paper, "labels": answers[paper["id"]]}) + "\n" for paper in papers)
)
