#!/usr/bin/env python3
"""The rules of `dashboards/rules/` as one PrometheusRule: writes `components/monitoring/prometheusrule.yaml`.

Kustomize cannot wrap one file in another, so a copy stands there; `tests/k8s` says when it is not what this would
write.
"""

from __future__ import annotations

from pathlib import Path

import yaml

HOME = Path(__file__).resolve().parent
RULES = HOME.parent / "dashboards" / "rules"
OUTPUT = HOME / "components" / "monitoring" / "prometheusrule.yaml"
NOTICE = "# Written by ../../prometheus_rule.py from dashboards/rules/: change the rules there and run it again.\n"
LABELS = {
    "app.kubernetes.io/name": "scanner",
    "app.kubernetes.io/part-of": "scanner",
    "release": "kube-prometheus-stack",
}
"""`release` is what kube-prometheus-stack looks for, under its usual release name."""


def manifest(folder: Path = RULES) -> str:
    """The whole file: every group of every file of the folder, as they stand there, in the order of names."""
    groups = [
        group for file in sorted(folder.glob("*.yaml")) for group in yaml.safe_load(file.read_text("utf-8"))["groups"]
    ]
    rule = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "scanner", "namespace": "scanner", "labels": LABELS},
        "spec": {"groups": groups},
    }
    return NOTICE + yaml.safe_dump(rule, sort_keys=False, allow_unicode=True, width=120)


if __name__ == "__main__":
    OUTPUT.write_text(manifest(), "utf-8")
