"""Documents: values with their places, CloudFormation's tags, and files that are hostile or broken."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.sources.iac.documents import MAX_DEPTH, DocumentError, decode, parse, parse_all
from lambdaudit.sources.iac.values import List, Map, Span, Str
from lambdaudit.sources.iac.values import span_of as place_of


def span_of(value: Any) -> Span:
    """The place of a value that has one."""
    found = place_of(value)
    assert found is not None
    return found


YAML = """\
Top:
  text: plain
  number: 12
  list:
    - first
    - {inner: !Ref Name}
  block: |
    one
    two
  flag: true
"""


def test_places_of_yaml() -> None:
    top = parse(YAML, "a.yaml").value["Top"]
    assert isinstance(top, Map)
    places = [place for key in ("text", "number") if (place := top.at(key))]
    assert [(place.source, place.line, place.column) for place in places] == [
        ("a.yaml", 2, 9),
        ("a.yaml", 3, 11),
    ]
    assert isinstance(top["list"], List)
    assert span_of(top["list"][0]).line == 5
    assert span_of(top["list"][1]["inner"]["Ref"]).line == 6
    assert span_of(top["block"]).line == 8, "the text begins below its mark"
    flag = top.at("flag")
    assert flag is not None
    assert flag.line == 10, "a truth value has the place of its key"


def test_places_of_json() -> None:
    value = parse('{\n  "a": [1,\n    {"b": "x"}],\n  "c": true\n}', "a.json").value
    assert (value.at("c").line, value.at("c").column) == (4, 3)
    inner = value["a"][1]
    assert (inner.at("b").line, inner.at("b").column) == (3, 11)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("!Ref X", {"Ref": "X"}),
        ("!GetAtt A.B.C", {"Fn::GetAtt": ["A", "B.C"]}),
        ("!GetAtt [A, B]", {"Fn::GetAtt": ["A", "B"]}),
        ("!Sub 'x${y}'", {"Fn::Sub": "x${y}"}),
        ("!Join [a, [!Ref b]]", {"Fn::Join": ["a", [{"Ref": "b"}]]}),
        ("!If [C, !If [D, 1, 2], 3]", {"Fn::If": ["C", {"Fn::If": ["D", 1, 2]}, 3]}),
        ("!Condition C", {"Condition": "C"}),
        ("!Equals [1, '1']", {"Fn::Equals": [1, "1"]}),
        ("012345678901", "012345678901"),
        ("2012-10-17", "2012-10-17"),
        ("1.10", 1.1),
        ("0x1F", 31),
        ("'12'", "12"),
        ("yes", True),
        ("~", None),
        ("!!str 12", "12"),
    ],
)
def test_scalars_and_tags(text: str, wanted: object) -> None:
    assert parse(text, "a.yaml").value == wanted


def test_key_that_yaml_takes_for_a_truth_value_stays_a_text() -> None:
    assert parse("On: x\nno: y\n", "a.yaml").value == {"On": "x", "no": "y"}


def test_last_of_equal_keys_counts_with_a_warning() -> None:
    for text, name in (("a: 1\nb: 2\na: 3\n", "a.yaml"), ('{"a": 1, "b": 2,\n "a": 3}', "a.json")):
        document = parse(text, name)
        assert document.value == {"a": 3, "b": 2}
        assert len(document.warnings) == 1
        assert document.warnings[0].startswith(f"{name}:")
        assert "the key a stands here again" in document.warnings[0]


def test_merge_keys() -> None:
    text = "base: &b {x: 1, y: 2}\nmore: &m {y: 3, z: 4}\none: {<<: *b, y: 5}\ntwo: {<<: [*m, *b]}\n"
    value = parse(text, "a.yaml").value
    assert value["one"] == {"y": 5, "x": 1}
    assert value["two"] == {"y": 3, "z": 4, "x": 1}
    assert value["one"].at("x").line == 1


def test_alias_is_a_copy() -> None:
    value = parse("a: &a [1]\nb: *a\n", "a.yaml").value
    value["a"].append(2)
    assert value["b"] == [1]


BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 10)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
DEEP_ALIASES = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} {'[' * 90}*a{n - 1}{']' * 90}\n" for n in range(1, 60))


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (BOMB, 6, "more than"),
        (DEEP_ALIASES, 4, "deeper than"),
        ("[" * (MAX_DEPTH + 1), 1, "deeper than"),
        ("- " * 5000 + "x", 1, "deeper than"),
        ("a: &x [*x]", 1, "refers to itself"),
        ("a: *b", 1, "is not defined"),
        ("a: 1\nb: !!python/object/apply:os.system [ls]", 2, "is not read"),
        ("a: !<tag:example.com,2000:x> 1", 1, "is not read"),
        ("a: [", 2, "is not YAML"),
        ("a: b: c", 1, "is not YAML"),
        ("a:\n\tb: 1", 2, "is not YAML"),
        ("{a: b}: c", 1, "a key is a list or an object"),
        ("<<: 5\nb: {<<: [1]}", 2, "takes objects"),
        ('{"a": 1,}', 1, "is not JSON"),
        ('{"a":\n "b" "c"}', 2, "is not JSON"),
        ('{"a": "\\q"}', 1, "unknown escape"),
        ('{"a": [1, 2}', 1, "is not JSON"),
        ("a: \x01", 0, "is not YAML"),
    ],
)
def test_broken_document_is_one_line(text: str, line: int, what: str) -> None:
    with pytest.raises(DocumentError) as error:
        parse(text, "bad.yaml")
    message = str(error.value)
    assert "\n" not in message
    assert what in message
    assert message.startswith(f"bad.yaml:{line}: " if line else "bad.yaml: ")


def test_encodings() -> None:
    assert decode("a: é".encode("utf-8-sig"), "x") == "a: é"
    assert decode("a: é".encode("utf-16"), "x") == "a: é"
    with pytest.raises(DocumentError, match="x:2: is not UTF-8"):
        decode(b"a\n\xff", "x")


def test_several_documents() -> None:
    assert [one.value for one in parse_all("a: 1\n---\nb: 2\n", "x")] == [{"a": 1}, {"b": 2}]
    assert "2 documents" in parse("a: 1\n---\nb: 2\n", "x").warnings[0]
    assert parse("", "x").value is None


@settings(max_examples=300, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=25,
    ).filter(lambda value: isinstance(value, list | dict)),
    st.sampled_from([None, 1, 3]),
)
def test_json_is_read_as_the_standard_library_reads_it(value: object, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    assert parse(text, "x").value == json.loads(text)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="abc:-[]{}&*!<>|'\"#\n ,?%@`\t~0\\", max_size=60))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    problem = ""
    try:
        parse(text, "x")
    except DocumentError as error:
        problem = str(error)
    assert "\n" not in problem


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text(min_size=1, max_size=5), st.text(max_size=20), max_size=5))
def test_yaml_texts_survive_with_their_line(value: dict[str, str]) -> None:
    import yaml

    text = yaml.safe_dump(value, default_style='"', allow_unicode=True, width=10_000, sort_keys=False)
    found = parse(text, "x").value or {}
    assert found == value
    assert all(isinstance(inner, Str) for inner in found.values())


@pytest.mark.parametrize("blank", ["{{ cookiecutter.runtime }}", "{{runtime}}", "{%- if image %}"])
def test_blanks_for_a_generator_are_named(blank: str) -> None:
    with pytest.raises(DocumentError, match="render it first"):
        parse(f"Resources:\n  Fn:\n    Runtime: {blank}\n", "template.yaml")


def test_references_that_are_settled_at_the_deployment_are_no_blanks() -> None:
    with pytest.raises(DocumentError) as failure:
        parse("Password: '{{resolve:ssm:/db}}'\n  Fn: [\n", "template.yaml")
    assert "render" not in str(failure.value)
