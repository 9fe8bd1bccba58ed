import re
from importlib import import_module
from pkgutil import iter_modules

import pytest

from lambdaudit import secrets
from lambdaudit.secrets.lazily import Lazy, lazy

MODULES = [import_module(f"{secrets.__name__}.{module.name}") for module in iter_modules(secrets.__path__)]


def test_a_lazy_pattern_does_what_a_compiled_one_does() -> None:
    assert lazy("B(?P<n>.)", re.I).sub(r"-\g<n>", "abc") == "a-c"
    assert lazy(rb"\x00(.)").findall(b"a\x00b\x00c") == [b"b", b"c"]
    assert lazy("(a)|(b)").groups == 2


def test_an_error_shows_on_first_use() -> None:
    broken = lazy("(")
    with pytest.raises(re.error):
        broken.match("")


@pytest.mark.parametrize("module", MODULES, ids=lambda m: m.__name__)
def test_every_pattern_compiles(module: object) -> None:
    for value in vars(module).values():
        for one in value if isinstance(value, tuple) else (value,):
            for part in one if isinstance(one, tuple) else (one,):
                assert not isinstance(part, Lazy) or part.groups >= 0
