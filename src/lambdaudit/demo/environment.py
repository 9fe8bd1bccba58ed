"""Keep the person's own AWS settings out of the demo, and put them back afterwards."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_OURS_TO_HIDE = ("AWS_", "BOTO_", "MOTO_")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")

NEUTRAL: Mapping[str, str] = {
    # Files that hold nothing: a broken profile of the person must not break the demo, a working one must not be used.
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "BOTO_CONFIG": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    # Some services put a prefix before the host, and streaming-127.0.0.1 names no machine.
    "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
    # Skips the sample machine images, which cost more time than the rest of the fake's EC2.
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
    "NO_PROXY": "127.0.0.1",
    "no_proxy": "127.0.0.1",
}


@contextmanager
def replaced(settings: Mapping[str, str]) -> Iterator[None]:
    """While the block runs, os.environ has none of the AWS, boto, moto and proxy variables but those of `settings`.

    Afterwards every variable that was hidden or set is as it was; variables that the block itself changed stay changed.
    """
    hidden = [name for name in os.environ if name.startswith(_OURS_TO_HIDE) or name in _PROXIES]
    before = {name: os.environ.get(name) for name in {*hidden, *settings}}
    for name in hidden:
        del os.environ[name]
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
