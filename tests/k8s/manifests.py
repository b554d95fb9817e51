"""The manifests as a cluster gets them: rendered by kustomize, as plain objects."""

import copy
import subprocess
from functools import cache
from pathlib import Path

import yaml

HOME = Path(__file__).resolve().parents[2] / "k8s"
ROOTS = {"base": HOME / "base", "single": HOME / "overlays" / "single", "production": HOME / "overlays" / "production"}
OPERATOR = "monitoring.coreos.com/"


@cache
def _text(name):
    command = ["kubectl", "kustomize", str(ROOTS[name])]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", "kustomize warns of something"
    return done.stdout


def rendered(name):
    """All objects of an overlay, each its own copy."""
    return list(yaml.safe_load_all(_text(name)))


def text(objects):
    return yaml.safe_dump_all(objects, sort_keys=False)


def of(objects, kind):
    """The only object of a kind."""
    [found] = [one for one in objects if one["kind"] == kind]
    return found


def pod(objects):
    return of(objects, "Deployment")["spec"]["template"]["spec"]


def container(objects):
    [found] = pod(objects)["containers"]
    return found


def is_custom(one):
    """Of a kind that Kubernetes itself does not know."""
    return one["apiVersion"].startswith(OPERATOR)


def changed(objects, change):
    """A copy of them with a mistake in it."""
    copies = copy.deepcopy(objects)
    change(copies)
    return copies
