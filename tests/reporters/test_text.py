import json
import unicodedata

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from lambdaudit.reporters.text import block, count, json_block, json_bytes, one_line

ANY_TEXT = st.text(alphabet=st.characters(), max_size=60)


@given(ANY_TEXT)
@example("\x1b[31mred\x07")
@example("safe\u202egnp.exe\u2066\u200b")
@example("\ud800 lone")
def test_nothing_that_acts_or_hides_is_left(text: str) -> None:
    for shown in (one_line(text), block(text)):
        assert not {unicodedata.category(c) for c in shown.replace("\n", "").replace("\t", "")} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert "\n" not in one_line(text)
    assert "\t" not in one_line(text)


def test_what_is_hidden_is_spelt_out() -> None:
    assert one_line("a\x1b[2J\u202e\n\tz") == r"a\x1b[2J\u202e\n\tz"
    assert block("a\r\nb\x00") == "a\nb\\x00"


def test_commands_of_ci_systems_do_not_survive_in_the_middle_of_a_line() -> None:
    assert "##[" not in one_line("x ##[error]y")
    assert "##vso[" not in one_line("##vso[task.complete]")


def test_plain_text_of_any_language_stays() -> None:
    for text in ("orders-api", "Bestellungen für Köln", "注文サービス", "arn:aws:iam::111122223333:role/x"):
        assert one_line(text) == text


def test_long_text_is_cut_with_a_sign() -> None:
    assert one_line("x" * 10_000, 50) == "x" * 49 + "…"


STORABLE = st.text(max_size=40)
JSON = st.recursive(
    STORABLE | st.integers(-9, 9) | st.booleans() | st.none(), lambda v: st.lists(v) | st.dictionaries(STORABLE, v)
)


@given(JSON)
@example({"back\\slash \\u0000 \x00": ['"\x1b"', "\\"]})
def test_a_json_document_is_made_harmless_without_decoding_it(value: object) -> None:
    assert json.loads(json_block(msgspec.json.encode(value).decode())) == _harmless(value)


def _harmless(value: object) -> object:
    if isinstance(value, str):
        return "".join(c if c in "\t\n" else block(c) for c in value)
    if isinstance(value, list):
        return [_harmless(item) for item in value]
    if isinstance(value, dict):
        return {_harmless(key): _harmless(item) for key, item in value.items()}
    return value


def test_counts_are_grammatical() -> None:
    assert [count(n, "function") for n in (0, 1, 2, 1200)] == ["0 functions", "1 function", "2 functions", "1,200 functions"]
    assert count(2, "policy", "policies") == "2 policies"


@given(JSON)
def test_documents_as_bytes_come_out_the_same(value: object) -> None:
    data = msgspec.json.encode(value)
    assert json_bytes(data) == json_block(data.decode()).encode()


def test_every_hidden_character_is_spelt_out_in_bytes() -> None:
    for code in (*range(0x20, 0xD800), *range(0xE000, 0x10000), *range(0x1D100, 0x1D200), *range(0xE0000, 0xE1000)):
        data = msgspec.json.encode(chr(code))
        assert json_bytes(data) == json_block(data.decode()).encode(), hex(code)
