package main

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"net/url"
	"time"

	"vesper/digest"
)

const hintClock = `"timedatectl set-ntp true", or set the clock`

// lookAtClock compares the clock with the Date of other web servers: the publication's
// own, then those of feeds.
func lookAtClock(ctx context.Context, p *patient) []digest.Finding {
	const name, hint = "clock", hintClock
	var f findings
	from := []string{p.config.Publication.URL}
	for _, one := range p.config.Feed {
		from = append(from, one.URL)
	}
	for _, at := range from {
		host := hostOf(at)
		off, err := p.offset(ctx, at)
		var invalid x509.CertificateInvalidError
		switch {
		case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
			f.say(name, digest.Warn, hint+"; if it is right, that certificate is not",
				"by this clock, %s, the certificate of %s is not valid", p.now().UTC().Format("2006-01-02 15:04 MST"), host)
		case err != nil:
			continue
		case off.Abs() > time.Minute:
			side := "behind"
			if off > 0 {
				side = "ahead of"
			}
			f.say(name, digest.Warn, hint, "the clock is %s %s that of %s", off.Abs().Round(time.Second), side, host)
		default:
			f.say(name, digest.OK, "", "within a minute of that of %s", host)
		}
		return f.all
	}
	f.say(name, digest.Unseen, "", "no web server with a clock answers: url in [publication], the feeds")
	return f.all
}

// errNoDate says that a web server does not tell the time.
var errNoDate = errors.New("no Date")

// offset is how far the clock is ahead of that of a web server. A Date is cut to the
// second, and half of the way there and back is the server's.
func (p *patient) offset(ctx context.Context, at string) (time.Duration, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodHead, at, nil)
	if err != nil {
		return 0, err
	}
	before := p.now()
	answer, _, err := p.ask(r)
	if err != nil {
		return 0, err
	}
	date, err := http.ParseTime(answer.Header.Get("Date"))
	if err != nil || answer.Header.Get("Age") != "" {
		return 0, errNoDate
	}
	after := p.now()
	return before.Add(after.Sub(before) / 2).Sub(date.Add(500 * time.Millisecond)), nil
}

// hostOf gives the host of an address, which has no secret in it.
func hostOf(at string) string {
	u, err := url.Parse(at)
	if err != nil || u.Host == "" {
		return "it"
	}
	return u.Host
}
