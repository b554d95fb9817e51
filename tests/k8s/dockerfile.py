"""The container file, instruction by instruction."""

import json
import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "k8s" / "Dockerfile"
IGNORED = ROOT / "k8s" / "Dockerfile.dockerignore"


class Instruction(NamedTuple):
    word: str
    rest: str


def instructions(text):
    """In order; continued lines joined, comments left out."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [Instruction(*line.split(None, 1)) for line in joined.splitlines() if line.strip()]


def stages(text=None):
    """Each FROM with what follows it."""
    found = []
    for one in instructions(FILE.read_text() if text is None else text):
        if one.word == "FROM":
            found.append([])
        found[-1].append(one)
    return found


def only(stage, word):
    """What the only instruction of this kind says."""
    [rest] = [one.rest for one in stage if one.word == word]
    return rest


def health_check():
    """The command that an engine runs to see whether the container is well."""
    return json.loads(only(stages()[-1], "HEALTHCHECK").partition("CMD")[2])


def environment(stage):
    return dict(re.findall(r"(\w+)=(\S+)", only(stage, "ENV")))


def copied(stage):
    """(source, target) of every COPY from the repository."""
    for one in stage:
        if one.word == "COPY" and not one.rest.startswith("--from"):
            *sources, target = one.rest.split()
            yield from ((source, target) for source in sources)


def let_through():
    """What .dockerignore does not keep from the engine: it forbids all and lists exceptions."""
    lines = [line for line in IGNORED.read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    return {line.removeprefix("!") for line in lines if line.startswith("!")}
