"""The scanner, Prometheus and Grafana on one machine: valid, locked down, and each finds its files and the others."""

import re

import pytest
import yaml

from scanner import __version__
from tests.k8s import dockerfile, judges, manifests

FILE = manifests.HOME / "compose.yaml"
TEXT = FILE.read_text()
SERVICES = yaml.safe_load(TEXT)["services"]
DASHBOARDS = manifests.HOME.parent / "dashboards"

MISTAKES = {
    "as-it-is": (TEXT, ""),
    "a-misspelt-key": (
        TEXT.replace("    read_only: true", "    readonly: true").replace("  read_only", "  readonly"),
        "readonly",
    ),
    "ports-that-are-no-list": (re.sub(r"ports: \[(.*)\]", r"ports: \1", TEXT), "ports"),
    "an-unknown-section": (TEXT + "\nservice:\n  another: {}\n", "service"),
}


@pytest.fixture(scope="session")
def said(tmp_path_factory):
    home = tmp_path_factory.mktemp("compose")
    for name, (text, _) in MISTAKES.items():
        (home / f"{name}.yaml").write_text(text)
    return judges.compose(home)


@pytest.mark.system("check-jsonschema")
@pytest.mark.parametrize("name", MISTAKES)
def test_the_file_is_what_the_compose_specification_says(said, name):
    # Promise: `docker compose` takes it, and each mistake is found.
    _, expected = MISTAKES[name]
    assert expected in " ".join(said[f"{name}.yaml"])
    assert bool(said[f"{name}.yaml"]) == (name != "as-it-is")


REQUIRED = {"read_only": True, "cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"]}
BOUNDS = ("mem_limit", "pids_limit", "logging")
WAYS_OUT = ("privileged", "network_mode", "pid", "ipc", "user", "devices", "cap_add")


def weaknesses(found):
    """What a service may that it need not, a sentence each."""
    yield from (f"{key} is not {value}" for key, value in REQUIRED.items() if found.get(key) != value)
    yield from (f"{key} is not set" for key in BOUNDS if key not in found)
    yield from (f"{key} is set" for key in WAYS_OUT if key in found)
    for port in found["ports"]:
        if not re.fullmatch(r"127\.0\.0\.1:(\d+):\1", port):
            yield f"port {port} is not on loopback"
    for mount in found["volumes"]:
        if mount.startswith((".", "/")) and not mount.endswith(":ro"):
            yield f"{mount} can be changed"
    if not re.fullmatch(r"[a-z/]+:v?\d+\.\d+\.\d+", found["image"]):
        yield f"{found['image']} means something else tomorrow"


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_is_locked_down_bounded_pinned_and_reached_from_this_machine_only(service):
    # Promise: nothing is written outside its volumes, nothing is gained, nothing eats the machine or is published.
    assert list(weaknesses(SERVICES[service])) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"privileged": True}, "privileged is set"),
        ({"read_only": False}, "read_only is not True"),
        ({"cap_drop": []}, "cap_drop is not ['ALL']"),
        ({"ports": ["9108:9108"]}, "port 9108:9108 is not on loopback"),
        ({"ports": ["0.0.0.0:9108:9108"]}, "port 0.0.0.0:9108:9108 is not on loopback"),
        ({"image": "scanner:latest"}, "scanner:latest means something else tomorrow"),
        ({"volumes": ["/var/run/docker.sock:/var/run/docker.sock"]}, "docker.sock can be changed"),
        ({"user": "0"}, "user is set"),
    ],
)
def test_a_weakness_is_noticed(change, sentence):
    # Promise: each of them is looked at.
    [said] = weaknesses({**SERVICES["scanner"], **change})
    assert said.endswith(sentence)


def test_our_image_is_the_version_of_this_tree():
    # Promise: compose and scanner are released together.
    assert SERVICES["scanner"]["image"] == f"scanner:{__version__}"


def test_every_service_says_whether_it_is_well():
    # Promise: `docker compose ps` shows the health of each; the scanner's check comes with its image.
    assert {name for name, found in SERVICES.items() if "healthcheck" in found} == {"prometheus", "grafana"}
    assert "http://127.0.0.1:9108/livez" in dockerfile.health_check()[-1]
    assert "127.0.0.1:9108:9108" in SERVICES["scanner"]["ports"]


@pytest.mark.parametrize("service", SERVICES)
def test_every_file_that_is_mounted_exists(service):
    # Promise: no engine makes an empty folder in place of what was moved.
    mounts = [mount for mount in SERVICES[service]["volumes"] if mount.startswith(".")]
    assert [mount for mount in mounts if not (FILE.parent / mount.split(":")[0]).exists()] == []


def test_every_volume_is_declared_and_used():
    # Promise: what each service keeps outlives its container.
    used = [mount.split(":")[0] for found in SERVICES.values() for mount in found["volumes"] if mount[0] != "."]
    assert sorted(used) == sorted(yaml.safe_load(TEXT)["volumes"])


def test_prometheus_finds_its_rules_and_the_scanner():
    # Promise: the file that Prometheus is given names rules where they are mounted, and the service by its name.
    config = yaml.safe_load((DASHBOARDS / "prometheus.yaml").read_text())
    targets = {
        mount.split(":")[0]: mount.split(":")[1] for mount in SERVICES["prometheus"]["volumes"] if mount[0] == "."
    }
    home = targets["../dashboards/prometheus.yaml"].rpartition("/")[0]
    assert [f"{home}/{pattern}" for pattern in config["rule_files"]] == [f"{targets['../dashboards/rules']}/*.yaml"]
    assert f"--config.file={targets['../dashboards/prometheus.yaml']}" in SERVICES["prometheus"]["command"]
    assert config["scrape_configs"][0]["static_configs"] == [{"targets": ["scanner:9108"]}]


def test_grafana_finds_prometheus_and_the_dashboards():
    # Promise: what the provisioning files point at is where compose puts it.
    [source] = yaml.safe_load((DASHBOARDS / "provisioning/datasources/prometheus.yaml").read_text())["datasources"]
    [provider] = yaml.safe_load((DASHBOARDS / "provisioning/dashboards/scanner.yaml").read_text())["providers"]
    assert source["url"] == "http://prometheus:9090"
    assert f"../dashboards/grafana:{provider['options']['path']}:ro" in SERVICES["grafana"]["volumes"]


def test_the_scanner_gets_the_time_it_needs_to_end():
    # Promise: compose waits as long as a pod's grace before it kills.
    grace = manifests.HOME.joinpath("base", "deployment.yaml").read_text()
    [seconds] = re.findall(r"terminationGracePeriodSeconds: (\d+)", grace)
    assert SERVICES["scanner"]["stop_grace_period"] == f"{seconds}s"
