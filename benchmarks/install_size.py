"""What each kind of installation takes on the disk, measured in fresh environments.

    python benchmarks/install_size.py [EXTRA...]

Without an EXTRA only the base is measured; `serve`, `parquet` and so on are the base with that
extra. What pip itself takes is not counted.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
OWN = ("pip", "setuptools", "_distutils_hack", "pkg_resources", "wheel")


def measure(extra: str, folder: Path) -> tuple[float, float]:
    """Megabytes of an installation, and the seconds that pip needed."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    started = time.monotonic()
    what = f"{ROOT}[{extra}]" if extra else str(ROOT)
    pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", what]
    subprocess.run(pip, check=True)
    seconds = time.monotonic() - started
    [packages] = folder.glob("[lL]ib/**/site-packages")
    kept = [place for place in packages.iterdir() if place.name.split("-")[0] not in OWN]
    files = [file for place in kept for file in (place, *place.rglob("*")) if file.is_file()]
    return sum(file.stat().st_size for file in files) / 1e6, seconds


def main() -> None:
    """Print one line for the base and for each extra."""
    print(f"{'install':24} {'MB':>6} {'seconds':>8}")
    for extra in dict.fromkeys(["", *sys.argv[1:]]):
        with tempfile.TemporaryDirectory(prefix="tagstract-size-") as folder:
            size, seconds = measure(extra, Path(folder))
        name = f"tagstract[{extra}]" if extra else "tagstract"
        print(f"{name:24} {size:6.0f} {seconds:8.0f}", flush=True)


if __name__ == "__main__":
    main()
