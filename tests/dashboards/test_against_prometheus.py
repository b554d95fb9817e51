"""A real Prometheus scrapes a running scanner: every question is answered by data, every fault makes its alert."""

import re

import pytest

from scanner.sim.faults import FAULTS as KNOWN_FAULTS
from tests.dashboards.panels import questions
from tests.dashboards.prometheus import hastened
from tests.dashboards.proof import ASKED, FAULTS, WRONG, prove
from tests.dashboards.rulebook import ALERTS, FILES, HOME, RECORDED, metrics_in, promtool

pytestmark = [pytest.mark.system("prometheus"), pytest.mark.timeout(300)]  # the one run takes a minute, or three


@pytest.fixture(scope="module")
def proof(tmp_path_factory):
    """One run for all of them: it takes a minute."""
    return prove(tmp_path_factory.mktemp("prometheus"))


def test_every_question_is_answered_with_data(proof):
    """No panel stays empty while a scanner runs, and no rule has nothing to record."""
    assert proof.unanswered == {}


def test_a_panel_that_is_broken_is_found(proof):
    """What the test above rests on: a wrong name, a wrong label or a wrong bracket gets no data."""
    assert ASKED in {question.expression for question in questions()}
    assert proof.wrong == WRONG


def test_every_rule_is_worked_out_without_an_error(proof):
    """All of the files, by their names, in good health."""
    assert sorted(rule["name"] for rule in proof.rules) == sorted([*ALERTS, *RECORDED])
    assert [(rule["name"], rule.get("lastError")) for rule in proof.rules if rule["health"] != "ok"] == []


def test_alerts_ask_for_what_is_there(proof):
    """They may be silent for years, so what they listen to is looked up: each metric, each label."""
    for alert, rule in ALERTS.items():
        for metric in metrics_in(rule["expr"]) - RECORDED.keys():
            family = re.sub(r"_(bucket|count|sum|total)$", "", metric)
            assert metric in proof.families or proof.families.get(family) in {"counter", "histogram"}, (alert, metric)
        assert set(re.findall(r'(\w+)(?:=|!=|=~|!~)"', rule["expr"])) <= proof.labels, alert


def test_metrics_are_named_as_prometheus_wants_them(proof):
    """Base units, `_total`, help texts: promtool has nothing to say."""
    assert promtool("check", "metrics", stdin=proof.exposition) == (0, "")
    assert "symbol=" not in proof.exposition


def test_each_fault_of_the_simulator_turns_its_alert_on_and_off_again(proof):
    """Within its `for` (here some thirty times shorter), and off when the fault is over."""
    assert proof.missed == []


def test_no_fault_turns_anything_else_on(proof):
    """Of all alerts, on all venues, exactly the matching ones have fired."""
    assert proof.fired == {(alert, venue) for venue, faults in FAULTS.items() for alert in faults.values()}


def test_every_fault_there_is_has_been_tried():
    """One that is added to the simulator needs an alert."""
    assert {fault for faults in FAULTS.values() for fault in faults} == KNOWN_FAULTS.keys()


def test_what_is_made_faster_is_nothing_but_time():
    """The rules that were tried are those of the files, but for waits, windows and the age of data."""
    time = re.compile(r"for: \w+|\[\w+\]|_age_seconds > \d+")
    for file in FILES:
        text = file.read_text()
        assert time.sub("", hastened(text)) == time.sub("", text)


def test_the_configuration_is_right():
    """As it stands in the folder, rules and all."""
    code, said = promtool("check", "config", HOME / "prometheus.yaml")
    assert code == 0, said
    assert all(file.name in said for file in FILES)


def test_a_configuration_that_is_broken_is_found(tmp_path):
    """A key that nobody knows, or rules that are none."""
    text = (HOME / "prometheus.yaml").read_text()
    for wrong in (text.replace("scrape_interval", "scrape_intervall"), text.replace("rules/*.yaml", "RUNBOOK.md")):
        path = tmp_path / "prometheus.yaml"
        path.write_text(wrong)
        (tmp_path / "RUNBOOK.md").write_text("groups: 1")
        assert promtool("check", "config", path)[0] != 0
