"""An open database of its own for every test that asks."""

import pytest

from tests.store.letters import database


@pytest.fixture
def db(tmp_path):
    opened = database(tmp_path)
    yield opened
    opened.close()
