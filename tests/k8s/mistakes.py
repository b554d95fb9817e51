"""Mistakes that somebody could make in the manifests, and who has to notice each."""

from typing import Any, NamedTuple

from tests.k8s.manifests import container, of, pod


class Mistake(NamedTuple):
    name: str
    make: Any
    """Changes the objects of an overlay."""
    noticed: dict[str, str]
    """Judge → what its finding has to hold: the id of a check, or words of its sentence."""


def _container(**changes):
    return lambda objects: container(objects).update(changes)


def _secured(**changes):
    return lambda objects: container(objects)["securityContext"].update(changes)


def _pod(**changes):
    return lambda objects: pod(objects).update(changes)


def _without(*path):
    """A change that takes a key of the container away."""

    def make(objects):
        place = container(objects)
        for key in path[:-1]:
            place = place[key]
        del place[path[-1]]

    return make


def _root(objects):
    for security in (pod(objects)["securityContext"], container(objects)["securityContext"]):
        security.update(runAsUser=0, runAsNonRoot=False)


def _unconfined(objects):
    for security in (pod(objects)["securityContext"], container(objects)["securityContext"]):
        security["seccompProfile"] = {"type": "Unconfined"}


def _host_folder(objects):
    pod(objects)["volumes"].append({"name": "host", "hostPath": {"path": "/"}})


def _spec(kind, **changes):
    return lambda objects: of(objects, kind)["spec"].update(changes)


def _version(kind, version):
    return lambda objects: of(objects, kind).update(apiVersion=version)


def _probe(name, **request):
    return lambda objects: container(objects)[name]["httpGet"].update(request)


def _only_https(objects):
    rule = of(objects, "NetworkPolicy")["spec"]["egress"][1]
    rule["ports"] = [port for port in rule["ports"] if port["port"] == 443]


def _nobodys(kind):
    """A selector that finds nothing."""

    def make(objects):
        spec = of(objects, kind)["spec"]
        selector = spec.get("podSelector") or spec["selector"]
        selector.get("matchLabels", selector)["app.kubernetes.io/name"] = "canner"

    return make


def _unnamed_rule(objects):
    del of(objects, "PrometheusRule")["spec"]["groups"][0]["rules"][0]["expr"]


def _monitored_port(objects):
    of(objects, "ServiceMonitor")["spec"]["endpoints"][0]["port"] = "metrics"


def _another_claim(objects):
    [state] = [volume for volume in pod(objects)["volumes"] if volume["name"] == "state"]
    state["persistentVolumeClaim"]["claimName"] = "state"


MISTAKES = (
    Mistake("privileged", _secured(privileged=True), {"restricted": "is privileged", "checkov": "CKV_K8S_16"}),
    Mistake(
        "privileges may grow",
        _secured(allowPrivilegeEscalation=True),
        {"restricted": "allows privilege escalation", "checkov": "CKV_K8S_20"},
    ),
    Mistake("root", _root, {"restricted": "may run as root", "checkov": "CKV_K8S_40"}),
    Mistake(
        "all capabilities",
        _without("securityContext", "capabilities"),
        {"restricted": "drop ALL", "checkov": "CKV_K8S_37"},
    ),
    Mistake("no seccomp", _unconfined, {"restricted": "unsafe seccompProfile", "checkov": "CKV_K8S_31"}),
    Mistake("the host's network", _pod(hostNetwork=True), {"restricted": "hostNetwork", "checkov": "CKV_K8S_19"}),
    Mistake("a folder of the host", _host_folder, {"restricted": "is a hostPath", "coherence": "do not agree"}),
    Mistake("writable root", _secured(readOnlyRootFilesystem=False), {"checkov": "CKV_K8S_22"}),
    Mistake("a token of the API", _pod(automountServiceAccountToken=True), {"checkov": "CKV_K8S_38"}),
    Mistake("latest", _container(image="scanner:latest"), {"checkov": "CKV_K8S_14"}),
    Mistake("no memory limit", _without("resources", "limits", "memory"), {"checkov": "CKV_K8S_13"}),
    Mistake("no CPU limit", _without("resources", "limits", "cpu"), {"checkov": "CKV_K8S_11"}),
    Mistake("no memory request", _without("resources", "requests", "memory"), {"checkov": "CKV_K8S_12"}),
    Mistake("no liveness", _without("livenessProbe"), {"checkov": "CKV_K8S_8", "coherence": "the livenessProbe"}),
    Mistake("no readiness", _without("readinessProbe"), {"checkov": "CKV_K8S_9", "coherence": "the readinessProbe"}),
    Mistake("killed for a venue", _probe("livenessProbe", path="/readyz"), {"coherence": "the livenessProbe"}),
    Mistake(
        "a port in words", _container(ports=[{"name": "ops", "containerPort": "9108"}]), {"kubernetes": "containerPort"}
    ),
    Mistake("another port", _container(ports=[{"name": "ops", "containerPort": 8080}]), {"coherence": "not 9108"}),
    Mistake("an old version", _version("Deployment", "apps/v1beta1"), {"kubernetes": "Couldn't find schema"}),
    Mistake("a misspelt key", _spec("Deployment", replica=1), {"kubernetes": "'replica' was unexpected"}),
    Mistake("an unknown strategy", _spec("Deployment", strategy="Recreate"), {"kubernetes": "spec.strategy"}),
    Mistake("two scanners", _spec("Deployment", replicas=2), {"coherence": "share a state folder"}),
    Mistake("killed while it drains", _pod(terminationGracePeriodSeconds=5), {"coherence": "before it had"}),
    Mistake("a service of nobody", _nobodys("Service"), {"coherence": "the Service selects no pod"}),
    Mistake("a policy of nobody", _nobodys("NetworkPolicy"), {"coherence": "the NetworkPolicy selects no pod"}),
    Mistake("only 443", _only_https, {"coherence": "okx is served on port 8443"}),
    Mistake(
        "a budget that holds drains up", _spec("PodDisruptionBudget", maxUnavailable=0), {"coherence": "never be moved"}
    ),
    Mistake("somebody else's claim", _another_claim, {"coherence": "PersistentVolumeClaim that is not there"}),
    Mistake("a rule that asks nothing", _unnamed_rule, {"custom": "must have required property expr"}),
    Mistake("endpoints that are no list", _spec("ServiceMonitor", endpoints={}), {"custom": "endpoints must be array"}),
    Mistake("a port that is not served", _monitored_port, {"coherence": "the ServiceMonitor asks a port"}),
    Mistake(
        "an operator of another age", _version("ServiceMonitor", "monitoring.coreos.com/v2"), {"custom": "has no kind"}
    ),
)
