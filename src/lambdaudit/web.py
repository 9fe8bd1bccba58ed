"""How addresses on the web are asked: by the proxies and certificate authorities of the environment, and silently."""

import logging
import os
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import urllib3

_LOGGERS = ("urllib3.connectionpool", "urllib3.connection", "urllib3.poolmanager", "urllib3.util.retry")
_quiet = threading.local()


def proxied(address: str, **options: Any) -> "urllib3.PoolManager":
    """Connections as the environment wants them: HTTPS_PROXY, NO_PROXY, and the CA bundle of the AWS tools.

    `options` are those of urllib3's PoolManager. Raises ValueError when the proxy's address makes no sense.
    """
    import urllib3

    parts = urlsplit(address)
    bundle = os.environ.get("AWS_CA_BUNDLE") or os.environ.get("REQUESTS_CA_BUNDLE") or None
    proxy = urllib.request.getproxies().get(parts.scheme)
    if proxy and not urllib.request.proxy_bypass(parts.hostname or ""):
        return urllib3.ProxyManager(proxy if "://" in proxy else f"http://{proxy}", ca_certs=bundle, **options)
    return urllib3.PoolManager(ca_certs=bundle, **options)


@contextmanager
def unlogged() -> Iterator[None]:
    """Keep what this thread's requests would write into log records, addresses above all, out of them."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_not_ours)  # adding it again changes nothing
    _quiet.on = True
    try:
        yield
    finally:
        _quiet.on = False


def _not_ours(_record: logging.LogRecord) -> bool:
    return not getattr(_quiet, "on", False)
