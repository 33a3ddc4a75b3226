"""What `bentoml serve` and a Bento load: the service, with the settings of the environment."""

from __future__ import annotations

import os
import sys
from typing import Any

import bentoml

from tagstract.serving.http.app import create_app
from tagstract.serving.http.settings import Settings, rename_old
from tagstract.serving.http.worker.protocol import use_protocol
from tagstract.serving.http.worker.supervision import end_with_supervisor, guard_supervisor
from tagstract.serving.http.worker.timers import leave_out_timers

# uvicorn would believe the X-Forwarded-For of any caller on this machine; who runs a proxy there
# says so in this variable of its own.
os.environ.setdefault("FORWARDED_ALLOW_IPS", "")

rename_old(os.environ, lambda warning: print(f"tagstract: {warning}", file=sys.stderr))
SETTINGS = Settings.from_environment(os.environ)
end_with_supervisor()
guard_supervisor(SETTINGS.stop_seconds)
leave_out_timers()
use_protocol()

_APP = create_app(SETTINGS)

# BentoML finds a service by the module that makes it, so it is made here.
Tagstract: Any = bentoml.service(**_APP.options)(_APP.worker)
for _middleware, _options in _APP.middleware:
    Tagstract.add_asgi_middleware(_middleware, **_options)
