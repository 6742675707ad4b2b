package hook

import (
	"crypto/rsa"
	"crypto/x509"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"vesper/subscribers/returns/hooktest"
)

func notice(m map[string]string, version string, key *rsa.PrivateKey) *http.Request {
	r := post("ses", []byte(hooktest.SNS(m, version, key)))
	r.Header.Set("Content-Type", "text/plain; charset=UTF-8")
	return r
}

// asks is a topic's wish to be confirmed.
func asks(of string) map[string]string { return hooktest.Asks(of, evening) }

const topic = hooktest.Topic

func TestBothVersionsOfSignaturesAreRead(t *testing.T) {
	s := signers()["ses"]
	for _, version := range []string{"1", "2"} {
		m := hooktest.Notification(s.bounce(reader), evening)
		m["Subject"] = "Amazon SES Email Event Notification"
		w := open(t, s.webhook)
		if got := w.ask(notice(m, version, hooktest.RSA().SNS)); got != http.StatusOK || len(w.desk.heard) != 1 {
			t.Errorf("version %s: got %d, %q", version, got, w.logged())
		}
		// The words of one version do not pass for the other's.
		other := map[string]string{"1": "2", "2": "1"}[version]
		body := strings.Replace(hooktest.SNS(m, version, hooktest.RSA().SNS), `"SignatureVersion":"`+version,
			`"SignatureVersion":"`+other, 1)
		if got := w.ask(post("ses", []byte(body))); got != http.StatusForbidden {
			t.Errorf("version %s called %s: got %d", version, other, got)
		}
	}
	w := open(t, s.webhook)
	if got := w.ask(notice(hooktest.Notification("", evening), "3", hooktest.RSA().SNS)); got != http.StatusForbidden {
		t.Errorf("version 3: got %d", got)
	}
}

// TestTheFirstTopicThatAsksIsConfirmedAndNoOther: anybody has SNS sign messages of topics
// of his own.
func TestTheFirstTopicThatAsksIsConfirmedAndNoOther(t *testing.T) {
	s := signers()["ses"]
	w := open(t, Webhook{Provider: "ses", Secret: secret})
	w.aws.At[hooktest.ConfirmAt+topic+"&Token=2336412f37"] = []byte("<ConfirmSubscriptionResponse/>")
	foreign := "arn:aws:sns:eu-west-1:999999999999:bounces"
	w.aws.At[hooktest.ConfirmAt+foreign+"&Token=2336412f37"] = []byte("<ConfirmSubscriptionResponse/>")

	bounced := func(of string) *http.Request {
		m := hooktest.Notification(s.bounce(reader), evening)
		m["TopicArn"] = of
		return notice(m, "2", hooktest.RSA().SNS)
	}
	if got := w.ask(bounced(topic)); got != http.StatusForbidden {
		t.Errorf("before any topic: got %d", got)
	}
	if got := w.ask(notice(asks(topic), "2", hooktest.RSA().SNS)); got != http.StatusOK {
		t.Errorf("the topic asks: got %d, %q", got, w.logged())
	}
	if !slices.Contains(w.aws.Asked, hooktest.ConfirmAt+topic+"&Token=2336412f37") {
		t.Error("it is not confirmed")
	}
	if got := w.ask(notice(asks(foreign), "2", hooktest.RSA().SNS)); got != http.StatusForbidden {
		t.Errorf("another asks: got %d", got)
	}
	if got := w.ask(bounced(foreign)); got != http.StatusForbidden || len(w.desk.heard) > 0 {
		t.Errorf("another tells: got %d", got)
	}
	if slices.Contains(w.aws.Asked, hooktest.ConfirmAt+foreign+"&Token=2336412f37") {
		t.Error("another's topic is confirmed")
	}
	if got := w.ask(bounced(topic)); got != http.StatusOK || len(w.desk.heard) != 1 {
		t.Errorf("the topic tells: got %d", got)
	}
	lines := w.logged()
	quiet(t, lines)
	if len(lines) != 3 || !strings.Contains(strings.Join(lines, "\n"), topic) {
		t.Errorf("logged %q", lines)
	}
}

// TestATopicThatIsNamedIsTheOnlyOne: none that asks is confirmed in its place.
func TestATopicThatIsNamedIsTheOnlyOne(t *testing.T) {
	w := open(t, signers()["ses"].webhook)
	foreign := "arn:aws:sns:eu-west-1:999999999999:bounces"
	if got := w.ask(notice(asks(foreign), "2", hooktest.RSA().SNS)); got != http.StatusForbidden || len(w.aws.topics) > 0 {
		t.Errorf("got %d", got)
	}
	if len(w.aws.Asked) > 0 {
		t.Errorf("SNS is asked for %q", w.aws.Asked)
	}
	w.aws.At[hooktest.ConfirmAt+topic+"&Token=2336412f37"] = nil
	if got := w.ask(notice(asks(topic), "2", hooktest.RSA().SNS)); got != http.StatusOK {
		t.Errorf("got %d, %q", got, w.logged())
	}
}

// TestNothingIsAskedForElsewhere: what a message says of addresses is a stranger's word.
func TestNothingIsAskedForElsewhere(t *testing.T) {
	s := signers()["ses"]
	for _, bad := range []string{
		"http://sns.eu-west-1.amazonaws.com/x.pem", "https://sns.eu-west-1.amazonaws.com.evil.example/x.pem",
		"https://evil.example/sns.eu-west-1.amazonaws.com/x.pem", "https://sns.eu-west-1.amazonaws.com@evil.example/x.pem",
		"https://sns.eu-west-1.amazonaws.com:8443/x.pem", "https://user@sns.eu-west-1.amazonaws.com/x.pem",
		"https://amazonaws.com/x.pem", "https://snsxeu-west-1.amazonaws.com/x.pem",
		"https://s3.eu-west-1.amazonaws.com/x.pem",
		"https://sns.eu-west-1.amazonaws.com/x.pem?y", "https://sns.eu-west-1.amazonaws.com/x.txt", "",
		"https://sns.eu_west.amazonaws.com/x.pem", "https://SNS.EU-WEST-1.AMAZONAWS.COM.evil/x.pem", "file:///x.pem",
		"https://sns..amazonaws.com/x.pem", "https://sns.a.b.amazonaws.com/x.pem", "https://169.254.169.254/x.pem",
		"https://bucket.sns.eu-west-1.amazonaws.com/x.pem", "https://sns.eu-west-1.amazonaws.com\n.evil.example/x.pem",
	} {
		w := open(t, s.webhook)
		body := strings.Replace(string(bodyOf(s.sign(s.bounce(reader), evening, false))), hooktest.CertificateAt,
			strings.ReplaceAll(bad, "\n", `\n`), 1)
		if got := w.ask(post("ses", []byte(body))); got != http.StatusForbidden || len(w.aws.Asked) > 0 {
			t.Errorf("%q: got %d, asked for %q", bad, got, w.aws.Asked)
		}
		quiet(t, w.logged())
	}
	for _, bad := range []string{
		"https://evil.example/?Action=ConfirmSubscription&TopicArn=" + topic,
		"https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe&TopicArn=" + topic,
		"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:eu-west-1:9:other",
		"http://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=" + topic,
	} {
		w := open(t, s.webhook)
		m := asks(topic)
		m["SubscribeURL"] = bad
		got := w.ask(notice(m, "2", hooktest.RSA().SNS))
		if got != http.StatusForbidden || slices.Contains(w.aws.Asked, bad) {
			t.Errorf("%q: got %d, asked for %q", bad, got, w.aws.Asked)
		}
	}
}

func TestCertificatesMustBeThoseOfSNS(t *testing.T) {
	s := signers()["ses"]
	elsewhere := func(w *world) {
		w.aws.leaf(t, func(c *x509.Certificate) { c.DNSNames = []string{"s3.amazonaws.com"} })
	}
	self := func(w *world) {
		one := &x509.Certificate{
			SerialNumber: w.serial(), DNSNames: []string{"sns.amazonaws.com"},
			NotBefore: evening.AddDate(0, -1, 0), NotAfter: evening.AddDate(0, 1, 0),
		}
		der := hooktest.Certificate(t, one, one, &hooktest.RSA().SNS.PublicKey, hooktest.RSA().SNS)
		w.aws.At[hooktest.CertificateAt] = hooktest.PEM(der)
	}
	for name, c := range map[string]struct {
		change func(*world)
		want   int
	}{
		"as it is": {func(*world) {}, http.StatusOK},
		"with its region": {func(w *world) {
			w.aws.leaf(t, func(c *x509.Certificate) {
				c.DNSNames = []string{"sns.eu-west-1.amazonaws.com"}
			})
		}, http.StatusOK},
		"with the one above": {func(w *world) {
			w.aws.At[hooktest.CertificateAt] = append(w.aws.Leaf(t, evening, nil),
				hooktest.PEM(w.aws.At[hooktest.AboveAt])...)
			delete(w.aws.At, hooktest.AboveAt)
		}, http.StatusOK},
		"the one above in PEM": {func(w *world) {
			w.aws.At[hooktest.AboveAt] = hooktest.PEM(w.aws.At[hooktest.AboveAt])
		}, http.StatusOK},
		"another's":     {elsewhere, http.StatusForbidden},
		"its own":       {self, http.StatusForbidden},
		"no longer":     {func(w *world) { w.aws.leaf(t, past) }, http.StatusForbidden},
		"not yet":       {func(w *world) { w.aws.leaf(t, future) }, http.StatusForbidden},
		"no PEM":        {func(w *world) { w.aws.At[hooktest.CertificateAt] = []byte("<html>") }, http.StatusForbidden},
		"PEM of no one": {func(w *world) { w.aws.At[hooktest.CertificateAt] = []byte(emptyPEM) }, http.StatusForbidden},
		"huge": {func(w *world) {
			w.aws.At[hooktest.CertificateAt] = append(w.aws.At[hooktest.CertificateAt], make([]byte, maxCertificate)...)
		}, http.StatusForbidden},
		"above is none": {func(w *world) { w.aws.At[hooktest.AboveAt] = []byte("<html>") }, http.StatusForbidden},
		"not there":     {func(w *world) { delete(w.aws.At, hooktest.CertificateAt) }, http.StatusServiceUnavailable},
		"above is gone": {func(w *world) { delete(w.aws.At, hooktest.AboveAt) }, http.StatusServiceUnavailable},
	} {
		w := open(t, s.webhook)
		c.change(w)
		if got := w.ask(s.sign(s.bounce(reader), evening, false)); got != c.want {
			t.Errorf("%s: got %d, want %d; %q", name, got, c.want, w.logged())
		}
	}
}

const emptyPEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"

func past(c *x509.Certificate)   { c.NotAfter = evening.Add(-time.Hour) }
func future(c *x509.Certificate) { c.NotBefore = evening.Add(time.Hour) }

// TestACertificateIsGotOnce, and after a day anew; of those that can't be got only so many
// are asked for.
func TestACertificateIsGotOnce(t *testing.T) {
	s := signers()["ses"]
	w := open(t, s.webhook)
	for range 20 {
		w.ask(s.sign(s.bounce(reader), evening, false))
	}
	if want := []string{hooktest.CertificateAt, hooktest.AboveAt}; !slices.Equal(w.aws.Asked, want) {
		t.Errorf("asked for %q, want %q", w.aws.Asked, want)
	}
	w.now = evening.Add(keptFor)
	w.ask(s.sign(s.bounce(reader), w.now, false))
	if len(w.aws.Asked) != 4 {
		t.Errorf("after a day: asked for %q", w.aws.Asked)
	}
	w = open(t, s.webhook)
	for i := range 100 {
		body := strings.Replace(string(bodyOf(s.sign(s.bounce(reader), evening, false))), ".pem",
			strings.Repeat("a", i)+".pem", 1)
		w.ask(post("ses", []byte(body)))
	}
	if len(w.aws.Asked) > triesAMinute+1 {
		t.Errorf("%d certificates were asked for in a minute", len(w.aws.Asked))
	}
}

// TestAConfirmationThatFailsIsSentAgain: SNS does so if it gets no 200.
func TestAConfirmationThatFailsIsSentAgain(t *testing.T) {
	w := open(t, Webhook{Provider: "ses", Secret: secret})
	for range 2 {
		if got := w.ask(notice(asks(topic), "2", hooktest.RSA().SNS)); got != http.StatusServiceUnavailable {
			t.Errorf("got %d", got)
		}
	}
	w.aws.At[hooktest.ConfirmAt+topic+"&Token=2336412f37"] = nil
	if got := w.ask(notice(asks(topic), "2", hooktest.RSA().SNS)); got != http.StatusOK {
		t.Errorf("got %d", got)
	}
	w.aws.err = errDown
	if got := w.ask(notice(asks(topic), "2", hooktest.RSA().SNS)); got != http.StatusServiceUnavailable {
		t.Errorf("no database: got %d", got)
	}
	quiet(t, w.logged())
}

func TestWhatSNSSaysOfItselfIsNoEvent(t *testing.T) {
	w := open(t, signers()["ses"].webhook)
	m := asks(topic)
	m["Type"] = "UnsubscribeConfirmation"
	for what, m := range map[string]map[string]string{
		"the topic leaves": m,
		"events are set up": hooktest.Notification(
			"Successfully validated SNS topic for Amazon SES event publishing.", evening),
		"notices are set up": hooktest.Notification(
			`{"notificationType":"AmazonSnsSubscriptionSucceeded","message":"You have"}`, evening),
	} {
		if got := w.ask(notice(m, "2", hooktest.RSA().SNS)); got != http.StatusOK || w.desk.times > 0 {
			t.Errorf("%s: got %d", what, got)
		}
	}
	lines := w.logged()
	confirmed := func(at string) bool { return strings.HasPrefix(at, hooktest.ConfirmAt) }
	if len(lines) != 1 || !strings.Contains(lines[0], "unsubscribed") || slices.ContainsFunc(w.aws.Asked, confirmed) {
		t.Errorf("logged %q, asked for %q", lines, w.aws.Asked)
	}
}
