package hook

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"
)

// snsHost are the hosts of SNS, in all regions and in China.
var snsHost = regexp.MustCompile(`^sns\.[a-z0-9-]{3,32}\.amazonaws\.com(\.cn)?$`)

// The limits of what is got for certificates.
const (
	maxCertificates = 8
	maxCertificate  = 64 << 10
	// triesAMinute bounds how many are asked for: each costs a request to SNS.
	triesAMinute = 10
	// keptFor is how long a certificate is used before it is got again.
	keptFor = 24 * time.Hour
	// forCertificate is how long it may take to get one: SNS waits 15 seconds for an answer.
	forCertificate = 10 * time.Second
)

// certificates keeps those that SNS signs with.
type certificates struct {
	fetch Fetcher
	roots *x509.CertPool
	now   func() time.Time

	mu    sync.Mutex
	known map[string]kept
	tries []time.Time
}

type kept struct {
	*x509.Certificate
	until time.Time
}

// at gives the certificate at an address of SNS, which was checked.
func (c *certificates) at(ctx context.Context, at *url.URL) (*x509.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if k, ok := c.known[at.String()]; ok && now.Before(k.until) {
		return k.Certificate, nil
	}
	for len(c.tries) > 0 && now.Sub(c.tries[0]) >= time.Minute {
		c.tries = c.tries[1:]
	}
	if len(c.tries) >= triesAMinute {
		return nil, errors.New("too many certificates were asked for within a minute")
	}
	c.tries = append(c.tries, now)
	ctx, cancel := context.WithTimeout(ctx, forCertificate)
	defer cancel()
	one, err := c.get(ctx, at, now)
	if err != nil {
		return nil, err
	}
	if c.known == nil || len(c.known) >= maxCertificates {
		c.known = map[string]kept{}
	}
	until := now.Add(keptFor)
	if one.NotAfter.Before(until) {
		until = one.NotAfter
	}
	c.known[at.String()] = kept{one, until}
	return one, nil
}

// get gets a certificate and verifies that an authority gave it to SNS.
func (c *certificates) get(ctx context.Context, at *url.URL, now time.Time) (*x509.Certificate, error) {
	text, err := c.fetch.Get(ctx, at.String())
	if err != nil {
		return nil, fmt.Errorf("get the certificate of SNS: %w", err)
	}
	chain, err := chainIn(text)
	if err != nil {
		return nil, err
	}
	leaf, between := chain[0], x509.NewCertPool()
	for _, one := range chain[1:] {
		between.AddCert(one)
	}
	if !isOf(leaf, at.Host) {
		return nil, forged("its certificate is not that of SNS")
	}
	with := x509.VerifyOptions{
		Roots: c.roots, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	}
	_, err = leaf.Verify(with)
	var unknown x509.UnknownAuthorityError
	if errors.As(err, &unknown) && len(leaf.IssuingCertificateURL) > 0 {
		// SNS serves the certificate alone. It names where the one above it lies (RFC 5280
		// 4.2.2.1), which is believed only as far as it leads up to a root.
		above, gotErr := c.above(ctx, leaf)
		if gotErr != nil {
			return nil, gotErr
		}
		between.AddCert(above)
		_, err = leaf.Verify(with)
	}
	if err != nil {
		return nil, forged("its certificate is not valid")
	}
	return leaf, nil
}

// above gets the certificate of whoever issued one.
func (c *certificates) above(ctx context.Context, leaf *x509.Certificate) (*x509.Certificate, error) {
	at, err := url.Parse(leaf.IssuingCertificateURL[0])
	if err != nil || at.Scheme != "http" && at.Scheme != "https" {
		return nil, forged("its certificate is not valid")
	}
	der, err := c.fetch.Get(ctx, at.String())
	if err != nil {
		return nil, fmt.Errorf("get the certificate above that of SNS: %w", err)
	}
	if block, _ := pem.Decode(der); block != nil {
		der = block.Bytes
	}
	if len(der) > maxCertificate {
		return nil, forged("its certificate is not valid")
	}
	above, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, forged("its certificate is not valid")
	}
	return above, nil
}

// chainIn reads certificates in PEM, the first one of which is that of SNS.
func chainIn(text []byte) ([]*x509.Certificate, error) {
	var all []*x509.Certificate
	for rest := text; len(text) <= maxCertificate && len(all) < maxCertificates; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		one, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, forged("its certificate can't be read")
		}
		all = append(all, one)
	}
	if len(all) == 0 {
		return nil, forged("its certificate can't be read")
	}
	return all, nil
}

// isOf says whether a certificate is that of SNS: in its name there is the region, or none.
func isOf(leaf *x509.Certificate, host string) bool {
	bare := "sns.amazonaws.com"
	if strings.HasSuffix(host, ".cn") {
		bare += ".cn"
	}
	return leaf.VerifyHostname(host) == nil || leaf.VerifyHostname(bare) == nil
}
