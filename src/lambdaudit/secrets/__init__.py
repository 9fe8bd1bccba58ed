"""Find secrets in variables, code, configuration and free text without ever passing them on."""

from .fingerprint import fingerprint, key_from_phrase, new_key, run_key
from .judge import judge, judge_all
from .redact import redact
from .scan import scan_text
from .verdict import Context, Hit, Judgement, Reference, Shape

__all__ = [
    "Context",
    "Hit",
    "Judgement",
    "Reference",
    "Shape",
    "fingerprint",
    "judge",
    "judge_all",
    "key_from_phrase",
    "new_key",
    "redact",
    "run_key",
    "scan_text",
]
