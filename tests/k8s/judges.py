"""The programs that judge, each started once for everything there is to judge: they take seconds to wake up."""

import json
import os
import re
import subprocess
from pathlib import Path

from tests.system import tools

BIN = tools.HOME / "pypi" / "bin"
NPM = tools.HOME / "npm"
KUBERNETES = ("1.31", "1.37")
"""The oldest release that is promised to work, and the newest whose schemas the validator holds."""
CUSTOM = Path(__file__).with_name("custom_resources.mjs")


def run(*command, cwd=None):
    """(exit code, standard output, standard error)."""
    words = [str(word) for word in command]
    done = subprocess.run(
        words, cwd=cwd, capture_output=True, text=True, check=False, timeout=100, env={**os.environ, "NO_COLOR": "1"}
    )
    return done.returncode, done.stdout, done.stderr


def kubernetes(folder, files):
    """File name → what `kubernetes-validate --strict` finds wrong with it."""
    said = {name: [] for name in files}
    for version in KUBERNETES:
        code, output, errors = run(
            BIN / "kubernetes-validate", "-k", version, "--strict", "--quiet", *files, cwd=folder
        )
        findings = re.findall(r"^((?:ERROR|WARN)\s+(\S+) .+)$", output + errors, re.MULTILINE)
        assert "Traceback" not in errors, errors
        assert findings or code == 0, output + errors
        for sentence, name in findings:
            said[name].append(sentence)
    return said


def custom_resources(folder):
    """File name → what the operator's schemas say against the JSON objects in it."""
    code, output, errors = run("node", CUSTOM, NPM, *sorted(folder.glob("*.json")))
    assert code == 0, errors
    return {Path(name).name: problems for name, problems in json.loads(output).items()}


def checkov(folder, framework):
    """(file name → ids of failed checks, file name → {id of a skipped check: its reason})."""
    command = [BIN / "checkov", "--skip-download", "--framework", framework, "--directory", ".", "--compact"]
    _, output, errors = run(*command, "--output", "json", cwd=folder)
    results = json.loads(output)["results"]
    assert results["parsing_errors"] == [], errors
    failed, skipped = {}, {}
    for check in results["failed_checks"]:
        failed.setdefault(Path(check["file_path"]).name, set()).add(check["check_id"])
    for check in results["skipped_checks"]:
        reasons = skipped.setdefault(Path(check["file_path"]).name, {})
        reasons[check["check_id"]] = check["check_result"]["suppress_comment"]
    assert results["passed_checks"], "checkov judged nothing"
    return failed, skipped


def hadolint(folder):
    """File name → codes of what hadolint finds in it."""
    files = sorted(path.name for path in folder.iterdir())
    _, output, errors = run(BIN / "hadolint", "--no-color", "--format", "json", *files, cwd=folder)
    assert output, errors
    said = {name: set() for name in files}
    for finding in json.loads(output):
        said[Path(finding["file"]).name].add(finding["code"])
    return said


def compose(folder):
    """File name → sentences of what the compose specification forbids in it."""
    files = sorted(path.name for path in folder.glob("*.yaml"))
    command = [BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "--output-format", "json", *files]
    _, output, errors = run(*command, cwd=folder)
    report = json.loads(output)
    assert not report.get("parse_errors"), errors
    said = {name: [] for name in files}
    for error in report.get("errors", []):
        said[Path(error["filename"]).name].append(f"{error['path']}: {error['message']}")
    return said
