"""What every test of a whole worker starts from."""

import pytest

from tests.worker.tree import stage


@pytest.fixture
def venue(monkeypatch, nursery):
    """`venue("upbit")` runs that simulated venue; every socket and REST call of a worker then ends there."""
    return stage(monkeypatch, nursery)
