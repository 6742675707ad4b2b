package hook

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"vesper/subscribers/returns"
)

// Amazon SES tells its events through a topic of SNS, which posts them to its subscribers
// over HTTPS. This file reads what SNS sends; see ses.go for what SES says in it.
//
// Sources: "Parsing Amazon SNS message formats" and "Verifying the signatures of Amazon SNS
// messages" (docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html and
// …/sns-verify-signature-of-message.html), and for how long it tries again
// …/sns-message-delivery-retries.html: 3,600 seconds at most.

// Fetcher gets what lies at an address, within limits and from public addresses alone. It
// follows no redirect.
type Fetcher interface {
	Get(ctx context.Context, address string) ([]byte, error)
}

// Topics are the topics of SNS that were confirmed.
type Topics interface {
	// Topic gives the one of a webhook, "" if there is none.
	Topic(ctx context.Context, webhook [sha256.Size]byte) (string, error)
	// Confirm makes a topic the one of a webhook, unless it has another. It gives the one
	// that it has.
	Confirm(ctx context.Context, webhook [sha256.Size]byte, topic string, now time.Time) (string, error)
}

// ses hears SES through SNS.
type ses struct {
	// topic is the one that is configured; name and webhook tell the webhook from others.
	topic, name  string
	webhook      [sha256.Size]byte
	topics       Topics
	fetch        Fetcher
	certificates *certificates
	told         *told
}

// snsMessage is what SNS posts.
type snsMessage struct {
	// Type is Notification, SubscriptionConfirmation or UnsubscribeConfirmation.
	Type      string
	MessageID string `json:"MessageId"`
	TopicArn  string
	// Subject is there in some notifications.
	Subject *string
	Message string
	// Timestamp is when it was published, whenever it is tried again.
	Timestamp string
	// Token and SubscribeURL are those of confirmations.
	Token        string
	SubscribeURL string
	// SignatureVersion is 1 (SHA-1) or 2 (SHA-256).
	SignatureVersion string
	Signature        string
	SigningCertURL   string

	// text is what was signed, signature and certificate the same as above, read.
	text        string
	signature   []byte
	certificate *url.URL
}

// forSNS is how old a message of SNS may be. Its time is that of the first try and stays
// when it is tried again, for an hour at most; what comes twice is one report.
const forSNS = time.Hour + skew

func (s *ses) read(ctx context.Context, r request) ([]returns.Event, error) {
	m, err := readSNS(r.body)
	if err != nil {
		return nil, err
	}
	at, err := time.Parse(time.RFC3339, m.Timestamp)
	if err != nil {
		return nil, unreadable("its timestamp can't be read")
	}
	if err := stale(at, r.now, forSNS); err != nil {
		return nil, err
	}
	// What is not heard in any case costs no request to SNS.
	topic, err := s.heard(ctx)
	if err == nil && topic != "" {
		err = only(topic, m)
	}
	if err == nil {
		err = s.verify(ctx, m)
	}
	if err == nil && topic == "" {
		err = s.pin(ctx, m, r.now)
	}
	if err != nil {
		return nil, err
	}
	switch m.Type {
	case "SubscriptionConfirmation":
		return nil, s.confirm(ctx, m)
	case "UnsubscribeConfirmation":
		s.told.refused(s.name, "the topic was unsubscribed: events come no more", "subscribe it anew in SNS")
		return nil, nil
	}
	return sesEvents([]byte(m.Message), m.MessageID)
}

// readSNS reads a message of SNS, and where the certificate lies that it was signed by.
func readSNS(body []byte) (m snsMessage, err error) {
	if err := decode(body, &m); err != nil {
		return m, err
	}
	if m.Signature == "" {
		return m, &refusal{
			http.StatusForbidden, "it is not signed by SNS", "raw message delivery must be off in the subscription",
		}
	}
	if m.text, err = m.signed(); err != nil {
		return m, err
	}
	if m.signature, err = base64.StdEncoding.DecodeString(m.Signature); err != nil {
		return m, forged("its signature is not in base64")
	}
	m.certificate, err = snsURL(m.SigningCertURL)
	if err != nil || !strings.HasSuffix(m.certificate.Path, ".pem") || m.certificate.RawQuery != "" {
		return m, forged("its certificate does not lie with SNS")
	}
	return m, nil
}

// signed is the text that SNS signs: names and values by turns.
func (m snsMessage) signed() (string, error) {
	fields := [][2]string{{"Message", m.Message}, {"MessageId", m.MessageID}}
	switch m.Type {
	case "Notification":
		if m.Subject != nil {
			fields = append(fields, [2]string{"Subject", *m.Subject})
		}
		fields = append(fields, [2]string{"Timestamp", m.Timestamp})
	case "SubscriptionConfirmation", "UnsubscribeConfirmation":
		fields = append(fields, [2]string{"SubscribeURL", m.SubscribeURL}, [2]string{"Timestamp", m.Timestamp},
			[2]string{"Token", m.Token})
	default:
		return "", unreadable("its type is not known")
	}
	var b strings.Builder
	for _, f := range append(fields, [2]string{"TopicArn", m.TopicArn}, [2]string{"Type", m.Type}) {
		b.WriteString(f[0] + "\n" + f[1] + "\n")
	}
	return b.String(), nil
}

// verify says whether SNS signed a message.
func (s *ses) verify(ctx context.Context, m snsMessage) error {
	hash, sum := crypto.SHA256, []byte(nil)
	switch m.SignatureVersion {
	case "1":
		h := sha1.Sum([]byte(m.text))
		hash, sum = crypto.SHA1, h[:]
	case "2":
		h := sha256.Sum256([]byte(m.text))
		sum = h[:]
	default:
		return forged("its signature's version is not known")
	}
	certificate, err := s.certificates.at(ctx, m.certificate)
	if err != nil {
		return err
	}
	key, ok := certificate.PublicKey.(*rsa.PublicKey)
	if !ok || key.N.BitLen() < 2048 || rsa.VerifyPKCS1v15(key, hash, sum, m.signature) != nil {
		return forged("its signature is wrong")
	}
	return nil
}

// heard gives the one topic that the webhook hears, "" if none was confirmed yet.
func (s *ses) heard(ctx context.Context) (string, error) {
	if s.topic != "" {
		return s.topic, nil
	}
	return s.topics.Topic(ctx, s.webhook)
}

// pin makes the topic that asks first the one that is heard from now on.
func (s *ses) pin(ctx context.Context, m snsMessage, now time.Time) error {
	if m.Type != "SubscriptionConfirmation" || !arn.MatchString(m.TopicArn) {
		return &refusal{
			http.StatusForbidden, "no topic was confirmed here yet",
			"subscribe the topic anew in SNS, or name it as topic in [[webhook]]",
		}
	}
	topic, err := s.topics.Confirm(ctx, s.webhook, m.TopicArn, now)
	if err != nil {
		return err
	}
	return only(topic, m)
}

// only refuses a message of any topic but one. Any account of AWS can have SNS sign messages
// of topics of its own.
func only(topic string, m snsMessage) error {
	if m.TopicArn == topic {
		return nil
	}
	return &refusal{
		http.StatusForbidden, "it is of another topic",
		fmt.Sprintf("it is of %q; only %q is heard, unless topic in [[webhook]] names another", name(m.TopicArn), topic),
	}
}

// confirm tells SNS that we want the topic.
func (s *ses) confirm(ctx context.Context, m snsMessage) error {
	at, err := snsURL(m.SubscribeURL)
	if err != nil || at.Query().Get("Action") != "ConfirmSubscription" || at.Query().Get("TopicArn") != m.TopicArn {
		return forged("its SubscribeURL is not one of SNS for its topic")
	}
	if _, err := s.fetch.Get(ctx, at.String()); err != nil {
		return fmt.Errorf("confirm the topic: %w", err)
	}
	s.told.confirmed(s.name, m.TopicArn)
	return nil
}

// snsURL reads an address that must lie with SNS.
func snsURL(text string) (*url.URL, error) {
	at, err := url.Parse(text)
	if err != nil || at.Scheme != "https" || at.User != nil || at.Opaque != "" || !snsHost.MatchString(at.Host) {
		return nil, fmt.Errorf("%q is not an address of SNS", name(text))
	}
	return at, nil
}
