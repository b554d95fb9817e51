"""What a cluster is handed: valid, locked down, and of one piece; and each mistake is noticed by somebody."""

import json
import runpy
from typing import NamedTuple

import pytest

from scanner import __version__
from scanner.settings import configuration
from tests.k8s import coherence, judges, manifests, restricted
from tests.k8s.manifests import container, of, pod
from tests.k8s.mistakes import MISTAKES

pytestmark = pytest.mark.system("kubernetes-client")

OVERLAYS = ("single", "production")


class Case(NamedTuple):
    """One set of objects, to be judged by everybody."""

    name: str
    objects: list


def cases():
    production = manifests.rendered("production")
    return [
        *(Case(name, manifests.rendered(name)) for name in manifests.ROOTS),
        *(Case(mistake.name, manifests.changed(production, mistake.make)) for mistake in MISTAKES),
    ]


def file_of(name):
    return name.replace(" ", "-").replace("'", "")


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Every case as a file: what Kubernetes knows as YAML, what the operator adds as JSON."""
    home = tmp_path_factory.mktemp("manifests")
    for case in cases():
        # The dashboards are data: four fifths of the text, and nothing in them for these judges.
        known = [
            one for one in case.objects if not manifests.is_custom(one) and "dashboards" not in one["metadata"]["name"]
        ]
        custom = [one for one in case.objects if manifests.is_custom(one)]
        (home / f"{file_of(case.name)}.yaml").write_text(manifests.text(known))
        (home / f"{file_of(case.name)}.json").write_text(json.dumps(custom))
    return home


@pytest.fixture(scope="session")
def kubernetes(folder):
    asked = [*manifests.ROOTS, *(mistake.name for mistake in MISTAKES if "kubernetes" in mistake.noticed)]
    said = judges.kubernetes(folder, [f"{file_of(name)}.yaml" for name in asked])
    return lambda name: said[f"{file_of(name)}.yaml"]


@pytest.fixture(scope="session")
def custom(folder):
    said = judges.custom_resources(folder)
    return lambda name: said[f"{file_of(name)}.json"]


@pytest.fixture(scope="session")
def checkov(folder):
    failed, skipped = judges.checkov(folder, "kubernetes")
    return lambda name: (failed.get(f"{file_of(name)}.yaml", set()), skipped.get(f"{file_of(name)}.yaml", {}))


def noticed_by(judge):
    """The mistakes that this judge has to notice, as parameters."""
    mine = [mistake for mistake in MISTAKES if judge in mistake.noticed]
    return pytest.mark.parametrize("mistake", mine, ids=[mistake.name for mistake in mine])


@pytest.mark.system("kubernetes-validate")
@pytest.mark.parametrize("name", manifests.ROOTS)
def test_every_object_is_what_kubernetes_expects(kubernetes, name):
    # Promise: no unknown key, no wrong type, no version that is gone, in the oldest and the newest release.
    assert kubernetes(name) == []


@pytest.mark.system("kubernetes-validate")
@noticed_by("kubernetes")
def test_the_schemas_notice_a_mistake(kubernetes, mistake):
    # Promise: what the API server would refuse, or silently ignore, does not get as far.
    assert mistake.noticed["kubernetes"] in " ".join(kubernetes(mistake.name))
    assert kubernetes(mistake.name)


@pytest.mark.system("npm")
@pytest.mark.system("@kubernetes-models/prometheus-operator")
def test_rules_and_monitor_are_what_the_operator_expects(custom):
    # Promise: the Prometheus operator takes both as they are.
    assert custom("production") == []
    assert [one["kind"] for one in manifests.rendered("production") if manifests.is_custom(one)]


@pytest.mark.system("npm")
@pytest.mark.system("@kubernetes-models/prometheus-operator")
@noticed_by("custom")
def test_the_operators_schemas_notice_a_mistake(custom, mistake):
    # Promise: a rule without an expression is found here, not by a silent Prometheus.
    assert mistake.noticed["custom"] in " ".join(custom(mistake.name))


@pytest.mark.system("checkov")
@pytest.mark.parametrize("name", manifests.ROOTS)
def test_checkov_finds_nothing(checkov, name):
    # Promise: nothing that the security checks know of is wrong.
    failed, _ = checkov(name)
    assert failed == (set() if name != "base" else {"CKV_K8S_14"})  # the overlays say which image


@pytest.mark.system("checkov")
@pytest.mark.parametrize("name", OVERLAYS)
def test_every_check_that_is_skipped_is_explained(checkov, name):
    # Promise: whoever sees a check left out reads beside it why.
    _, skipped = checkov(name)
    assert skipped.keys() == {"CKV_K8S_43", "CKV_K8S_35"}
    assert [check for check, reason in skipped.items() if len(reason.split()) < 8] == []


@pytest.mark.system("checkov")
@noticed_by("checkov")
def test_checkov_notices_a_mistake(checkov, mistake):
    # Promise: the security checks are awake.
    failed, _ = checkov(mistake.name)
    assert mistake.noticed["checkov"] in failed


@pytest.mark.parametrize("name", manifests.ROOTS)
def test_every_pod_keeps_to_the_restricted_profile(name):
    # Promise: a namespace that enforces the restricted Pod Security profile takes it, and ours does.
    objects = manifests.rendered(name)
    assert restricted.violations(pod(objects)) == []
    assert of(objects, "Namespace")["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


@noticed_by("restricted")
def test_the_profile_notices_a_mistake(mistake):
    # Promise: each field of the profile is looked at.
    objects = manifests.changed(manifests.rendered("production"), mistake.make)
    assert mistake.noticed["restricted"] in " ".join(restricted.violations(pod(objects)))


@pytest.mark.parametrize("name", manifests.ROOTS)
def test_the_objects_fit_each_other_the_scanner_and_the_venues(name):
    # Promise: ports, labels, claims, folders, times and addresses agree.
    assert coherence.contradictions(manifests.rendered(name)) == []


@noticed_by("coherence")
def test_what_does_not_fit_is_said(mistake):
    # Promise: a valid manifest that would not work is noticed too.
    objects = manifests.changed(manifests.rendered("production"), mistake.make)
    assert mistake.noticed["coherence"] in " ".join(coherence.contradictions(objects))


@pytest.mark.parametrize("name", manifests.ROOTS)
def test_the_configuration_is_one_that_the_scanner_takes(name, tmp_path):
    # Promise: the ConfigMap, with the container's variables, starts a scanner; nothing in it is misspelt.
    objects = manifests.rendered(name)
    [config] = [one for one in objects if "scanner.toml" in one.get("data", {})]
    (tmp_path / "scanner.toml").write_text(config["data"]["scanner.toml"])
    variables = {one["name"]: one["value"] for one in container(objects)["env"]}
    [mounted] = [one for one in pod(objects)["volumes"] if one["name"] == "config"]
    assert mounted["configMap"]["name"] == config["metadata"]["name"]
    assert variables.pop("SCANNER_CONFIG") == "/etc/scanner/scanner.toml"
    settings = configuration(file=str(tmp_path / "scanner.toml"), environment=variables)
    assert settings


@pytest.mark.parametrize("name", OVERLAYS)
def test_state_outlives_the_pod(name):
    # Promise: both overlays keep alerts and stories on a volume that is claimed.
    [state] = [volume for volume in pod(manifests.rendered(name))["volumes"] if volume["name"] == "state"]
    assert state == {"name": "state", "persistentVolumeClaim": {"claimName": "scanner-state"}}


@pytest.mark.parametrize("name", OVERLAYS)
def test_the_image_is_the_version_of_this_tree(name):
    # Promise: manifests and scanner are released together.
    assert container(manifests.rendered(name))["image"].endswith(f"/scanner:{__version__}")


def test_every_dashboard_reaches_the_cluster():
    # Promise: Grafana's sidecar finds each of them, unchanged.
    [found] = [one for one in manifests.rendered("production") if one["metadata"]["name"] == "scanner-dashboards"]
    files = (manifests.HOME.parent / "dashboards" / "grafana").glob("*.json")
    assert found["data"] == {file.name: file.read_text() for file in files}
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert sum(map(len, found["data"].values())) < 1024 * 1024  # what a ConfigMap may hold


def test_the_rules_in_the_cluster_are_the_rules_of_the_dashboards():
    # Promise: k8s/prometheus_rule.py was run after the last change of dashboards/rules.
    script = runpy.run_path(str(manifests.HOME / "prometheus_rule.py"))
    assert script["OUTPUT"].read_text() == script["manifest"](), "run k8s/prometheus_rule.py"
