"""What every format takes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Papers = Iterable[dict[str, Any]]
"""Tagged papers in their order; can be iterated more than once."""
