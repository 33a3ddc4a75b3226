"""Print the container's packages, each with its version and SHA-256, as pip takes them.

The newest versions that fit are looked up in the package index, for this Python and platform; run
it where the container will run. Usage: python deploy/lock.py > deploy/requirements.lock
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXTRAS = "serve,parquet,retrain,postgres"


def main() -> None:
    """Resolve without installing anything."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run"]
        command += ["--ignore-installed", "--report", str(report), f"{ROOT}[{EXTRAS}]"]
        subprocess.run(command, check=True, stdout=sys.stderr)
        found = json.loads(report.read_text(encoding="utf-8"))["install"]
    python = f"Python {sys.version_info[0]}.{sys.version_info[1]} on {sys.platform}"
    print(f"# By deploy/lock.py, for {python}; extras {EXTRAS}. Do not edit.")
    for package in sorted(found, key=lambda package: package["metadata"]["name"].lower()):
        about = package["metadata"]
        hashes = package["download_info"].get("archive_info", {}).get("hashes", {})
        if about["name"].lower() != "tagstract":
            print(f"{about['name']}=={about['version']} --hash=sha256:{hashes['sha256']}")


if __name__ == "__main__":
    main()
