package relay

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"
)

// tlsFault says what is wrong with the relay's certificate, and since when, or
// gives "" where err is about something else. The option is the one to look at.
func (r *Relay) tlsFault(err error) (text, option string) {
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	var unknown x509.UnknownAuthorityError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Sprintf("certificate of %s %s", r.Host, outOfTime(invalid.Cert, r.now())), ""
	case errors.As(err, &invalid):
		return fmt.Sprintf("certificate of %s: %v", r.Host, invalid), ""
	case errors.As(err, &name):
		return fmt.Sprintf("certificate is for %s, not %s", names(name.Certificate), name.Host), "host"
	case errors.As(err, &unknown):
		return fmt.Sprintf("certificate of %s is signed by an unknown authority%s", r.Host, issuer(unknown.Cert)), ""
	case errors.As(err, &record) && r.security() == Implicit:
		return fmt.Sprintf(`%s does not speak TLS on port %d from the start: tls = "required" is for STARTTLS`,
			r.Host, r.Port), "tls"
	case errors.As(err, &record):
		return fmt.Sprintf("%s says to go on with TLS on port %d, and then does not speak it", r.Host, r.Port), "port"
	}
	return "", ""
}

// outOfTime says since when a certificate is no more valid, or when it will be.
func outOfTime(c *x509.Certificate, now time.Time) string {
	if now.Before(c.NotBefore) {
		return fmt.Sprintf("is not valid before %s (in %s)", day(c.NotBefore), days(c.NotBefore.Sub(now)))
	}
	return fmt.Sprintf("has expired on %s (%s ago)", day(c.NotAfter), days(now.Sub(c.NotAfter)))
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// days gives a span in days, or in hours where it is shorter than a day.
func days(d time.Duration) string {
	n, unit := int(d/(24*time.Hour)), "day"
	if n == 0 {
		n, unit = int(d/time.Hour), "hour"
	}
	switch n {
	case 0:
		return "less than an hour"
	case 1:
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

// names gives those that a certificate is for, the first few.
func names(c *x509.Certificate) string {
	all := c.DNSNames
	for _, ip := range c.IPAddresses {
		all = append(all[:len(all):len(all)], ip.String())
	}
	switch {
	case len(all) == 0:
		return "no host name"
	case len(all) > 3:
		return fmt.Sprintf("%s and %d more", strings.Join(all[:3], ", "), len(all)-3)
	}
	return strings.Join(all, ", ")
}

// issuer names who signed a certificate, where it says so.
func issuer(c *x509.Certificate) string {
	switch {
	case c == nil:
		return ""
	case c.Issuer.String() == c.Subject.String():
		return ": itself"
	case c.Issuer.CommonName != "":
		return ": " + c.Issuer.CommonName
	}
	return ""
}
