"""Every alert fires for what it is about and for nothing else, waits as long as it says, goes when it is over, and can
be looked up."""

import re

import pytest

from tests.dashboards.rulebook import ALERTS, FILES, HOME, RECORDED, examination, metrics_in, promtool, rules
from tests.dashboards.scenarios import SCENARIOS

pytestmark = pytest.mark.system("prometheus")

RUNBOOK = (HOME / "RUNBOOK.md").read_text()
ADVICE = ("**Meaning.**", "**First look.**", "**Cure.**")


def test_promtool_finds_the_rules_right():
    """Names, expressions, durations and templates are what Prometheus takes."""
    code, said = promtool("check", "rules", *FILES)
    assert code == 0, said


def test_each_fault_makes_its_alert_and_no_other(tmp_path):
    """Nothing while all is well, nothing before its `for`, exactly the one while it lasts, nothing when it is over."""
    code, said = promtool("test", "rules", examination(tmp_path))
    assert code == 0, said


def test_every_alert_has_a_scenario():
    """What was never seen to fire is not known to."""
    assert {scenario.alert for scenario in SCENARIOS} == ALERTS.keys()


MUTATIONS = {
    "a threshold that is never reached": ("VenueSilent", "scanner_last_data_age_seconds > 15", "vector(15) > 15"),
    "a comparison the wrong way round": ("ReceiverFailing", "scanner_receiver_up == 0", "scanner_receiver_up == 1"),
    "a metric that nobody exports": ("VenueNonsense", "scanner_parse_errors_total", "scanner_parse_error_total"),
    "an alert that does not wait": ("VenueNotReady", "for: 1m", "for: 0s"),
    "an exception that was forgotten": ("VenueSilent", "unless on (job, instance, exchange) ALERTS", "unless ALERTS"),
    "a label that does not match": ("VenueRestFailing", 'outcome="failed"', 'outcome="failure"'),
    "a rule that is no longer recorded": ("MailboxFilling", "record: exchange:scanner_mailbox_fill", "record: fill"),
}
"""What is broken → the alert that shows it, and what is put in the place of what."""


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_rule_that_is_broken_is_found(mutation, tmp_path):
    """The scenarios look at what rules do, so a rule that does something else does not pass."""
    alert, right, wrong = MUTATIONS[mutation]
    concerned = [scenario for scenario in SCENARIOS if scenario.alert == alert]
    assert any(right in file.read_text() for file in FILES)
    code, said = promtool("test", "rules", examination(tmp_path, concerned, lambda text: text.replace(right, wrong)))
    assert code != 0
    assert alert in said


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_says_all_that_somebody_who_is_woken_needs(alert):
    """How bad it is, what it is in one line and in two, and where to read what to do, which stands there."""
    rule = ALERTS[alert]
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert rule["for"]
    summary, description = rule["annotations"]["summary"], rule["annotations"]["description"]
    assert len(summary) < 80
    assert description.endswith(".")
    assert rule["annotations"]["runbook_url"] == f"dashboards/RUNBOOK.md#{alert.lower()}"


def test_the_runbook_has_a_section_for_each_alert_and_none_beside():
    """Nobody who follows the link finds nothing, and nobody reads of an alert that does not exist."""
    assert sorted(re.findall(r"^## (\w+)$", RUNBOOK, re.MULTILINE)) == sorted(ALERTS)


@pytest.mark.parametrize(
    "section", re.split(r"^## ", RUNBOOK, flags=re.MULTILINE)[1:], ids=lambda text: text.split()[0]
)
def test_a_section_tells_meaning_first_look_and_cure(section):
    """In this order, each once, each with something to say."""
    places = [section.find(word) for word in ADVICE]
    assert -1 not in places
    assert places == sorted(places)
    assert all(section.count(word) == 1 for word in ADVICE)
    assert all(len(part.strip()) > 10 for part in re.split(r"\*\*[A-Z][a-z ]+\.\*\*", section)[1:])


def test_recorded_rules_are_named_by_what_they_keep_and_how_they_were_made():
    """`level:metric:operation`, Prometheus' own convention; and each is asked for by a rule or a panel."""
    asked = " ".join(rule["expr"] for rule in rules())
    asked += " ".join(file.read_text() for file in (HOME / "grafana").glob("*.json"))
    for name in RECORDED:
        assert re.fullmatch(r"(exchange|receiver):scanner_[a-z_]+:[a-z0-9_]+", name)
        assert name in asked, name


def test_what_rules_ask_for_is_exported_or_recorded():
    """A metric that is renamed takes its rules along."""
    sources = "".join(path.read_text() for path in (HOME.parent / "scanner").rglob("*.py"))
    exported = set(re.findall(r'"(scanner_[a-z_]+)"', sources))
    for rule in rules():
        for name in metrics_in(rule["expr"]):
            plain = re.sub(r"_(bucket|count|sum)$", "", name)
            assert name in RECORDED or plain in exported or name.startswith("process_"), name
