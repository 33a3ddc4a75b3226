"""Every reader and the body check on damaged files, briefly. `python tests/fuzz.py` is longer."""

from __future__ import annotations

import pytest
from fuzz import fuzz, targets

TARGETS = targets()


@pytest.mark.parametrize("name", TARGETS)
def test_a_damaged_file_is_read_or_refused(name):
    run, seeds = TARGETS[name]
    result = fuzz(run, seeds, seed=14, seconds=5, most=30)
    assert result.executions > 5
    assert result.findings == {}
    assert len(result.lines) > 30
