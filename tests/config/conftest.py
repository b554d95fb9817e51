"""How the tests of this room read a configuration."""

import pytest

from scanner.config.errors import ConfigError
from scanner.config.load import load
from tests.config.standins import SCHEMA


@pytest.fixture
def reading(tmp_path):
    """Load the stand-in schema from a TOML text and other layers."""

    def read(toml="", env=(), sets=(), options=()):
        path = tmp_path / "scanner.toml"
        path.write_text(toml)
        return load(SCHEMA, file=str(path) if toml else None, environment=dict(env), sets=sets, options=options)

    return read


@pytest.fixture
def complaint(reading, tmp_path):
    """The one line that a wrong configuration is answered with, without the folder of the file."""

    def told(toml="", **layers):
        with pytest.raises(ConfigError) as caught:
            reading(toml, **layers)
        return str(caught.value).replace(f"{tmp_path}/", "")

    return told
