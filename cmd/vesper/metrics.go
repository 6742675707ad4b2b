package main

import (
	"context"
	"log/slog"
	"net/url"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"vesper/digest"
)

// metric is one of the numbers at /metrics. Label values are few and come from the
// configuration or are words of ours: never an address.
type metric struct {
	*prometheus.Desc
	values func(s *standing, add func(value float64, labels ...string))
}

func gauge(name, help string, values func(*standing, func(float64, ...string)), labels ...string) metric {
	return metric{prometheus.NewDesc("vesper_"+name, help, labels, nil), values}
}

// metrics are all numbers: the README has a line for each.
func metrics() []metric {
	each := func(value func(nextEdition) float64) func(*standing, func(float64, ...string)) {
		return func(s *standing, add func(float64, ...string)) {
			for _, n := range s.next {
				add(value(n), n.Slot.Name)
			}
		}
	}
	return []metric{
		gauge("ready", "Whether tonight's edition would go by what is there now.",
			func(s *standing, add func(float64, ...string)) { add(yes(s.held == "" && s.late == "")) }),
		gauge("held", "Whether nothing is sent until somebody says a word.",
			func(s *standing, add func(float64, ...string)) { add(yes(s.held != "")) }),
		gauge("last_edition_opened_timestamp_seconds", "When the last edition was opened.", ofLast(
			func(l *lastEdition, add func(float64, ...string)) { add(float64(l.OpenedAt.Unix())) })),
		gauge("last_edition_duration_seconds", "How long the last edition took, from its opening or its time.",
			ofLast(func(l *lastEdition, add func(float64, ...string)) {
				if !l.DoneAt.IsZero() {
					add(l.Took().Seconds())
				}
			})),
		gauge("last_edition_deliveries", "Deliveries of the last edition by the step that they have reached.",
			ofLast(lastDeliveries), "step"),
		gauge("last_edition_returned", "Readers of whose copy of the last edition something came back.",
			ofLast(func(l *lastEdition, add func(float64, ...string)) {
				add(float64(l.returned.Bounced), "bounced")
				add(float64(l.returned.Complained), "complained")
			}), "kind"),
		gauge("owed_deliveries", "Deliveries of all editions that are not at their end.",
			func(s *standing, add func(float64, ...string)) {
				owed := 0
				for _, u := range s.underWay {
					owed += u.Tally.Owed()
				}
				add(float64(owed))
			}),
		gauge("unfinished_editions", "Editions that are not done, by state.", unfinished, "state"),
		gauge("late_editions", "Editions that are owed beyond their time, or paused.",
			func(s *standing, add func(float64, ...string)) {
				late := 0
				for _, u := range s.underWay {
					if u.beyond(s) != "" {
						late++
					}
				}
				add(float64(late))
			}),
		gauge("next_edition_timestamp_seconds", "When the slot's next edition is sent.",
			each(func(n nextEdition) float64 { return float64(n.SendAt.Unix()) }), "slot"),
		gauge("next_edition_articles", "Articles that the slot's next edition would print now.",
			each(func(n nextEdition) float64 { return float64(len(n.Edition.Articles)) }), "slot"),
		gauge("next_edition_recipients", "Readers that the slot's next edition would go to now.",
			each(func(n nextEdition) float64 { return float64(n.Recipients) }), "slot"),
		gauge("next_edition_too_slow", "Whether finish_by can't be met at the pace that is known.",
			each(func(n nextEdition) float64 { return yes(n.Late()) }), "slot"),
		gauge("pace_messages_per_second", "Measured pace of the latest editions; 0 is not known.",
			func(s *standing, add func(float64, ...string)) { add(s.pace.PerSecond()) }),
		gauge("relay_up", "Whether the relay is used.", func(s *standing, add func(float64, ...string)) {
			seen := map[string]bool{}
			for _, r := range s.relays {
				if r.known && !seen[r.Name] {
					add(yes(r.Down == ""), r.Name)
				}
				seen[r.Name] = true
			}
		}, "relay"),
		gauge("feed_failures", "How often in a row feeds of this host failed; the worst of them.", feedFailures, "host"),
		gauge("alarm", "How many alarms of this kind are on.", alarmsOn, "kind"),
		gauge("disk_free_bytes", "Free space on the disk of the database.",
			func(s *standing, add func(float64, ...string)) { add(float64(s.free)) }),
	}
}

func yes(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// ofLast gives values of the last edition, if one was opened.
func ofLast(values func(*lastEdition, func(float64, ...string))) func(*standing, func(float64, ...string)) {
	return func(s *standing, add func(float64, ...string)) {
		if s.last != nil && s.last.State.Opened() {
			values(s.last, add)
		}
	}
}

func lastDeliveries(l *lastEdition, add func(float64, ...string)) {
	t := l.Tally
	for step, n := range map[string]int{
		"sent": t.Sent, "failed": t.Failed, "expired": t.Expired, "skipped": t.Skipped, "unknown": t.Unknown,
		"pending": t.Pending, "attempting": t.Attempting,
	} {
		add(float64(n), step)
	}
}

func unfinished(s *standing, add func(float64, ...string)) {
	for _, state := range []digest.State{digest.Open, digest.Sending, digest.Paused} {
		n := 0
		for _, u := range s.underWay {
			if u.State == state {
				n++
			}
		}
		add(float64(n), string(state))
	}
}

func feedFailures(s *standing, add func(float64, ...string)) {
	worst := map[string]int{}
	for _, f := range s.feeds {
		if u, err := url.Parse(f.URL); err == nil {
			worst[u.Hostname()] = max(worst[u.Hostname()], f.Failures)
		}
	}
	for host, n := range worst {
		add(float64(n), host)
	}
}

// alarmsOn counts the alarms of each kind.
func alarmsOn(s *standing, add func(float64, ...string)) {
	on := map[digest.AlarmKind]int{}
	for _, a := range s.alarms {
		on[a.Kind]++
	}
	for _, kind := range digest.AlarmKinds() {
		add(float64(on[kind]), string(kind))
	}
}

// board gives the numbers to Prometheus.
type board struct {
	look    *lastLook
	metrics []metric
	log     *slog.Logger
}

// Describe implements prometheus.Collector.
func (b board) Describe(to chan<- *prometheus.Desc) {
	for _, m := range b.metrics {
		to <- m.Desc
	}
}

// Collect implements prometheus.Collector.
func (b board) Collect(to chan<- prometheus.Metric) {
	s, err := b.look.standing(context.Background())
	if err != nil {
		b.log.Warn("can't gather the numbers for /metrics", "err", err)
		to <- prometheus.NewInvalidMetric(b.metrics[0].Desc, err)
		return
	}
	for _, m := range b.metrics {
		m.values(s, func(value float64, labels ...string) {
			to <- prometheus.MustNewConstMetric(m.Desc, prometheus.GaugeValue, value, labels...)
		})
	}
}

// registry has all numbers: ours, and those of Go and of the process.
func registry(look *lastLook, log *slog.Logger) *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		board{look, metrics(), log})
	return r
}
