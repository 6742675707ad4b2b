package hook

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"net/http"
	"testing"
	"time"

	"vesper/subscribers/returns/hooktest"
)

var errDown = errors.New("disk I/O error")

// amazon is SNS, with a database that has the topics.
type amazon struct {
	*hooktest.Amazon
	topics map[[sha256.Size]byte]string
	err    error
}

func newAmazon(t testing.TB) *amazon {
	return &amazon{Amazon: hooktest.NewAmazon(t, evening), topics: map[[sha256.Size]byte]string{}}
}

// leaf gives SNS another certificate.
func (a *amazon) leaf(t testing.TB, change func(*x509.Certificate)) {
	a.At[hooktest.CertificateAt] = a.Leaf(t, evening, change)
}

// Topic implements Topics.
func (a *amazon) Topic(_ context.Context, webhook [sha256.Size]byte) (string, error) {
	return a.topics[webhook], a.err
}

// Confirm implements Topics.
func (a *amazon) Confirm(_ context.Context, webhook [sha256.Size]byte, topic string, _ time.Time) (string, error) {
	if a.topics[webhook] == "" {
		a.topics[webhook] = topic
	}
	return a.topics[webhook], a.err
}

// signer makes requests to one provider's webhook here.
type signer struct {
	hooktest.Provider
	name    string
	webhook Webhook
}

// bounce says that an address is unknown.
func (s signer) bounce(address string) string {
	return s.Bounce(hooktest.Mail{
		Address: address, ID: "ours@news.example", Queue: "0102017f0a1b2c3d-3332", Event: "event-1",
	})
}

func (s signer) sign(body string, at time.Time, foreign bool) *http.Request {
	return s.Sign("https://mail.news.example/hooks/"+s.name+"/"+secret, body, at, foreign)
}

// old is how old a request may be.
func (s signer) old() time.Duration {
	if s.name == "ses" {
		return forSNS
	}
	return skew
}

// signers are the five providers.
func signers() map[string]signer {
	all := map[string]signer{}
	for name, p := range hooktest.Providers() {
		w := Webhook{Provider: name, Secret: secret, Key: p.Key}
		if name == "ses" {
			w.Topic = hooktest.Topic
		}
		all[name] = signer{p, name, w}
	}
	return all
}
