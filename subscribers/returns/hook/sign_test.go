package hook

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"
)

const (
	mailgunSecret = "f2c8e6a1b0d94c7795a3e1d2c4b6a890"
	postmarkUser  = "postmark:hunter2hunter2hunter2"
	topic         = "arn:aws:sns:eu-west-1:123456789012:bounces"
	certAt        = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-7506a1e35b36ef5a444dd1a8e7cc3ed8.pem"
)

var standardSecret = "whsec_" + base64.StdEncoding.EncodeToString([]byte("a key of 24 octets or so"))

// amazon is SNS: an authority, a certificate, and the addresses that they lie at.
type amazon struct {
	key   *rsa.PrivateKey
	roots *x509.CertPool

	mu     sync.Mutex
	at     map[string][]byte
	asked  []string
	topics map[[sha256.Size]byte]string
	err    error
}

// keys are made once: they take their time.
var keys = sync.OnceValue(func() (all struct{ root, between, leaf, other *rsa.PrivateKey }) {
	for _, k := range []**rsa.PrivateKey{&all.root, &all.between, &all.leaf, &all.other} {
		*k, _ = rsa.GenerateKey(rand.Reader, 2048)
	}
	return all
})

const aboveAt = "http://crt.r2m01.amazontrust.com/r2m01.cer"

// certificate makes a certificate, and gives it in DER.
func certificate(t testing.TB, one, above *x509.Certificate, key *rsa.PublicKey, by *rsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, one, above, key, by)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func newAmazon(t testing.TB) *amazon {
	k := keys()
	a := &amazon{
		key: k.leaf, roots: x509.NewCertPool(), at: map[string][]byte{}, topics: map[[sha256.Size]byte]string{},
	}
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a root"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: evening.AddDate(-5, 0, 0), NotAfter: evening.AddDate(5, 0, 0), KeyUsage: x509.KeyUsageCertSign,
	}
	between := *root
	between.SerialNumber, between.Subject.CommonName = big.NewInt(2), "an authority"
	rootIs, _ := x509.ParseCertificate(certificate(t, root, root, &k.root.PublicKey, k.root))
	a.roots.AddCert(rootIs)
	betweenIs := certificate(t, &between, root, &k.between.PublicKey, k.root)
	a.at[aboveAt] = betweenIs
	a.at[certAt] = a.leaf(t, nil)
	return a
}

// leaf makes the certificate of SNS in PEM, changed by change.
func (a *amazon) leaf(t testing.TB, change func(*x509.Certificate)) []byte {
	k := keys()
	between, err := x509.ParseCertificate(a.at[aboveAt])
	if err != nil {
		t.Fatal(err)
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: "sns.amazonaws.com"},
		DNSNames: []string{"sns.amazonaws.com"}, IssuingCertificateURL: []string{aboveAt},
		NotBefore: evening.AddDate(0, -1, 0), NotAfter: evening.AddDate(0, 1, 0),
	}
	if change != nil {
		change(leaf)
	}
	der := certificate(t, leaf, between, &k.leaf.PublicKey, k.between)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// Get implements Fetcher.
func (a *amazon) Get(_ context.Context, address string) ([]byte, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, address)
	if text, ok := a.at[address]; ok {
		return text, nil
	}
	return nil, errors.New("there is nothing")
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

// sns signs a message of SNS.
func sns(m map[string]string, version string, key *rsa.PrivateKey) []byte {
	var text string
	for _, name := range []string{
		"Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type",
	} {
		if value, ok := m[name]; ok {
			text += name + "\n" + value + "\n"
		}
	}
	hash, sum := crypto.SHA256, sha256.Sum256([]byte(text))
	digest := sum[:]
	if version == "1" {
		h := sha1.Sum([]byte(text))
		hash, digest = crypto.SHA1, h[:]
	}
	signature, err := rsa.SignPKCS1v15(nil, key, hash, digest)
	if err != nil {
		panic(err)
	}
	all := map[string]string{
		"SignatureVersion": version, "Signature": base64.StdEncoding.EncodeToString(signature), "SigningCertURL": certAt,
		"UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
	}
	for name, value := range m {
		all[name] = value
	}
	out, _ := json.Marshal(all)
	return out
}

func notification(message []byte, at time.Time) map[string]string {
	return map[string]string{
		"Type": "Notification", "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", "TopicArn": topic,
		"Message": string(message), "Timestamp": at.UTC().Format("2006-01-02T15:04:05.000Z"),
	}
}

var sendGridPair = sync.OnceValue(func() (all struct{ ours, other *ecdsa.PrivateKey }) {
	all.ours, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	all.other, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return all
})

func publicKey(key *ecdsa.PrivateKey) string {
	der, _ := x509.MarshalPKIXPublicKey(&key.PublicKey)
	return base64.StdEncoding.EncodeToString(der)
}

func hmacOf(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// signer makes requests as one provider does.
type signer struct {
	webhook Webhook
	// bounce gives a bounce of an address, as the provider words it.
	bounce func(address string) string
	// sign makes a request of a body; foreign is with somebody else's key.
	sign func(body string, at time.Time, foreign bool) *http.Request
	// dated says that requests have a time.
	dated bool
	// old is how old a request may be.
	old time.Duration
}

// signers are the five providers.
func signers() map[string]signer {
	return map[string]signer{
		"ses": {
			Webhook{Provider: "ses", Secret: secret, Topic: topic},
			func(address string) string {
				return fmt.Sprintf(`{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bounceSubType":"General",
"bouncedRecipients":[{"emailAddress":%q,"status":"5.1.1","action":"failed",
"diagnosticCode":"smtp; 550 5.1.1 <%s>... User unknown"}],"feedbackId":"00000138111222aa-44455566-000000"},
"mail":{"messageId":"0102017f0a1b2c3d-33322211-000000","destination":[%q],
"commonHeaders":{"messageId":"<ours@news.example>"}}}`, address, address, address)
			},
			func(body string, at time.Time, foreign bool) *http.Request {
				key := keys().leaf
				if foreign {
					key = keys().other
				}
				r := post("ses", sns(notification([]byte(body), at), "2", key))
				r.Header.Set("Content-Type", "text/plain; charset=UTF-8")
				return r
			}, true, forSNS,
		},
		"sendgrid": {
			Webhook{Provider: "sendgrid", Secret: secret, Key: publicKey(sendGridPair().ours)},
			func(address string) string {
				return fmt.Sprintf(`[{"event":"bounce","type":"bounce","email":%q,"timestamp":1461095250,
"smtp-id":"<ours@news.example>","sg_event_id":"lC0Rc-FuQmKbnxCWxX1jRQ","status":"5.1.1",
"sg_message_id":"Lli-03HcQ5-JLybO9fXsJg.filter0077p1las1.21536.5717FC482.0",
"reason":"550 5.1.1 The email account that you tried to reach does not exist."}]`, address)
			},
			func(body string, at time.Time, foreign bool) *http.Request {
				key := sendGridPair().ours
				if foreign {
					key = sendGridPair().other
				}
				stamp := strconv.FormatInt(at.Unix(), 10)
				sum := sha256.Sum256([]byte(stamp + body))
				signature, _ := ecdsa.SignASN1(rand.Reader, key, sum[:])
				r := post("sendgrid", []byte(body))
				r.Header.Set("X-Twilio-Email-Event-Webhook-Timestamp", stamp)
				r.Header.Set("X-Twilio-Email-Event-Webhook-Signature", base64.StdEncoding.EncodeToString(signature))
				return r
			}, true, skew,
		},
		"mailgun": {
			Webhook{Provider: "mailgun", Secret: secret, Key: mailgunSecret},
			func(address string) string {
				return fmt.Sprintf(`{"event":"failed","severity":"permanent","reason":"bounce","id":"G9Bn5sl1TC6nu79C8C0bwg",
"timestamp":1534110422.389832,"recipient":%q,"message":{"headers":{"message-id":"ours@news.example"}},
"delivery-status":{"code":550,"message":"5.1.1 The email account that you tried to reach does not exist."}}`, address)
			},
			func(body string, at time.Time, foreign bool) *http.Request {
				key := mailgunSecret
				if foreign {
					key = "0" + mailgunSecret[1:]
				}
				stamp, token := strconv.FormatInt(at.Unix(), 10), "651869375b9df3c98fc15c4889b102119add1235c38fc92824"
				return post("mailgun", fmt.Appendf(nil,
					`{"signature":{"timestamp":%q,"token":%q,"signature":%q},"event-data":%s}`,
					stamp, token, hex.EncodeToString(hmacOf([]byte(key), stamp+token)), body))
			}, true, skew,
		},
		"postmark": {
			Webhook{Provider: "postmark", Secret: secret, Key: postmarkUser},
			func(address string) string {
				return fmt.Sprintf(`{"RecordType":"Bounce","ID":901542550,"Type":"HardBounce","TypeCode":1,
"MessageID":"2706ee8a-737c-4285-b032-ccd317af53ed","Email":%q,"Inactive":true,
"Details":"smtp;550 5.1.1 The email account that you tried to reach does not exist."}`, address)
			},
			func(body string, _ time.Time, foreign bool) *http.Request {
				r := post("postmark", []byte(body))
				password := "hunter2hunter2hunter2"
				if foreign {
					password = "hunter3hunter3hunter3"
				}
				r.SetBasicAuth("postmark", password)
				return r
			}, false, 0,
		},
		"standard": {
			Webhook{Provider: "standard", Secret: secret, Key: standardSecret},
			func(address string) string {
				return fmt.Sprintf(`{"type":"email.bounced","created_at":"2026-11-22T23:41:12.126Z","data":{
"email_id":"56761188-7520-42d8-8898-ff6fc54ce618","from":"News <evening@news.example>","to":[%q],
"bounce":{"message":"smtp; 550 5.1.1 user unknown","type":"Permanent","subType":"General"}}}`, address)
			},
			func(body string, at time.Time, foreign bool) *http.Request {
				key, _ := standardKey(standardSecret)
				if foreign {
					key = append([]byte("x"), key...)
				}
				stamp, id := strconv.FormatInt(at.Unix(), 10), "msg_p5jXN8AQM9LWM0D4loKWxJek"
				r := post("standard", []byte(body))
				r.Header.Set("svix-id", id)
				r.Header.Set("svix-timestamp", stamp)
				r.Header.Set("svix-signature",
					"v1,"+base64.StdEncoding.EncodeToString(hmacOf(key, id+"."+stamp+"."+body)))
				return r
			}, true, skew,
		},
	}
}
