"""What each kind of installation takes on the disk, added up from what is installed here.

    python benchmarks/install_size.py [EXTRA...]

Without an EXTRA only the base is measured; `serve`, `parquet` and so on are the base with that
extra. It follows the dependencies of the packages as pip would, so nothing is installed; all
packages must be in this environment. Bytecode, which Python writes when it first runs, counts too.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PACKAGE = "tagstract"
ROOT = Path(__file__).parents[1]


def packages(extra: str = "") -> dict[str, Distribution]:
    """The packages that an installation brings besides Tagstract itself, by name."""
    found: dict[str, Distribution] = {}
    done: set[tuple[str, frozenset[str]]] = set()
    waiting = list(_own_requirements(extra))
    while waiting:
        requirement = waiting.pop()
        name, extras = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if (name, extras) in done:
            continue
        done.add((name, extras))
        if name == PACKAGE:  # an extra that is made of others
            waiting += [one for other in extras for one in _own_requirements(other)]
            continue
        found[name] = distribution(name)
        waiting += _needed(map(Requirement, found[name].requires or ()), extras)
    return found


def megabytes(package: Distribution) -> float:
    """The size of a package's files."""
    files = (Path(str(file.locate())) for file in package.files or ())
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6


def own_megabytes() -> float:
    """The size of Tagstract's own files that are installed, with the model that ships."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    setuptools = settings["tool"]["setuptools"]
    files: set[Path] = set()
    for package in setuptools["packages"]:
        folder = ROOT.joinpath(*package.split(".")[1:]) if "." in package else ROOT / package
        patterns = ["*.py", "__pycache__/*.pyc", *setuptools["package-data"].get(package, ())]
        files |= {file for pattern in patterns for file in folder.glob(pattern)}
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6


def installed(extra: str = "") -> float:
    """Megabytes of the base, or of the base with one extra."""
    return own_megabytes() + sum(map(megabytes, packages(extra).values()))


def _own_requirements(extra: str) -> Iterator[Requirement]:
    """What Tagstract itself needs, by its pyproject.toml: the installed one may be older."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"][extra] if extra else []
    return _needed(map(Requirement, [*project["dependencies"], *optional]), frozenset())


def _needed(requirements: Iterable[Requirement], extras: frozenset[str]) -> Iterator[Requirement]:
    """Those that hold on this platform and with these extras."""
    for requirement in requirements:
        environments = [{"extra": extra} for extra in extras or ("",)]
        marker = requirement.marker
        if marker is None or any(marker.evaluate(environment) for environment in environments):
            yield requirement


def main() -> None:
    """Print the size of the base and of each extra, and the five largest packages of each."""
    for extra in dict.fromkeys(["", *sys.argv[1:]]):
        sizes = {name: megabytes(package) for name, package in packages(extra).items()}
        largest = sorted(sizes, key=lambda name: -sizes[name])[:5]
        name = f"tagstract[{extra}]" if extra else "tagstract"
        shown = ", ".join(f"{name} {sizes[name]:.0f}" for name in largest)
        print(f"{name:22} {own_megabytes() + sum(sizes.values()):5.0f} MB  ({shown})")


if __name__ == "__main__":
    main()
