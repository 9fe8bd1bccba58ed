"""Key material and ciphertext: PEM, DER, JWK, and what has been encrypted before it was stored."""

import re
from collections.abc import Iterator

from .checksums import decode_base64
from .formats import Found
from .lazily import lazy
from .verdict import Shape

_PEM = lazy(r"-----BEGIN ([A-Z0-9 ]{0,40}?)(PRIVATE KEY(?: BLOCK)?|PUBLIC KEY(?: BLOCK)?|CERTIFICATE(?: REQUEST)?|MESSAGE)-----")
_PEM_ANCHOR = "-----BEGIN "
_PUTTY = "PuTTY-User-Key-File-"
_MOST_PEM = 16384
_LEAST_PEM = 60
# OpenSSH keys say in their header which cipher seals them; "none" in base 64 at this place means unsealed.
_SEALED_SSH = lazy(r"b3BlbnNzaC1rZXktdjEAAAAA(?:CmFlczI1Ni|CmFlczEyOC|FmFlczI1Ni|E2FlczI1Ni|FWNoYWNoYTIw)")
_FILLER = lazy(r"\.\.\.|xxxx|<|\[|your|example", re.I)

_DER_PRIVATE = lazy(rb"\x30(?:\x82..|\x81.|[\x20-\x7f])\x02\x01[\x00\x01](?:\x02|\x30|\x04)", re.S)
_DER_CERTIFICATE = lazy(rb"\x30\x82..\x30\x82..(?:\xa0\x03|\x02)", re.S)
_DER_PUBLIC = lazy(rb"\x30(?:\x82..|\x81.|[\x20-\x7f])\x30[\x05-\x20]\x06", re.S)

# A symmetric KMS ciphertext: version 1, key kind, and a 120-byte header; inside, a CMS envelope naming AES-256-GCM.
_KMS_HEADS = tuple(bytes((1, kind, part, 0, 0x78)) for kind in (1, 2, 3) for part in (1, 2, 3))
# Emulators of AWS put the key id before nonce, tag and text.
_EMULATED_KMS = lazy(rb"(?:mrk-[0-9a-f]{32}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}).{28}", re.S)
_GCM_OID = bytes.fromhex("060960864801650304012e")
_LEAST_KMS = 100
# AWS Encryption SDK messages: version 1 with type 128, or version 2 with a committing algorithm suite.
_SDK_HEADS = (b"\x01\x80\x00", b"\x01\x80\x01", b"\x01\x80\x02", b"\x01\x80\x03", b"\x02\x04\x78", b"\x02\x05\x78")
_LEAST_SDK = 200
_GCP_KMS = "CiQA"
_MARKED = lazy(
    r"ENC\[[^\]]{8,8192}\]|ENC\([A-Za-z0-9+/=]{8,8192}\)|\{cipher\}\S{16,8192}|vault:v\d+:[A-Za-z0-9+/=]{16,8192}"
    r"|\$ANSIBLE_VAULT;[\d.]{3,6};.{0,9000}|encrypted:[A-Za-z0-9+/=_-]{24,8192}|age-encryption\.org/v1.{0,9000}",
    re.S,
)
_KMS_PREFIX = lazy(r"(?:kms|KMS|secure|ciphertext|encrypted|aws-kms)[:=|]\s?")
_BASE64_BLOB = lazy(r"[A-Za-z0-9+/_-]{40,65536}={0,2}")

_IMAGES = (
    "iVBORw0KGgo",
    "/9j/",
    "R0lGOD",
    "UklGR",
    "PHN2Zy",
    "JVBERi0",
    "UEsDB",
    "H4sI",
    "AAABAA",
    "d09GM",
    "d09GR",
    "AGFzbQ",
)


def private_keys(text: str) -> Iterator[Found]:
    """Private keys in PEM or PuTTY form, with real or escaped line ends; sealed ones come with kind None."""
    at = text.find(_PEM_ANCHOR)
    while at >= 0:
        head = _PEM.match(text, at)
        if head and head[2].startswith("PRIVATE"):
            end = text.find("-----END", head.end(), head.end() + _MOST_PEM)
            body = text[head.end() : end if end >= 0 else head.end() + _MOST_PEM]
            stop = (text.find("-----", end + 8) + 5 or len(text)) if end >= 0 else head.end() + len(body)
            if "ENCRYPTED" in head[1] or "ENCRYPTED" in body[:80] or _SEALED_SSH.search(body[:60]):
                yield Found(None, "high", at, stop, Shape.CIPHERTEXT)
            elif len(body) >= _LEAST_PEM and not _FILLER.search(body[:200]):
                yield Found("private-key", "high", at, stop)
        at = text.find(_PEM_ANCHOR, at + len(_PEM_ANCHOR))
    at = text.find(_PUTTY)
    if at >= 0 and "Private-Lines:" in text[at : at + _MOST_PEM] and "Encryption: none" in text[at : at + 200]:
        yield Found("private-key", "high", at, min(len(text), at + _MOST_PEM))


def public_pem(text: str) -> bool:
    """Whether a text is one or more PEM certificates, requests or public keys and nothing else of note."""
    first = _PEM.search(text[:300])
    return bool(first and not first[2].startswith(("PRIVATE", "MESSAGE")))


def der_kind(value: str) -> str | None:
    """``private``, ``certificate`` or ``public`` for base 64 of a DER structure; None for anything else."""
    if not value.startswith("M") or len(value) < _LEAST_PEM:
        return None
    data = decode_base64(value[: len(value) // 4 * 4][:64])
    if data is None:
        return None
    for kind, pattern in (("certificate", _DER_CERTIFICATE), ("private", _DER_PRIVATE), ("public", _DER_PUBLIC)):
        if pattern.match(data):
            return kind
    return None


def ciphertext(value: str) -> Shape | None:
    """KMS_CIPHERTEXT or CIPHERTEXT for a value encrypted before it was stored, as Lambda's console helpers do; else None.

    The layouts are undocumented but constant: KMS blobs begin with ``01 02 02 00 78`` (base 64 ``AQICAHh``) and name AES-256-GCM.
    """
    if _MARKED.fullmatch(value):
        return Shape.CIPHERTEXT
    if value.startswith(_PEM_ANCHOR + "PGP MESSAGE"):
        return Shape.CIPHERTEXT
    blob = value[match.end() :] if (match := _KMS_PREFIX.match(value)) else value
    if not _BASE64_BLOB.fullmatch(blob):
        return None
    data = decode_base64(blob)
    if data is None:
        return None
    if data.startswith(_KMS_HEADS) and len(data) >= _LEAST_KMS and (_GCM_OID in data[:200] or len(data) > 140):
        return Shape.KMS_CIPHERTEXT
    if _EMULATED_KMS.match(data):
        return Shape.KMS_CIPHERTEXT
    if data.startswith(_SDK_HEADS) and len(data) > _LEAST_SDK:
        return Shape.CIPHERTEXT
    if blob.startswith(_GCP_KMS) and len(data) > 60 and data[2] == 0:
        return Shape.CIPHERTEXT
    return None


def binary_content(value: str) -> bool:
    """Whether base 64 holds a picture, font, archive or document, judged by its first bytes."""
    return value.startswith(_IMAGES) or value.startswith("data:")
