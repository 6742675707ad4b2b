package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"vesper/digest/whole"
)

const alertsFile = "dist/alerts.yml"

// alertRule is one of dist/alerts.yml.
type alertRule struct{ name, expr, wait, severity, summary string }

var ruleIn = regexp.MustCompile(`(?m)^      - alert: (\w+)
        expr: '(.*)'
(?:        for: (\w+)
)?        labels: \{severity: (page|ticket)\}
        annotations:
          summary: '(.*)'$`)

func alertRules(t *testing.T) []alertRule {
	t.Helper()
	text, err := os.ReadFile(alertsFile)
	if err != nil {
		t.Fatal(err)
	}
	var all []alertRule
	for _, m := range ruleIn.FindAllStringSubmatch(string(text), -1) {
		all = append(all, alertRule{m[1], m[2], m[3], m[4], strings.ReplaceAll(m[5], "''", "'")})
	}
	if want := strings.Count(string(text), "- alert: "); len(all) != want {
		t.Fatalf("%d of %d rules are written as the test reads them", len(all), want)
	}
	return all
}

var metricLine = regexp.MustCompile("(?m)^\\| `(vesper_\\w+)(?:\\{\\w+\\})?` \\| .* \\| `([^`]+)`(?: for (\\w+))? \\|$")

// TestTheAlertRulesAreThoseOfTheREADME: word for word, one for each metric, and one more for
// when there is nothing to look at.
func TestTheAlertRulesAreThoseOfTheREADME(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	rules := map[string]string{}
	for _, r := range alertRules(t) {
		rules[r.expr] = r.wait
	}
	lines := metricLine.FindAllStringSubmatch(string(readme), -1)
	if len(lines) != len(metrics()) {
		t.Errorf("%d of %d metrics have a rule in the README", len(lines), len(metrics()))
	}
	for _, m := range lines {
		expr := strings.ReplaceAll(m[2], `\|`, "|")
		if !strings.Contains(expr, m[1]) {
			t.Errorf("the rule of %s does not look at it: %s", m[1], expr)
		}
		if wait, ok := rules[expr]; !ok || wait != m[3] {
			t.Errorf("%s has no rule %q for %q", alertsFile, expr, m[3])
		}
		delete(rules, expr)
	}
	if _, ok := rules["absent(vesper_ready)"]; len(rules) != 1 || !ok {
		t.Errorf("rules that the README does not have: %v", rules)
	}
}

// series is what a Vesper shows from minute to minute: by metric, in promtool's notation.
type series map[string]string

// ringing is what one rule is to say: nothing while calm, an alert in a storm with these
// labels more.
type ringing struct {
	storm, calm     series
	stormAt, calmAt string
	labels          string
}

var alertRinging = map[string]ringing{
	"VesperGone": {storm: series{"up": "0+0x60"}, calm: series{"vesper_ready": "0+0x60"}, stormAt: "15m"},
	"VesperNotReady": {
		storm:   series{"vesper_ready": "0+0x60", `vesper_next_edition_timestamp_seconds{slot="evening"}`: "3600+0x60"},
		calm:    series{"vesper_ready": "0+0x60", `vesper_next_edition_timestamp_seconds{slot="evening"}`: "86400+0x60"},
		stormAt: "20m",
	},
	"VesperHeld": {storm: series{"vesper_held": "1"}, calm: series{"vesper_held": "0"}},
	"VesperNoEdition": {
		storm:   series{"vesper_last_edition_opened_timestamp_seconds": "0+0x1600"},
		calm:    series{"vesper_last_edition_opened_timestamp_seconds": "0+0x1400 86000+0x200"},
		stormAt: "25h30m",
	},
	"VesperLongEdition": {
		storm: series{"vesper_last_edition_duration_seconds": "3700"},
		calm:  series{"vesper_last_edition_duration_seconds": "3500"},
	},
	"VesperManyFailed":     {storm: deliveries(97, 1, 1, 1), calm: deliveries(98, 1, 1, 0)},
	"VesperManyComplaints": {storm: complaints(2), calm: complaints(1)},
	"VesperOwed": {
		storm: series{"vesper_owed_deliveries": "5+0x300"}, calm: series{"vesper_owed_deliveries": "5+0x200 0+0x100"},
		stormAt: "4h10m",
	},
	"VesperPaused": {
		storm:  series{`vesper_unfinished_editions{state="paused"}`: "1", `vesper_unfinished_editions{state="sending"}`: "0"},
		calm:   series{`vesper_unfinished_editions{state="paused"}`: "0", `vesper_unfinished_editions{state="sending"}`: "1"},
		labels: ", state: paused",
	},
	"VesperLate": {storm: series{"vesper_late_editions": "1"}, calm: series{"vesper_late_editions": "0"}},
	"VesperOverdue": {
		storm:   series{`vesper_next_edition_timestamp_seconds{slot="evening"}`: "600+0x60"},
		calm:    series{`vesper_next_edition_timestamp_seconds{slot="evening"}`: "600+0x60"},
		stormAt: "20m", calmAt: "10m", labels: ", slot: evening",
	},
	"VesperNoArticles": {
		storm: articlesAt("0+0x100", "7200+0x100"), calm: articlesAt("0+0x100", "7200+0x100"),
		stormAt: "90m", calmAt: "30m", labels: ", slot: evening",
	},
	"VesperFewerReaders": {
		storm:   series{`vesper_next_edition_recipients{slot="evening"}`: "1000+0x1440 800+0x100"},
		calm:    series{`vesper_next_edition_recipients{slot="evening"}`: "1000+0x1440 950+0x100"},
		stormAt: "25h", labels: ", slot: evening",
	},
	"VesperTooSlow": {
		storm:  series{`vesper_next_edition_too_slow{slot="evening"}`: "1"},
		calm:   series{`vesper_next_edition_too_slow{slot="evening"}`: "0"},
		labels: ", slot: evening",
	},
	"VesperSlower": {
		storm:   series{"vesper_pace_messages_per_second": "10+0x10080 4+0x100"},
		calm:    series{"vesper_pace_messages_per_second": "10+0x10080 6+0x100"},
		stormAt: "7d1h",
	},
	"VesperRelayDown": {
		storm:   series{`vesper_relay_up{relay="smtp.news.example:587"}`: "0+0x60"},
		calm:    series{`vesper_relay_up{relay="smtp.news.example:587"}`: "0+0x5 1+0x60"},
		stormAt: "15m", labels: `, relay: "smtp.news.example:587"`,
	},
	"VesperFeedDead": {
		storm:  series{`vesper_feed_failures{host="www.news.example"}`: "7"},
		calm:   series{`vesper_feed_failures{host="www.news.example"}`: "6"},
		labels: ", host: www.news.example",
	},
	"VesperAlarm": {
		storm:  series{`vesper_alarm{kind="paused"}`: "1", `vesper_alarm{kind="disk"}`: "0"},
		calm:   series{`vesper_alarm{kind="paused"}`: "0", `vesper_alarm{kind="disk"}`: "0"},
		labels: ", kind: paused",
	},
	"VesperDisk": {storm: series{"vesper_disk_free_bytes": "9e8"}, calm: series{"vesper_disk_free_bytes": "2e9"}},
}

func deliveries(sent, failed, expired, unknown int) series {
	all := series{}
	for step, n := range map[string]int{"sent": sent, "failed": failed, "expired": expired, "unknown": unknown} {
		all[fmt.Sprintf("vesper_last_edition_deliveries{step=%q}", step)] = fmt.Sprint(n)
	}
	return all
}

func complaints(n int) series {
	all := deliveries(990, 10, 0, 0)
	all[`vesper_last_edition_returned{kind="complained"}`] = fmt.Sprint(n)
	all[`vesper_last_edition_returned{kind="bounced"}`] = "50"
	return all
}

func articlesAt(articles, at string) series {
	return series{
		`vesper_next_edition_articles{slot="evening"}`: articles, `vesper_next_edition_timestamp_seconds{slot="evening"}`: at,
	}
}

// TestAnAlertRingsInAStormAndNotBefore has Prometheus's own tool check the rules, and
// evaluate each of them over numbers of an hour to a week: of two Vespers of which one is
// well.
func TestAnAlertRingsInAStormAndNotBefore(t *testing.T) {
	t.Parallel()
	whole.NotRaced(t)
	if _, err := exec.LookPath("promtool"); err != nil {
		t.Skip("promtool is not installed: Debian's package prometheus has it")
	}
	if out, err := exec.Command("promtool", "check", "rules", alertsFile).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	file, err := filepath.Abs(alertsFile)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "rule_files: [%q]\nevaluation_interval: 5m\ntests:\n", file)
	for _, r := range alertRules(t) {
		w, ok := alertRinging[r.name]
		if !ok {
			t.Errorf("%s is not tried", r.name)
		}
		text.WriteString(w.try(r))
	}
	path := filepath.Join(t.TempDir(), "tests.yml")
	writeFile(t, path, text.String())
	if out, err := exec.Command("promtool", "test", "rules", path).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// try gives two tests of a rule: in a storm, and in a calm.
func (w ringing) try(r alertRule) string {
	at := w.stormAt
	if at == "" {
		at = "5m"
	}
	labels := `instance: "one:8026", job: vesper` + w.labels + ", "
	if r.name == "VesperGone" { // nobody is there to be named
		labels = ""
	}
	storm := fmt.Sprintf("        exp_alerts:\n          - exp_labels: {%sseverity: %s}\n"+
		"            exp_annotations: {summary: '%s'}\n", labels, r.severity, strings.ReplaceAll(r.summary, "'", "''"))
	calmAt := w.calmAt
	if calmAt == "" {
		calmAt = at
	}
	return w.storm.test(r.name, at, storm, w.calm) + w.calm.test(r.name, calmAt, "", w.calm)
}

// test gives one test of promtool: of a Vesper that shows these numbers, beside another.
func (s series) test(alert, at, expect string, other series) string {
	text := "  - interval: 1m\n    input_series:\n"
	add := func(of series, instance string) {
		for name, values := range of {
			name, label, labelled := strings.Cut(strings.TrimSuffix(name, "}"), "{")
			if labelled {
				label += ", "
			}
			if !strings.Contains(values, "x") {
				values += "+0x10"
			}
			text += fmt.Sprintf("      - series: '%s{%sjob=\"vesper\", instance=%q}'\n        values: '%s'\n", name, label,
				instance, values)
		}
	}
	add(s, "one:8026")
	if alert != "VesperGone" && alert != "VesperOverdue" && alert != "VesperNoArticles" {
		add(other, "two:8026")
	}
	return text + fmt.Sprintf("    alert_rule_test:\n      - eval_time: %s\n        alertname: %s\n%s", at, alert, expect)
}
