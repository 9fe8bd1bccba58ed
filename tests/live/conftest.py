"""The fake AWS has no quotas, so that audits of it need not be paced."""

from collections.abc import Iterator

import pytest

from tests.aws.test_gather import UNLIMITED


@pytest.fixture(scope="package", autouse=True)
def unpaced() -> Iterator[None]:
    """All budgets of audits in this process as wide as can be."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("lambdaudit.sources.aws.budget.RATES", UNLIMITED)
        yield
