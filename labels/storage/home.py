"""Where an installation keeps what is its own, beside BentoML's model store."""

from __future__ import annotations

import os
from pathlib import Path


def home_folder() -> Path:
    """The folder `tagstract` of BentoML's home: `$BENTOML_HOME`, else `~/bentoml`."""
    return Path(os.environ.get("BENTOML_HOME") or Path.home() / "bentoml") / "tagstract"
