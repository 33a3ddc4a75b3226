"""What dependencies would send about their use, switched off: nothing here phones home."""

from __future__ import annotations

import os
import sys

__all__ = ["OFF", "switch_off_telemetry"]

OFF = {
    # Looks up a host of Microsoft, and keeps a device id and events in ~/.cache/Microsoft;
    # `onnxruntime.disable_telemetry_events()` does not stop it.
    "ORT_DISABLE_TELEMETRY": "1",
    "BENTOML_DO_NOT_TRACK": "True",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    # What other tools have agreed on.
    "DO_NOT_TRACK": "1",
}
"""The environment variable of each dependency, and its value for off."""


def switch_off_telemetry() -> None:
    """Set the variables for this process and its children; a value that is set already stays."""
    for name, value in OFF.items():
        os.environ.setdefault(name, value)
    # `bentoml serve` has asked for its variable, and kept the answer, before it imports us.
    bentoml = sys.modules.get("bentoml._internal.utils.analytics.usage_stats")
    if bentoml is not None:
        bentoml.do_not_track.cache_clear()
