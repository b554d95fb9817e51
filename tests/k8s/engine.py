"""A machine's namespaces in place of the engine that would build and run the container file.

Nothing of the machine is changed: mounts live and end with the processes that see them.
"""

import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from tests.k8s.dockerfile import ROOT, copied, environment, health_check, only, stages
from tests.system import tools

INSTALL_S = 600
"""Seconds: a registry may be slow, once; afterwards the first RUN is in the cache."""
LAYERS = tools.HOME / "image"
"""What the first RUN installs, by a hash of what it depends on: the cache that an engine would have."""


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
        capture_output=True,
        text=True,
        check=False,
        timeout=INSTALL_S - 100,
    )
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
  env -i {variables} sh -c {act} {command}
"""
"""What an engine does for the container: its own folders, all read-only but for two, and a user without any rights."""
FOUND = {"PATH": "/opt/scanner/bin:/usr/local/bin:/usr/bin:/bin", "LD_LIBRARY_PATH": "/usr/local/lib"}
"""Where the base image's loader looks by itself."""
ACT = """
"$0" "$@" &
scanner=$!
tries=0
until {health} 2>/dev/null || [ $tries = 100 ]; do tries=$((tries + 1)); sleep 0.2; done
{health} && echo "{{\\"type\\":\\"healthy\\"}}"
until {ready} 2>/dev/null || [ $tries = 200 ]; do tries=$((tries + 1)); sleep 0.2; done
{ready} && echo "{{\\"type\\":\\"ready\\"}}"
touch /opt/scanner/written 2>/dev/null || touch /etc/written 2>/dev/null || echo "{{\\"type\\":\\"read-only\\"}}"
test -f /var/lib/scanner/scanner.db && echo "{{\\"type\\":\\"kept\\"}}"
kill -TERM $scanner
wait $scanner
echo "{{\\"type\\":\\"ended\\",\\"code\\":$?}}"
"""


def lived(opt, *arguments):
    """Start the image's scanner with these arguments, ask its health, tell it to stop: (lines of JSON, its log)."""
    _, stage = stages()
    user, _, group = only(stage, "USER").partition(":")
    health = _quoted(health_check())
    script = RUNTIME.format(
        python=_python(opt.parent),
        opt=opt,
        user=user,
        group=group,
        variables=_quoted(f"{name}={value}" for name, value in {**environment(stage), **FOUND}.items()),
        act=_quoted([ACT.format(health=health, ready=health.replace("/livez", "/readyz"))]),
        command=_quoted([*json.loads(only(stage, "ENTRYPOINT")), *arguments]),
    )
    done = subprocess.run(
        ["unshare", "--mount", "--net", "--fork", "sh", "-ec", script],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def _quoted(words):
    return " ".join(map(shlex.quote, words))
