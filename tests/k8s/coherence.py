"""What no schema knows: whether the objects fit each other, the scanner, and what the venues need."""

import re
from pathlib import Path

import scanner.exchanges
from scanner import alerting
from scanner.delivery import receiver
from scanner.store import writer
from scanner.supervisor import process
from scanner.supervisor.settings import Settings as Supervision
from tests.k8s.manifests import container, of, pod

DRAIN_S = (
    alerting.GOODBYE_S + receiver.FAREWELL_S + writer.FAREWELL_S + Supervision().grace + process.TERM_S + process.REAP_S
)
"""Every farewell one after the other, though most of them happen at once."""
EXCHANGES = Path(scanner.exchanges.__file__).parent
VENUES = ("upbit", "bithumb", "binance", "okx", "mexc", "weex", "coingecko")
"""Folders; the perpetuals of a venue stand in its own."""
OPS_PORT = 9108
PROBES = {"startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"}
"""Where each one looks. A restart helps against a loop that hangs, never against a venue that is down."""


def contradictions(objects):
    """What does not fit together, a sentence each; empty when it works."""
    return [sentence for judge in JUDGES for sentence in judge(objects)]


def _ports(objects):
    named = {port["name"]: port["containerPort"] for port in container(objects)["ports"]}
    if named.get("ops") != OPS_PORT:
        yield f"the ops port is not {OPS_PORT}"
    service = {port["name"]: port["targetPort"] for port in of(objects, "Service")["spec"]["ports"]}
    if not set(service.values()) <= named.keys():
        yield "the service leads to a port that the container does not have"
    for one in objects:
        if one["kind"] == "ServiceMonitor" and not {end["port"] for end in one["spec"]["endpoints"]} <= service.keys():
            yield "the ServiceMonitor asks a port that the service does not have"
    policy = of(objects, "NetworkPolicy")["spec"]
    if not {port["port"] for rule in policy["ingress"] for port in rule["ports"]} <= named.keys():
        yield "the NetworkPolicy opens a port that the container does not have"


def _probes(objects):
    for name, path in PROBES.items():
        probe = container(objects).get(name, {}).get("httpGet", {})
        if (probe.get("path"), probe.get("port")) != (path, "ops"):
            yield f"the {name} does not ask {path} on the ops port"


def _selectors(objects):
    labels = of(objects, "Deployment")["spec"]["template"]["metadata"]["labels"].items()
    chosen = {
        "Deployment": of(objects, "Deployment")["spec"]["selector"]["matchLabels"],
        "Service": of(objects, "Service")["spec"]["selector"],
        "NetworkPolicy": of(objects, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
        "PodDisruptionBudget": of(objects, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
    }
    yield from (f"the {kind} selects no pod" for kind, wanted in chosen.items() if not wanted.items() <= labels)
    for spread in pod(objects)["topologySpreadConstraints"]:
        if not spread["labelSelector"]["matchLabels"].items() <= labels:
            yield "the topology spread counts no pod"


def _life(objects):
    deployment = of(objects, "Deployment")["spec"]
    if pod(objects)["terminationGracePeriodSeconds"] <= DRAIN_S:
        yield f"the pod is killed before it had the {DRAIN_S} s that a drain may take"
    if deployment["strategy"]["type"] != "Recreate" or deployment["replicas"] != 1:
        yield "two scanners would share a state folder"
    if of(objects, "PodDisruptionBudget")["spec"].get("maxUnavailable") != 1:
        yield "the only pod can never be moved"


def _references(objects):
    names = {(one["kind"], one["metadata"]["name"]) for one in objects}
    kept = {"configMap": ("ConfigMap", "name"), "persistentVolumeClaim": ("PersistentVolumeClaim", "claimName")}
    for volume in pod(objects)["volumes"]:
        for field, (kind, key) in kept.items():
            if field in volume and (kind, volume[field][key]) not in names:
                yield f"volume {volume['name']} names a {kind} that is not there"
    mounted = {mount["name"] for mount in container(objects)["volumeMounts"]}
    if mounted != {volume["name"] for volume in pod(objects)["volumes"]}:
        yield "volumes and their mounts do not agree"
    if any(one["kind"] == "Secret" for one in objects):
        yield "a secret stands in the manifests"


def _folders(objects):
    """Where the scanner writes has to be a volume, for the rest is read-only."""
    variables = {one["name"]: one.get("value") for one in container(objects)["env"]}
    places = {mount["mountPath"] for mount in container(objects)["volumeMounts"] if not mount.get("readOnly")}
    if not {variables.get("SCANNER__STATE__DIR"), "/tmp"} <= places:  # noqa: S108 - a path in the container
        yield "the scanner could not write where it has to"


def _venues(objects):
    rules = of(objects, "NetworkPolicy")["spec"]["egress"]
    outside = {
        port["port"] for rule in rules for port in rule["ports"] if any("ipBlock" in peer for peer in rule["to"])
    }
    for venue, port in sorted(venue_ports()):
        if port not in outside:
            yield f"{venue} is served on port {port}, which the NetworkPolicy forbids"


def venue_ports():
    """(venue, port) of every address that stands in a venue's folder, for each of its sites."""
    return {
        (name, int(port or 443))
        for name in VENUES
        for file in (EXCHANGES / name).rglob("*.py")
        for port in re.findall(r"\b(?:https|wss)://[\w.{}-]+(?::(\d+))?", file.read_text())
    }


JUDGES = (_ports, _probes, _selectors, _life, _references, _folders, _venues)
