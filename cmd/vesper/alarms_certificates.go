package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"vesper/digest"
	"vesper/digest/relay"
)

// certificates looks at those of the relays and of base_url. What can't be reached says
// nothing: an alarm about it stays as it is.
type certificates struct {
	*app
	house *house
	// asked is when each was asked last, and said what it came to.
	asked map[string]time.Time
	said  map[string]*digest.Alarm
}

// A certificate that is well is looked at from time to time, one that is not more often.
const (
	wellAsked = 6 * time.Hour
	badAsked  = 30 * time.Minute
)

// look implements alarm.Look's Find.
func (c *certificates) look(ctx context.Context) ([]digest.Alarm, error) {
	if c.asked == nil {
		c.asked, c.said = map[string]time.Time{}, map[string]*digest.Alarm{}
		// After a restart what was known of those that can't be reached is in the database.
		on, err := c.house.file.Alarms().On(ctx)
		if err != nil {
			c.asked = nil
			return nil, err
		}
		for _, a := range on {
			if a.Kind == digest.AlarmCertificate {
				c.said[a.About] = &a.Alarm
			}
		}
	}
	known := map[string]bool{}
	for _, r := range c.house.relays.Relays {
		if r.TLS != relay.None {
			known[r.Name()] = true
			c.one(ctx, r.Name(), "ask who runs the relay to renew it", func(ctx context.Context) (time.Time, error) {
				return c.relay(r).Certificate(ctx)
			})
		}
	}
	if base := c.house.config.Web.BaseURL; strings.HasPrefix(base, "https:") {
		known["base_url"] = true
		c.one(ctx, "base_url", "renew it, and look why that did not happen by itself", c.base)
	}
	var all []digest.Alarm
	for about, a := range c.said {
		if a != nil && known[about] {
			all = append(all, *a)
		}
	}
	return all, nil
}

// one asks when a certificate ends, if it is time to.
func (c *certificates) one(ctx context.Context, about, hint string, ends func(context.Context) (time.Time, error)) {
	wait := wellAsked
	if c.said[about] != nil {
		wait = badAsked
	}
	now := c.now()
	if last, ok := c.asked[about]; ok && now.Sub(last).Abs() < wait {
		return
	}
	asking, cancel := context.WithTimeout(ctx, c.limit())
	defer cancel()
	end, err := ends(asking)
	if ctx.Err() != nil {
		return
	}
	c.asked[about] = now
	a := &digest.Alarm{Kind: digest.AlarmCertificate, About: about, Hint: hint}
	switch left := end.Sub(now); {
	case errors.Is(err, relay.ErrCertificate):
		a.Reason = err.Error()
	case err != nil:
		return
	case end.IsZero() || left >= soonEnds:
		a = nil
	default:
		a.Reason = "it ends on " + end.UTC().Format(time.DateOnly)
	}
	c.said[about] = a
}

// relay gives a relay by connections of its own: those of the pool count for editions.
func (c *certificates) relay(r *relay.Relay) *relay.Relay {
	for _, own := range relays(c.house.config, c.now).Relays {
		if own.Name() == r.Name() {
			own.RootCAs = c.bedside.roots
			return own
		}
	}
	return r
}

// base asks when the certificate of base_url ends.
func (c *certificates) base(ctx context.Context) (time.Time, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodHead, c.house.config.Web.BaseURL, nil)
	if err != nil {
		return time.Time{}, err
	}
	r.Header.Set("User-Agent", agent())
	answer, err := (&patient{app: c.app}).browser().Do(r)
	var invalid x509.CertificateInvalidError
	var verifying *tls.CertificateVerificationError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return time.Time{}, fmt.Errorf("%w: it has ended on %s", relay.ErrCertificate,
			invalid.Cert.NotAfter.UTC().Format(time.DateOnly))
	case errors.As(err, &verifying):
		return time.Time{}, fmt.Errorf("%w: %w", relay.ErrCertificate, verifying.Err)
	case err != nil:
		return time.Time{}, err
	}
	defer answer.Body.Close()
	if answer.TLS == nil {
		return time.Time{}, nil
	}
	return answer.TLS.PeerCertificates[0].NotAfter, nil
}

// withoutAddress gives what was said of a feed with its host in the place of its address,
// which may have a secret in it.
func withoutAddress(said, at string) string { return strings.ReplaceAll(said, at, hostOf(at)) }
