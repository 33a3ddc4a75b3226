"""The main job from end to end: tag a feed, start the service, ask it about a paper, stop it.

python deploy/demo.py
"""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[1]
TAGSTRACT = [sys.executable, "-m", "tagstract"]
STARTING_SECONDS = 60

PAPER = {
    "title": "Four-bit weights for language models on phones",
    "abstract": "We quantise the weights of a large language model to four bits.",
}


def main() -> int:
    """Run the demo; returns its exit status."""
    feed = "serving/sample_feed.txt"
    print(f"\nTagging a sample feed: tagstract tag {feed} --table\n", flush=True)
    subprocess.run([*TAGSTRACT, "tag", feed, "--table"], cwd=ROOT, check=True)
    port = _free_port()
    print(f"\nStarting the service: tagstract serve --port {port}\n", flush=True)
    service = subprocess.Popen([*TAGSTRACT, "serve", "--port", str(port)], cwd=ROOT)
    try:
        address = f"http://127.0.0.1:{port}"
        if not _is_ready(service, address):
            print("\nThe service did not start; its log above says why.", file=sys.stderr)
            return 1
        body = json.dumps({"papers": [PAPER]}, indent=2)
        print(f"\nPOST {address}/tag\n{body}\n", flush=True)
        answer = _post(f"{address}/tag", body)
        print(f"\nAnswer:\n{json.dumps(answer, indent=2)}\n", flush=True)
    finally:
        service.send_signal(signal.SIGTERM)
        service.wait(60)
    print("The service has stopped. `make serve` starts it and leaves it running.")
    return 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_ready(service: subprocess.Popen[bytes], address: str) -> bool:
    """Wait until the service takes calls; False where it ends first, or takes too long."""
    end = time.monotonic() + STARTING_SECONDS
    while service.poll() is None and time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    return False


def _post(address: str, body: str) -> object:
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(address, body.encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


if __name__ == "__main__":
    raise SystemExit(main())
