"""Keyed hashes of values."""

import re

import pytest

from lambdaudit.secrets import fingerprint, key_from_phrase, new_key, run_key


def test_equal_values_compare_under_one_key_only() -> None:
    first, second = new_key(), new_key()
    assert fingerprint("hunter2", first) == fingerprint(" hunter2\n", first)
    assert fingerprint("hunter2", first) != fingerprint("hunter3", first)
    assert fingerprint("hunter2", first) != fingerprint("hunter2", second)
    assert re.fullmatch(r"[0-9a-f]{16}", fingerprint("hunter2", first))


def test_a_phrase_gives_the_same_key_again() -> None:
    key = key_from_phrase("orchard of the auditors")
    assert key == key_from_phrase("orchard of the auditors")
    assert key != key_from_phrase("orchard of the auditor")
    assert fingerprint("x", key) == fingerprint("x", key_from_phrase("orchard of the auditors"))


def test_odd_values_and_keys() -> None:
    assert fingerprint("\ud800", new_key())
    assert fingerprint("", b"k" * 200) != fingerprint("", b"k" * 201)
    with pytest.raises(ValueError, match="shorter than 16 bytes"):
        fingerprint("x", b"short")


def test_a_run_has_one_key_for_all_that_it_reads() -> None:
    assert run_key() == run_key()
    assert len(run_key()) >= 16
