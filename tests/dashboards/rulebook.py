"""The rules as they stand in the files, and promtool, which judges them."""

import re
import subprocess
from pathlib import Path

import yaml

from tests.dashboards.scenarios import FIRST_ILL_AT, HEALTHY, ILL_AT, OVER_AT, SCENARIOS, STEP_S, WELL_AT

HOME = Path(__file__).resolve().parents[2] / "dashboards"
FILES = sorted((HOME / "rules").glob("*.yaml"))


def groups(files=FILES):
    return [group for file in files for group in yaml.safe_load(file.read_text())["groups"]]


def rules(files=FILES):
    return [rule for group in groups(files) for rule in group["rules"]]


ALERTS = {rule["alert"]: rule for rule in rules() if "alert" in rule}
RECORDED = {rule["record"]: rule for rule in rules() if "record" in rule}


def promtool(*arguments, stdin=None):
    """(exit code, all that it said)."""
    done = subprocess.run(
        ["promtool", *map(str, arguments)], input=stdin, capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, done.stdout + done.stderr


def metrics_in(expression):
    """Names of what is asked for: metrics of the scanner, of its process, and recorded ones."""
    return set(re.findall(r"\b(?:(?:exchange|receiver):)?(?:scanner|process)_[a-z_]+(?::[a-z0-9_]+)?\b", expression))


def examination(folder, scenarios=SCENARIOS, change=lambda text: text):
    """A copy of the rules, changed, and beside it a file for `promtool test rules` with these scenarios; its path."""
    for file in FILES:
        (folder / file.name).write_text(change(file.read_text()))
    tests = [_test(scenario) for scenario in scenarios]
    order = [group["name"] for group in groups()]
    plan = {
        "rule_files": [file.name for file in FILES],
        "evaluation_interval": f"{STEP_S}s",
        "group_eval_order": sorted(order, key="scanner-recording".__ne__),
        "tests": tests,
    }
    path = folder / "examination.yaml"
    path.write_text(yaml.safe_dump(plan, sort_keys=False))
    return path


def _test(scenario):
    expected = {WELL_AT: [], ILL_AT: [scenario.alert], OVER_AT: []}
    if ALERTS[scenario.alert]["for"] != "0s":
        expected[FIRST_ILL_AT] = []
    return {
        "name": f"{scenario.alert}: {scenario.story}",
        "interval": f"{STEP_S}s",
        "input_series": [{"series": name, "values": values} for name, values in {**HEALTHY, **scenario.series}.items()],
        "promql_expr_test": [
            {
                "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
                "eval_time": moment,
                "exp_samples": [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in names],
            }
            for moment, names in expected.items()
        ],
    }
