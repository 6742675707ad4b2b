package hook

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"vesper/subscribers"

	"vesper/subscribers/returns/hooktest"
)

const reader = "reader@news.example"

func TestAGenuineEventIsHeard(t *testing.T) {
	for name, s := range signers() {
		t.Run(name, func(t *testing.T) {
			w := open(t, s.webhook)
			if got := w.ask(s.sign(s.bounce(reader), evening, false)); got != http.StatusOK {
				t.Fatalf("got %d\n%s", got, w.logged())
			}
			if len(w.desk.heard) != 1 {
				t.Fatalf("got %d events", len(w.desk.heard))
			}
			e := w.desk.heard[0]
			if e.Address != reader || e.Cause != subscribers.UserUnknown || e.Passing || e.ID == "" || len(e.Raw) == 0 {
				t.Errorf("got %+v", e)
			}
			want := map[string][2]string{
				"ses":      {"ours@news.example", "0102017f0a1b2c3d-3332"},
				"sendgrid": {"ours@news.example", "0102017f0a1b2c3d-3332"},
				"mailgun":  {"ours@news.example", ""},
				"postmark": {"0102017f0a1b2c3d-3332", "0102017f0a1b2c3d-3332"},
				"standard": {"", "0102017f0a1b2c3d-3332"},
			}[name]
			if e.MessageID != want[0] || want[1] != "" && !slices.Contains(e.QueueIDs, want[1]) {
				t.Errorf("got the names %q and %q, want %q", e.MessageID, e.QueueIDs, want)
			}
			if lines := w.logged(); lines != nil {
				t.Errorf("logged %q", lines)
			}
		})
	}
}

// TestWhatIsReplayedIsOneEvent: providers send again what they have no answer to.
func TestWhatIsReplayedIsOneEvent(t *testing.T) {
	for name, s := range signers() {
		w := open(t, s.webhook)
		for range 3 {
			if got := w.ask(s.sign(s.bounce(reader), evening, false)); got != http.StatusOK {
				t.Errorf("%s: got %d", name, got)
			}
		}
		if len(w.desk.heard) != 1 || w.desk.times != 3 {
			t.Errorf("%s: got %d events of %d requests", name, len(w.desk.heard), w.desk.times)
		}
		lines := w.logged()
		if len(lines) != 1 || !strings.Contains(lines[0], "told again") {
			t.Errorf("%s: logged %q", name, lines)
		}
		quiet(t, lines)
	}
}

// TestWhatIsNotTheProvidersHasNoEffectAndOneLine is the table of what may come instead.
func TestWhatIsNotTheProvidersHasNoEffectAndOneLine(t *testing.T) {
	for name, s := range signers() {
		good := func() *http.Request { return s.sign(s.bounce(reader), evening, false) }
		with := func(change func(*http.Request)) *http.Request {
			r := good()
			change(r)
			return r
		}
		body := func(change func([]byte) []byte) *http.Request {
			return with(func(r *http.Request) { setBody(r, change(bodyOf(r))) })
		}
		refused := http.StatusForbidden
		if name == "postmark" {
			refused = http.StatusUnauthorized
		}
		cases := map[string]struct {
			r    *http.Request
			want int
		}{
			"another's key": {s.sign(s.bounce(reader), evening, true), refused},
			"cut":           {body(func(b []byte) []byte { return b[:len(b)/2] }), 0},
			"cut on the way": {with(func(r *http.Request) {
				r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(bodyOf(r)[:20]), broken{}))
			}), http.StatusBadRequest},
			"too large": {body(func(b []byte) []byte {
				return append(b, bytes.Repeat([]byte(" "), MaxBody)...)
			}), http.StatusRequestEntityTooLarge},
			"deep": {
				s.sign(strings.Repeat(`{"mail":[`, 5000)+strings.Repeat("]}", 5000), evening, false), http.StatusBadRequest,
			},
			"a form": {with(func(r *http.Request) {
				r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
			}), http.StatusUnsupportedMediaType},
			"no JSON":    {s.sign(`"`, evening, false), http.StatusBadRequest},
			"not signed": {post(name, []byte(s.bounce(reader))), refused},
			"empty":      {post(name, nil), 0},
			"no header": {with(func(r *http.Request) {
				r.Header = http.Header{"Content-Type": {"application/json"}}
			}), refused},
		}
		if name == "ses" || name == "mailgun" { // these sign in the body
			delete(cases, "no header")
		}
		if s.Dated {
			cases["too old"] = struct {
				r    *http.Request
				want int
			}{s.sign(s.bounce(reader), evening.Add(-s.old()-time.Second), false), refused}
			cases["to come"] = struct {
				r    *http.Request
				want int
			}{s.sign(s.bounce(reader), evening.Add(skew+time.Second), false), refused}
		}
		if name != "postmark" {
			cases["forged"] = struct {
				r    *http.Request
				want int
			}{body(func(b []byte) []byte {
				if name == "mailgun" { // which does not sign what it tells
					return bytes.Replace(b, []byte(`"token":"`), []byte(`"token":"0`), 1)
				}
				return bytes.Replace(b, []byte("reader@"), []byte("others@"), 1)
			}), refused}
		}
		for what, c := range cases {
			t.Run(name+" "+what, func(t *testing.T) {
				w := open(t, s.webhook)
				got := w.ask(c.r)
				if c.want != 0 && got != c.want || got < 400 {
					t.Errorf("got %d, want %d", got, c.want)
				}
				if w.desk.times != 0 {
					t.Errorf("it was heard: %+v", w.desk.heard)
				}
				lines := w.logged()
				if len(lines) != 1 {
					t.Errorf("logged %q", lines)
				}
				quiet(t, lines)
			})
		}
	}
}

// broken is a connection that breaks off.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestWithoutTheSecretThereIsNothing: neither for a guess, nor by another's secret or
// provider, and nothing of it is logged.
func TestWithoutTheSecretThereIsNothing(t *testing.T) {
	all := signers()
	w := open(t, all["ses"].webhook, all["postmark"].webhook,
		Webhook{Provider: "mailgun", Secret: strings.ToUpper(secret[:31]) + "G", Key: hooktest.MailgunKey})
	for _, path := range []string{
		"/hooks/", "/hooks/ses", "/hooks/ses/", "/hooks/ses/" + secret[:31], "/hooks/ses/" + secret + "0",
		"/hooks//" + secret,
		"/hooks/ses/" + strings.ToUpper(secret), "/hooks/sendgrid/" + secret, "/hooks/mailgun/" + secret,
		"/hooks/ses/" + secret + "/", "/hooks/SES/" + secret, "/hook/ses/" + secret, "/ses/" + secret,
	} {
		r := all["ses"].sign(all["ses"].bounce(reader), evening, false)
		r.URL.Path = path
		if got := w.ask(r); got != 0 {
			t.Errorf("%s is answered with %d", path, got)
		}
	}
	if lines := w.logged(); lines != nil || w.desk.times > 0 {
		t.Errorf("logged %q, heard %d", lines, w.desk.times)
	}
}

func TestNothingButPostIsWorkedOn(t *testing.T) {
	for name, s := range signers() {
		w := open(t, s.webhook)
		for _, method := range []string{"GET", "HEAD", "PUT", "DELETE", "OPTIONS"} {
			r := s.sign(s.bounce(reader), evening, false)
			r.Method = method
			if got := w.ask(r); got != http.StatusMethodNotAllowed || w.desk.times > 0 {
				t.Errorf("%s %s: got %d", method, name, got)
			}
		}
	}
}

// TestAStoreThatFailsHasTheProviderTryAgain: a 200 is a promise.
func TestAStoreThatFailsHasTheProviderTryAgain(t *testing.T) {
	for name, s := range signers() {
		w := open(t, s.webhook)
		w.desk.err = errDown
		rec := httptest.NewRecorder()
		w.Serve(rec, s.sign(s.bounce(reader), evening, false))
		if rec.Code != http.StatusServiceUnavailable || rec.Header().Get("Retry-After") == "" {
			t.Errorf("%s: got %d", name, rec.Code)
		}
		w.desk.err = nil
		if got := w.ask(s.sign(s.bounce(reader), evening, false)); got != http.StatusOK || len(w.desk.heard) != 1 {
			t.Errorf("%s tries again: got %d, heard %d", name, got, len(w.desk.heard))
		}
		lines := w.logged()
		if len(lines) != 1 || !strings.Contains(lines[0], "level=ERROR") {
			t.Errorf("%s: logged %q", name, lines)
		}
	}
}

// TestMailOfAnotherListIsOneLine: the account may send for others too.
func TestMailOfAnotherListIsOneLine(t *testing.T) {
	for name, s := range signers() {
		w := open(t, s.webhook)
		w.desk.strangers = true
		if got := w.ask(s.sign(s.bounce("other@other.example"), evening, false)); got != http.StatusOK {
			t.Errorf("%s: got %d", name, got)
		}
		lines := w.logged()
		if len(lines) != 1 || len(w.desk.heard) > 0 {
			t.Errorf("%s: logged %q", name, lines)
		}
		quiet(t, lines)
	}
}

// TestRefusalsAreToldOnceAMinuteWithTheirNumber: a stranger fills no disk.
func TestRefusalsAreToldOnceAMinuteWithTheirNumber(t *testing.T) {
	s := signers()["postmark"]
	w := open(t, s.webhook)
	for i := range 300 {
		w.now = evening.Add(time.Duration(i) * time.Second)
		w.ask(s.sign(s.bounce(reader), w.now, true))
	}
	lines := w.logged()
	if len(lines) != 5 || !strings.Contains(lines[0], "times=1") || !strings.Contains(lines[4], "times=60") {
		t.Errorf("got %d lines: %q", len(lines), lines)
	}
	// A clock that is set back is no reason to be silent.
	w.now = evening.Add(-time.Hour)
	w.ask(s.sign(s.bounce(reader), w.now, true))
	if lines := w.logged(); len(lines) != 1 {
		t.Errorf("got %q", lines)
	}
}

// TestOnlySoManyRequestsAreWorkedOn: the others are told to come again.
func TestOnlySoManyRequestsAreWorkedOn(t *testing.T) {
	s := signers()["postmark"]
	w := open(t, s.webhook)
	w.desk.hold, w.desk.inside = make(chan struct{}), make(chan struct{}, atOnce)
	done := make(chan int)
	for range atOnce {
		go func() { done <- w.ask(s.sign(s.bounce(reader), evening, false)) }()
	}
	for len(w.room) < atOnce {
		runtime.Gosched()
	}
	<-w.desk.inside
	if n := len(w.desk.inside); n > 0 {
		t.Errorf("%d are recorded at once", n+1)
	}
	if got := w.ask(s.sign(s.bounce(reader), evening, false)); got != http.StatusServiceUnavailable {
		t.Errorf("got %d", got)
	}
	close(w.desk.hold)
	for range atOnce {
		if got := <-done; got != http.StatusOK {
			t.Errorf("got %d", got)
		}
	}
}

func TestSeveralWebhooksOfOneProviderAreTold(t *testing.T) {
	s := signers()["postmark"]
	other := s.webhook
	other.Secret, other.Key = strings.Repeat("0a1b2c3d", 4), "second:password-of-the-second"
	w := open(t, s.webhook, other)
	r := s.sign(s.bounce(reader), evening, false)
	r.URL.Path = "/hooks/postmark/" + other.Secret
	if got := w.ask(r); got != http.StatusUnauthorized {
		t.Errorf("the first one's password at the second: got %d", got)
	}
	r.SetBasicAuth("second", "password-of-the-second")
	setBody(r, []byte(s.bounce(reader)))
	if got := w.ask(r); got != http.StatusOK || len(w.desk.heard) != 1 {
		t.Errorf("got %d", got)
	}
	if lines := w.logged(); len(lines) != 1 || !strings.Contains(lines[0], `webhook="postmark 2"`) {
		t.Errorf("logged %q", lines)
	}
}
