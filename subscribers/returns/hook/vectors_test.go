package hook

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// TestTheVectorOfStandardWebhooks is the one in the project's own libraries
// (standard-webhooks/libraries/go/webhook_test.go).
func TestTheVectorOfStandardWebhooks(t *testing.T) {
	key, err := standardKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	const text, body = "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.", `{"test": 2432232314}`
	const signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	const other = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc="
	s := standard{key}
	for given, want := range map[string]bool{
		signature: true, other + " v2,x " + signature + " " + other: true, other: false, "": false, " ": false,
		strings.Replace(signature, "v1,", "v1a,", 1): false, strings.TrimPrefix(signature, "v1,"): false,
		strings.Repeat(other+" ", maxSignatures) + signature: false,
	} {
		if got := s.signed(text, []byte(body), given); got != want {
			t.Errorf("%q: got %v", given, got)
		}
	}
	if s.signed(text, []byte(body+" "), signature) {
		t.Error("another body passes")
	}
}

// TestTheVectorOfSendGrid is the one in its own libraries (sendgrid-nodejs,
// packages/eventwebhook).
func TestTheVectorOfSendGrid(t *testing.T) {
	key, err := sendGridKey("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqDqBaWjcMMsTbhdbcw" +
		"HBcepxo7yAQGhHPTnlvFYPAZFceEu/1FwCM/QmGUhA==")
	if err != nil {
		t.Fatal(err)
	}
	signature, err := base64.StdEncoding.DecodeString(
		"MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH2j/0=")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(`1588788367{"category":"example_payload","event":"test_event","message_id":"message_id"}`))
	if !ecdsa.VerifyASN1(key, sum[:], signature) {
		t.Error("it does not verify")
	}
}

// TestATokenOfMailgunIsGoodForOneBody: its signature is not over what it tells.
func TestATokenOfMailgunIsGoodForOneBody(t *testing.T) {
	s := signers()["mailgun"]
	w := open(t, s.webhook)
	for range 2 {
		if got := w.ask(s.sign(s.bounce(reader), evening, false)); got != http.StatusOK {
			t.Errorf("got %d", got)
		}
	}
	r := s.sign(s.bounce(reader), evening, false)
	setBody(r, bytes.Replace(bodyOf(r), []byte(reader), []byte("other@news.example"), 1))
	got := w.ask(r)
	if got != http.StatusForbidden || len(w.desk.heard) != 1 {
		t.Errorf("another body: got %d", got)
	}
	lines := w.logged()
	if len(lines) != 2 || !strings.Contains(lines[1], "its token was used for something else") {
		t.Errorf("logged %q", lines)
	}
}

func TestTokensAreForgottenWithTheirTime(t *testing.T) {
	s := &tokens{of: map[[sha256.Size]byte]token{}}
	for i := range maxTokens {
		if err := s.use(strconv.Itoa(i), []byte{1}, evening); err != nil {
			t.Fatal(err)
		}
	}
	full := s.use("one more", []byte{1}, evening)
	if full == nil {
		t.Error("it is not full")
	}
	if err := s.use("one more", []byte{1}, evening.Add(3*skew)); err != nil || len(s.of) != 1 {
		t.Errorf("after its time: %v, %d are kept", err, len(s.of))
	}
}

func TestKeysAreChecked(t *testing.T) {
	for name, s := range signers() {
		if err := s.webhook.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		bad := s.webhook
		bad.Key = "short"
		if err := bad.Check(); err == nil {
			t.Errorf("%s takes any key", name)
		}
		if bad.Key = ""; name != "ses" && bad.Check() == nil {
			t.Errorf("%s needs no key", name)
		}
		bad = s.webhook
		bad.Topic = "bounces"
		if bad.Check() == nil {
			t.Errorf("%s takes any topic", name)
		}
	}
	if (Webhook{Provider: "sparkpost", Secret: secret}).Check() == nil {
		t.Error("any provider is taken")
	}
	if _, err := New(Options{Webhooks: []Webhook{{Provider: "x"}}}); err == nil {
		t.Error("a webhook that can't be used is opened")
	}
	p384, _ := base64.StdEncoding.DecodeString("AAAA")
	for _, key := range []string{"", "!", base64.StdEncoding.EncodeToString(p384), "MFkw"} {
		if _, err := sendGridKey(key); err == nil {
			t.Errorf("sendgrid takes %q", key)
		}
	}
	for _, key := range []string{"", "whsec_", "whsec_!", "whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"} {
		if _, err := standardKey(key); err == nil {
			t.Errorf("standard takes %q", key)
		}
	}
}
