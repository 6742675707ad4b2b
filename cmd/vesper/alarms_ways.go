package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/mail"
	"os"
	"slices"
	"strings"
	"time"

	"vesper/cmd/vesper/config"
	"vesper/digest"
	"vesper/digest/alarm"
	"vesper/digest/relay"
	"vesper/subscribers"
)

// alarmDesk gives who raises alarms and has them told.
func (a *app) alarmDesk(h *house) *alarm.Desk {
	host, err := os.Hostname()
	if err != nil {
		host = "this machine"
	}
	d := &alarm.Desk{
		Board: h.file.Alarms(), Queue: h.file.Alarms(), Ways: a.alarmWays(h),
		Publication: h.config.Publication.Name, Host: host, Now: a.now,
		Looks: a.alarmLooks(h), Numbers: h.numbersOf,
	}
	if c := h.config.Alarms; c.Heartbeat != "" {
		d.Heartbeat = &alarm.Heartbeat{
			URL: string(c.Heartbeat), Agent: agent(), Beats: h.file.Alarms(), Evenings: h.evenings,
		}
	}
	return d
}

// evenings gives the last evening of each slot, if it was finished or decided.
func (h *house) evenings(ctx context.Context) ([]alarm.Evening, error) {
	decided, err := h.publisher.Decided(ctx)
	var all []alarm.Evening
	for _, d := range decided {
		all = append(all, alarm.Evening{ID: d.ID, At: d.At})
	}
	return all, err
}

// alarmWays gives the ways that are configured.
func (a *app) alarmWays(h *house) []alarm.Way {
	c := h.config.Alarms
	var all []alarm.Way
	if len(c.Command) > 0 {
		all = append(all, alarm.Command{Args: c.Command, Dir: h.config.Dir()})
	}
	if c.Webhook != "" {
		// The configuration was checked.
		key, _ := alarm.ParseKey(string(c.Secret))
		all = append(all, alarm.Webhook{URL: string(c.Webhook), Key: key, Agent: agent()})
	}
	if to := c.MailTo.Mailboxes(); len(to) > 0 {
		from, err := mail.ParseAddress(h.config.Publication.From)
		if err != nil {
			from = &mail.Address{Address: to[0]}
		}
		w := &alarm.Mail{From: *from, To: to, Send: a.mailPast(h)}
		if h.publisher.Signer != nil {
			w.Sign = h.publisher.Signer.Sign
		}
		all = append(all, w)
	}
	return all
}

// relayLimit is how long a relay may take for an alarm.
const relayLimit = 20 * time.Second

// mailPast gives what brings a message past outbox and ledgers, over connections of its
// own, by the first relay that takes it. Those that are down, or that the reason speaks
// of, are tried last.
func (a *app) mailPast(h *house) func(context.Context, string, []byte, string) error {
	return func(ctx context.Context, to string, message []byte, reason string) error {
		if len(h.config.Examples()) > 0 {
			return errors.New("the configuration has examples in it")
		}
		from := strings.ReplaceAll(h.config.Delivery.ReturnPath, "{token}", subscribers.Key{}.ReturnPath(0, 0))
		var failed []error
		reached := false
		var away digest.Outcome
		for _, r := range a.wellFirst(h, reason) {
			trying, cancel := context.WithTimeout(ctx, relayLimit)
			s := &single{done: make(chan struct{})}
			s.envelope = digest.Envelope{From: from, To: to, Data: message, Alone: true}
			end := r.Work(trying, s)
			cancel()
			if s.outcome.Class == digest.Accepted {
				h.publisher.Tried(digest.Outcome{})
				return nil
			}
			out := s.outcome
			if out.Class == "" {
				out = end
			}
			reached = reached || out.Class == digest.Permanent || out.Class == digest.Transient
			away = out
			failed = append(failed, fmt.Errorf("%s: %s", r.Name(), cmp.Or(out.Reason(), "it did not answer")))
		}
		if ctx.Err() == nil {
			h.publisher.Tried(orReached(away, reached))
		}
		return errors.Join(failed...)
	}
}

// orReached gives what is known of the way to the relays: one that refuses a message is reached.
func orReached(away digest.Outcome, reached bool) digest.Outcome {
	switch {
	case reached:
		return digest.Outcome{}
	case away.Class == "":
		return digest.Outcome{Class: digest.Session, Reply: "it did not answer"}
	}
	return away
}

// wellFirst gives the relays, those first that nothing is known against.
func (a *app) wellFirst(h *house, reason string) []*relay.Relay {
	down := map[string]bool{}
	for _, s := range h.relays.States() {
		down[s.Name] = s.Down != "" || strings.Contains(reason, s.Name)
	}
	all := relays(h.config, a.now).Relays
	for _, r := range all {
		r.RootCAs = a.bedside.roots
	}
	doubt := func(r *relay.Relay) int {
		if down[strings.TrimPrefix(r.Name(), "relay ")] {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(all, func(x, y *relay.Relay) int { return cmp.Compare(doubt(x), doubt(y)) })
	return all
}

// checkAlarms checks the addresses and the secret of [alarms].
func checkAlarms(c *config.Config, r *config.Report) {
	key := func(name, file string) string {
		if file != "" {
			return "alarms." + name + "_file"
		}
		return "alarms." + name
	}
	for _, one := range []struct {
		name, file string
		address    config.Secret
	}{
		{"webhook", c.Alarms.WebhookFile, c.Alarms.Webhook}, {"heartbeat", c.Alarms.HeartbeatFile, c.Alarms.Heartbeat},
	} {
		if one.address == "" {
			continue
		}
		if err := alarm.CheckURL(string(one.address)); err != nil {
			r.Flaw(key(one.name, one.file), one.name+" in [alarms] can't be used: "+err.Error(),
				`an address with https, or http on this machine alone`)
		}
	}
	if c.Alarms.Secret == "" {
		return
	}
	if _, err := alarm.ParseKey(string(c.Alarms.Secret)); err != nil {
		file := cmp.Or(c.Alarms.SecretFile, "alarms.secret")
		r.Flaw(key("secret", c.Alarms.SecretFile), "the secret in [alarms] can't be used: "+err.Error(),
			config.HowToMakeASigningSecret(c.Path(file)))
	}
}
