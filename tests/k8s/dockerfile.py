"""The container file as instructions, and a machine's namespaces in place of the engine that would run them."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tests.system import tools

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "k8s" / "Dockerfile"
IGNORED = ROOT / "k8s" / "Dockerfile.dockerignore"
LAYERS = tools.HOME / "image"
"""What the first RUN installs, by a hash of what it depends on: the cache that an engine would have."""


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


def built():
    """The folder that is /opt in the image, made by the container file's own RUN instructions."""
    stage, _ = stages()
    first, second = [one.rest for one in stage if one.word == "RUN"]
    depends_on = first + (ROOT / "k8s" / "requirements.txt").read_text() + sys.version
    home = LAYERS / hashlib.sha256(depends_on.encode()).hexdigest()[:12]
    source = home / "src" / "scanner"
    shutil.rmtree(home / "src", ignore_errors=True)
    source.mkdir(parents=True)
    _copy(stage, source)
    if not (home / "layer").is_dir():
        shutil.rmtree(LAYERS, ignore_errors=True)
        source.mkdir(parents=True)
        _copy(stage, source)
        _run(home, first)
        (home / "opt").rename(home / "layer")
    shutil.rmtree(home / "opt", ignore_errors=True)
    shutil.copytree(home / "layer", home / "opt", symlinks=True)
    _run(home, second)
    return home / "opt"


def _copy(stage, source):
    skipped = shutil.ignore_patterns("__pycache__")
    for name, target in copied(stage):
        there = source / (Path(name).name if target == "./" else target)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, there, ignore=skipped)
        else:
            shutil.copy(ROOT / name, there)


def _python(home):
    """The folder that is /usr/local in the image: a Python that is called `python`, and that any user may start."""
    prefix = Path(sys.base_prefix)
    if prefix != Path("/usr"):
        return prefix
    (home / "local" / "bin").mkdir(parents=True, exist_ok=True)
    python = home / "local" / "bin" / "python"
    python.unlink(missing_ok=True)
    python.symlink_to(Path(sys._base_executable).resolve())
    return home / "local"


def _run(home, line):
    """One RUN, where /opt, /usr/local and /usr/src are the image's own."""
    (home / "opt").mkdir(exist_ok=True)
    mounts = {home / "src": "/usr/src", _python(home): "/usr/local", home / "opt": "/opt"}
    binds = " && ".join(f"mount --bind {here} {there}" for here, there in mounts.items())
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(
        ["unshare", "--mount", "--fork", "sh", "-ec", f"{binds} && cd /usr/src/scanner && {line}"],
        env={**kept, "PATH": f"/usr/local/bin:{os.environ['PATH']}"},
        capture_output=True, text=True, check=False, timeout=110,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


RUNTIME = """
mount --bind {python} /usr/local
mount --bind {opt} /opt
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /var/lib
install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/scanner
mount -o remount,bind,ro /opt
mount -o remount,bind,ro /usr/local
mount -o remount,bind,ro /
ip link set lo up
cd /var/lib/scanner
exec setpriv --reuid {user} --regid {group} --clear-groups --no-new-privs --bounding-set -all --inh-caps -all \
  env -i {variables} sh -c '{act}'
"""
ACT = """
"$0" "$@" &
scanner=$!
tries=0
until {health} 2>/dev/null || [ $tries = 100 ]; do tries=$((tries + 1)); sleep 0.2; done
{health} && echo "{{\\"type\\":\\"healthy\\"}}"
touch /opt/scanner/written /etc/written 2>/dev/null || echo "{{\\"type\\":\\"read-only\\"}}"
test -f /var/lib/scanner/scanner.db && echo "{{\\"type\\":\\"kept\\"}}"
kill -TERM $scanner
wait $scanner
echo "{{\\"type\\":\\"ended\\",\\"code\\":$?}}"
"""


def lived(opt, *arguments):
    """Start the image's scanner with these arguments, ask its health, tell it to stop: (lines of JSON, its log)."""
    _, stage = stages()
    user, _, group = only(stage, "USER").partition(":")
    variables = {**environment(stage), "PATH": "/opt/scanner/bin:/usr/local/bin:/usr/bin:/bin"}
    health = _quoted(json.loads(only(stage, "HEALTHCHECK").partition("CMD")[2]))
    command = [*json.loads(only(stage, "ENTRYPOINT")), *arguments]
    script = RUNTIME.format(
        opt=opt, python=_python(opt.parent), user=user, group=group, act=ACT.format(health=health).replace("'", "'\\''"),
        variables=_quoted(f"{name}={value}" for name, value in variables.items()),
    )  # fmt: skip
    done = subprocess.run(
        ["unshare", "--mount", "--net", "--fork", "sh", "-ec", f"{script.rstrip()} {_quoted(command)}"],
        capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def _quoted(words):
    return " ".join("'" + word.replace("'", "'\\''") + "'" for word in words)
