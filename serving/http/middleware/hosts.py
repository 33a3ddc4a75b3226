"""Which names the service answers to: a page whose own name was pointed here is not one of ours.

A browser lets a page call the host that the page came from. Whoever owns that host's name can point
it at this machine after the page has loaded (DNS rebinding); the call then carries that name as its
`Host`, and its `Origin` agrees with it. An address instead of a name can't be pointed elsewhere.
"""

from __future__ import annotations

import ipaddress

from starlette.types import ASGIApp, Receive, Scope, Send

from tagstract.serving.http.faults import fault, refuse

__all__ = ["Hosts", "host_name"]

_PROBES = {"/livez", "/readyz", "/healthz"}
_LOCAL = "localhost"


class Hosts:
    """ASGI middleware: refuses a call whose `Host` is another name than those given.

    Addresses, `localhost` and names below it are always taken, and so is a call without the
    header, which no browser sends. Probes are taken under any name.

    Args:
        names: further names, in small letters and without a port; `*` takes all.
    """

    def __init__(self, app: ASGIApp, names: tuple[str, ...]) -> None:
        self._app, self._names = app, frozenset(names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in _PROBES:
            hosts = [value for name, value in scope["headers"] if name == b"host"]
            if not all(self._is_ours(host) for host in hosts):
                text = "this host name is not allowed; TAGSTRACT_HOSTS lists the allowed ones"
                await refuse(fault("forbidden", text), scope, receive, send, close=True)
                return
        await self._app(scope, receive, send)

    def _is_ours(self, host: bytes) -> bool:
        if "*" in self._names or not host:
            return True
        name = host_name(host.decode("latin-1"))
        if name == _LOCAL or name.endswith(f".{_LOCAL}") or name in self._names:
            return True
        try:
            ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return False
        return True


def host_name(host: str) -> str:
    """A host without its port, in small letters and without the dot that may end it."""
    name = host.strip().lower()
    head, colon, port = name.rpartition(":")
    if colon and (port.isdigit() or not port) and (":" not in head or head.startswith("[")):
        name = head
    return name.removesuffix(".")
