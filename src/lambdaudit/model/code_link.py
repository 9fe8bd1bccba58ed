"""A link to a package: whoever has it can download the code, so it is treated like a secret."""

from typing import NoReturn


class CodeLink:
    """Where a package can be downloaded for a few minutes, and the SHA-256 that the service states for it (Base64, may be empty).

    The address comes out of :meth:`reveal` only: printing, formatting, comparing and storing the object never show it.
    """

    __slots__ = ("_address", "sha256")

    def __init__(self, address: str, sha256: str = "") -> None:
        self._address = address
        self.sha256 = sha256

    def reveal(self) -> str:
        """The address, for the one request that needs it."""
        return self._address

    def __repr__(self) -> str:
        return f"CodeLink(…, sha256={self.sha256!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a link to code is never stored")
