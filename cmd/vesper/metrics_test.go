package main

import (
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"vesper/digest"
)

// full is a standing in which every metric has a value.
func full(t *testing.T) *standing {
	t.Helper()
	at := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	last := &lastEdition{Tallied: digest.Tallied{Record: digest.Record{
		Number: 1, State: digest.Done, OpenedAt: at.Add(-time.Hour), DoneAt: at,
	}, Tally: digest.Tally{Opened: 3, Sent: 3}}}
	next := nextEdition{}
	next.Slot.Name, next.SendAt = "evening", at.Add(time.Hour)
	return &standing{
		at: at, zone: time.UTC, last: last, next: []nextEdition{next},
		relays: []relayStanding{{RelayState: digest.RelayState{Name: "smtp.news.example:587"}, known: true}},
		feeds:  []digest.FeedState{{URL: "https://www.news.example/feed/?key=secret", Failures: 2}},
	}
}

func TestEveryMetricIsNamedAsPrometheusWantsAndHasALineInTheREADME(t *testing.T) {
	a := &app{env: none, now: clock()}
	s := full(t)
	s.at = a.now()
	look := &lastLook{app: a, is: s}
	own := prometheus.NewRegistry()
	own.MustRegister(board{look, metrics(), slog.New(slog.DiscardHandler)})
	problems, err := testutil.GatherAndLint(own)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	families, err := own.Gather()
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if len(families) != len(metrics()) {
		t.Errorf("%d of %d metrics have a value", len(families), len(metrics()))
	}
	for _, f := range families {
		if line := "\n| `" + f.GetName(); !strings.Contains(string(readme), line+"`") && !strings.Contains(string(readme), line+"{") {
			t.Errorf("the README has no line for %s", f.GetName())
		}
		if strings.Contains(f.String(), "@") || strings.Contains(f.String(), "secret") {
			t.Errorf("%s tells too much: %s", f.GetName(), f)
		}
	}
	if _, err := registry(look, slog.New(slog.DiscardHandler)).Gather(); err != nil {
		t.Error(err)
	}
}
