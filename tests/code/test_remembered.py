"""What is kept of files: by path and content, and no more than it may be."""

from hypothesis import given
from hypothesis import strategies as st

from lambdaudit.code.remembered import Remembered


@given(st.lists(st.tuples(st.sampled_from("ab"), st.binary(max_size=6)), max_size=40))
def test_a_file_is_read_once_while_it_is_remembered(files: list[tuple[str, bytes]]) -> None:
    made: list[tuple[str, bytes]] = []

    def make(path: str, data: bytes) -> tuple[str, bytes]:
        made.append((path, data))
        return path, data

    kept: Remembered[tuple[str, bytes]] = Remembered(12)
    for path, data in files:
        before = len(made)
        assert kept.of(path, data, make) == (path, data)
        again = len(made)
        assert kept.of(path, data, make) == (path, data)
        assert len(made) == again <= before + 1


def test_the_oldest_go_first_and_what_is_too_large_is_not_kept() -> None:
    made: list[str] = []
    kept: Remembered[None] = Remembered(10)

    def of(path: str, size: int) -> None:
        kept.of(path, b"x" * size, lambda path, _: made.append(path))

    for path, size in (("a", 4), ("b", 4), ("a", 4), ("c", 4), ("a", 4), ("b", 4), ("huge", 11), ("huge", 11), ("b", 4)):
        of(path, size)
    assert made == ["a", "b", "c", "b", "huge", "huge"]
