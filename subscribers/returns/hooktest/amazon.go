package hooktest

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"sync"
	"testing"
	"time"
)

// Where things lie, and what is heard.
const (
	Topic = "arn:aws:sns:eu-west-1:123456789012:bounces"
	// CertificateAt is the address of SNS's certificate, AboveAt of the one above it.
	CertificateAt = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-7506a1e35b36ef5a444dd1a8e7cc3ed8.pem"
	AboveAt       = "http://crt.r2m01.amazontrust.com/r2m01.cer"
	// ConfirmAt begins the address by which a topic is confirmed.
	ConfirmAt = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn="
)

// Amazon is SNS: an authority, a certificate, and the addresses that they lie at.
type Amazon struct {
	Roots *x509.CertPool
	// Root is the root's certificate in PEM.
	Root []byte
	// At is what lies where, and Asked what was asked for.
	At    map[string][]byte
	Asked []string

	mu sync.Mutex
}

// Keys are those of an authority, of one below it, of SNS, and of somebody else.
type Keys struct{ Root, Between, SNS, Other *rsa.PrivateKey }

// RSA are the keys, which are made once: they take their time.
var RSA = sync.OnceValue(func() (all Keys) {
	for _, k := range []**rsa.PrivateKey{&all.Root, &all.Between, &all.SNS, &all.Other} {
		var err error
		if *k, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			panic(err)
		}
	}
	return all
})

// NewAmazon gives an SNS whose certificates are good at a time.
func NewAmazon(t testing.TB, now time.Time) *Amazon {
	t.Helper()
	k := RSA()
	a := &Amazon{Roots: x509.NewCertPool(), At: map[string][]byte{}}
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a root"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: now.AddDate(-5, 0, 0), NotAfter: now.AddDate(5, 0, 0), KeyUsage: x509.KeyUsageCertSign,
	}
	between := *root
	between.SerialNumber, between.Subject.CommonName = big.NewInt(2), "an authority"
	a.Root = PEM(Certificate(t, root, root, &k.Root.PublicKey, k.Root))
	a.Roots.AppendCertsFromPEM(a.Root)
	a.At[AboveAt] = Certificate(t, &between, root, &k.Between.PublicKey, k.Root)
	a.At[CertificateAt] = a.Leaf(t, now, nil)
	return a
}

// Leaf makes the certificate of SNS in PEM, changed by change if that is not nil.
func (a *Amazon) Leaf(t testing.TB, now time.Time, change func(*x509.Certificate)) []byte {
	t.Helper()
	above, err := x509.ParseCertificate(a.At[AboveAt])
	if err != nil {
		t.Fatal(err)
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: "sns.amazonaws.com"},
		DNSNames: []string{"sns.amazonaws.com"}, IssuingCertificateURL: []string{AboveAt},
		NotBefore: now.AddDate(0, -1, 0), NotAfter: now.AddDate(0, 1, 0),
	}
	if change != nil {
		change(leaf)
	}
	return PEM(Certificate(t, leaf, above, &RSA().SNS.PublicKey, RSA().Between))
}

// Certificate makes a certificate, and gives it in DER.
func Certificate(t testing.TB, one, above *x509.Certificate, key *rsa.PublicKey, by *rsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, one, above, key, by)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// PEM writes a certificate so.
func PEM(der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}) }

// Get gives what lies at an address.
func (a *Amazon) Get(_ context.Context, address string) ([]byte, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.Asked = append(a.Asked, address)
	if text, ok := a.At[address]; ok {
		return text, nil
	}
	return nil, errors.New("there is nothing")
}

// SNS makes the body that SNS posts of these fields, signed by a key in version 1 or 2.
func SNS(m map[string]string, version string, key *rsa.PrivateKey) string {
	var text string
	for _, name := range []string{
		"Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type",
	} {
		if value, ok := m[name]; ok {
			text += name + "\n" + value + "\n"
		}
	}
	sum := sha256.Sum256([]byte(text))
	hash, digest := crypto.SHA256, sum[:]
	if version == "1" {
		h := sha1.Sum([]byte(text))
		hash, digest = crypto.SHA1, h[:]
	}
	signature, err := rsa.SignPKCS1v15(nil, key, hash, digest)
	if err != nil {
		panic(err)
	}
	all := map[string]string{
		"SignatureVersion": version, "Signature": base64.StdEncoding.EncodeToString(signature),
		"SigningCertURL": CertificateAt, "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
	}
	for name, value := range m {
		all[name] = value
	}
	out, err := json.Marshal(all)
	if err != nil {
		panic(err)
	}
	return string(out)
}

// Notification is a message of the topic.
func Notification(message string, at time.Time) map[string]string {
	return map[string]string{
		"Type": "Notification", "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", "TopicArn": Topic,
		"Message": message, "Timestamp": at.UTC().Format("2006-01-02T15:04:05.000Z"),
	}
}

// Asks is a topic's wish to be confirmed.
func Asks(topic string, at time.Time) map[string]string {
	return map[string]string{
		"Type": "SubscriptionConfirmation", "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b", "TopicArn": topic,
		"Token": "2336412f37", "Message": "You have chosen to subscribe to the topic.",
		"SubscribeURL": ConfirmAt + topic + "&Token=2336412f37", "Timestamp": at.UTC().Format("2006-01-02T15:04:05.000Z"),
	}
}
