package alarm

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime/quotedprintable"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers/returns/hook"
)

var at = time.Date(2026, 11, 27, 18, 5, 0, 0, time.UTC)

var pausedMessage = Message{
	ID: "alarm_abc_began", At: at, Publication: "Die Küste", Host: "mail1",
	Alarm: digest.RaisedAlarm{Alarm: pausedNow, Ref: "alarm_abc", Began: at},
}

// script writes a program.
func script(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tell")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestACommandGetsTheFactsAndNoSecrets(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("VESPER_RELAY_PASSWORD", "hunter2")
	t.Setenv("CREDENTIALS_DIRECTORY", "/run/credentials")
	tell := script(t, `cat >facts; env >env; printf '%s' "$1" >argument`)
	c := Command{Args: []string{tell, "$(touch shell); *"}, Dir: dir}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	if err := c.Tell(t.Context(), pausedMessage); err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	var f Facts
	if err := json.Unmarshal([]byte(read("facts")), &f); err != nil || f != pausedMessage.Facts() {
		t.Errorf("got %+v, %v", f, err)
	}
	if env := read("env"); strings.Contains(env, "hunter2") || strings.Contains(env, "VESPER") ||
		strings.Contains(env, "CREDENTIALS") || !strings.Contains(env, "PATH=") {
		t.Errorf("its environment is\n%s", env)
	}
	if got := read("argument"); got != "$(touch shell); *" {
		t.Errorf("its argument is %q: a shell was there", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "shell")); err == nil {
		t.Error("a shell has run")
	}
}

func TestACommandThatFailsOrIsNotThereSaysWhy(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"its status":   {[]string{script(t, "echo no line to ada@reader.example >&2; exit 3")}, "exit status 3: no line to <…>"},
		"not there":    {[]string{filepath.Join(t.TempDir(), "none")}, "no such file"},
		"endless talk": {[]string{script(t, "yes | head -c 1000000; exit 1")}, "exit status 1: y y"},
	} {
		err := (Command{Args: c.args}).Tell(t.Context(), pausedMessage)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if err := (Command{Args: []string{filepath.Join(t.TempDir(), "none")}}).Check(); err == nil {
		t.Error("a command that is not there is usable")
	}
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (Command{Args: []string{plain}}).Check(); err == nil {
		t.Error("a file that can't be run is usable")
	}
	if err := (Command{Args: []string{"./" + filepath.Base(plain)}, Dir: filepath.Dir(plain)}).Check(); err == nil {
		t.Error("a relative one that can't be run is usable")
	}
}

func TestACommandThatHangsIsKilledWithAllThatItStarted(t *testing.T) {
	dir := t.TempDir()
	c := Command{
		Args: []string{script(t, "sleep 600 & echo $! >child; sleep 600")}, Dir: dir, Limit: 300 * time.Millisecond,
	}
	err := c.Tell(t.Context(), pausedMessage)
	if err == nil || !strings.Contains(err.Error(), "killed after 300ms") {
		t.Errorf("got %v", err)
	}
	pid, err := os.ReadFile(filepath.Join(dir, "child"))
	if err != nil {
		t.Fatal(err)
	}
	// It may be a zombie until its new parent has looked, which is as dead.
	dead := func() bool {
		stat, err := os.ReadFile("/proc/" + strings.TrimSpace(string(pid)) + "/stat")
		return err != nil || strings.Contains(string(stat), ") Z ")
	}
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for tries := 0; !dead(); tries++ {
		if <-look.C; tries == 500 {
			t.Fatal("what it started goes on")
		}
	}
}

func TestWhatACommandLeavesRunningHoldsNothingUp(t *testing.T) {
	began := time.Now()
	if err := (Command{Args: []string{script(t, "sleep 30 & exit 0")}}).Tell(t.Context(), pausedMessage); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > commandLimit/2 {
		t.Errorf("it took %s", took)
	}
}

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// receiver is a server that verifies as the program does that hears others' webhooks.
func receiver(t *testing.T, also http.HandlerFunc) (*httptest.Server, *[]string) {
	t.Helper()
	hooks, err := hook.New(hook.Options{
		Webhooks: []hook.Webhook{{Provider: "standard", Secret: "path", Key: secret}},
		Now:      func() time.Time { return at }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	bodies := &[]string{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if also != nil {
			also(w, r)
			return
		}
		body, _ := io.ReadAll(r.Body)
		*bodies = append(*bodies, string(body))
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		if !hooks.Serve(w, r) {
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(s.Close)
	return s, bodies
}

func TestAWebhookIsSignedByStandardWebhooks(t *testing.T) {
	s, bodies := receiver(t, nil)
	key, err := ParseKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	w := Webhook{URL: s.URL + "/hooks/standard/path", Key: key, Agent: "Vesper"}
	if err := w.Tell(t.Context(), pausedMessage); err != nil {
		t.Fatal(err)
	}
	var got posted
	if err := json.Unmarshal([]byte((*bodies)[0]), &got); err != nil || got.Type != "alarm.began" ||
		got.Timestamp != "2026-11-27T18:05:00Z" || got.Data != pausedMessage.Facts() {
		t.Errorf("got %+v, %v", got, err)
	}
	// Another key is refused there, and so it says.
	w.Key = append([]byte("x"), key[1:]...)
	if err := w.Tell(t.Context(), pausedMessage); err == nil || !strings.Contains(err.Error(), "answers 403") {
		t.Errorf("with another key: %v", err)
	}
}

// TestTheSignatureIsThatOfTheSpecification has the example of the reference libraries.
func TestTheSignatureIsThatOfTheSpecification(t *testing.T) {
	key, err := ParseKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	got := Webhook{Key: key}.signature("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAWebhookFollowsNoRedirectAndKeepsItsAddressToItself(t *testing.T) {
	elsewhere := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere++ }))
	defer other.Close()
	s, _ := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/away") {
			http.Redirect(w, r, other.URL+"/s3cret", http.StatusTemporaryRedirect)
			return
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for _, url := range []string{s.URL + "/s3cret/away", s.URL + "/s3cret/busy", gone.URL + "/s3cret", "https://%zz/s3cret"} {
		for _, err := range []error{
			(Webhook{URL: url}).Tell(t.Context(), pausedMessage), (&Heartbeat{URL: url}).Fetch(t.Context()),
		} {
			if err == nil || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("got %v", err)
			}
		}
	}
	if elsewhere > 0 {
		t.Error("it followed the redirect")
	}
}

func TestAnAddressIsHTTPSOrOnThisMachine(t *testing.T) {
	for url, good := range map[string]bool{
		"https://hooks.example/abc": true, "http://127.0.0.1:9/x": true, "http://localhost/x": true, "http://[::1]/x": true,
		"http://hooks.example/abc": false, "http://10.0.0.1/": false, "ftp://hooks.example/": false, "hooks.example": false,
		"https:///x": false, "https://ada:secret@hooks.example/": false, "": false, "http://127.0.0.1.evil.example/": false,
	} {
		if err := CheckURL(url); (err == nil) != good {
			t.Errorf("%q: %v", url, err)
		} else if err != nil && url != "" && strings.Contains(err.Error(), url) {
			t.Errorf("%q is shown: %v", url, err)
		}
	}
}

func TestAKeyIsASigningSecret(t *testing.T) {
	long := "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 65))
	short := "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 23))
	for text, good := range map[string]bool{
		secret: true, secret + "\n": true, "": false, "whsec_": false, strings.TrimPrefix(secret, "whsec_"): false,
		"whsec_*": false, long: false, short: false,
	} {
		if _, err := ParseKey(text); (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestAMessageIsMailedSignedAndReadable(t *testing.T) {
	var sent []byte
	var to, why string
	w := &Mail{
		From: mail.Address{Name: "Die Küste", Address: "evening@news.example"}, To: []string{"ops@news.example"},
		Sign: func([]byte, time.Time) ([]byte, error) { return []byte("DKIM-Signature: x\r\n"), nil },
		Send: func(_ context.Context, address string, message []byte, reason string) error {
			sent, to, why = message, address, reason
			return nil
		},
	}
	if err := w.Tell(t.Context(), pausedMessage); err != nil {
		t.Fatal(err)
	}
	m, err := mail.ReadMessage(strings.NewReader(string(sent)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(sent), "\r\n") {
		if len(line) > 78 || strings.ContainsFunc(line, func(r rune) bool { return r == '\n' || r > 126 }) {
			t.Errorf("a line is not fit for every relay: %q", line)
		}
	}
	if to != w.To[0] || m.Header.Get("DKIM-Signature") != "x" || m.Header.Get("Auto-Submitted") != "auto-generated" ||
		m.Header.Get("Message-ID") != "<alarm_abc_began@news.example>" || !strings.Contains(why, "535 5.7.8") ||
		m.Header.Get("Subject") != "[Vesper] "+began ||
		!strings.Contains(string(text), pausedNow.Reason) || !strings.Contains(string(text), "Die Küste, on mail1") {
		t.Errorf("got to %s\n%s\n%s", to, sent, text)
	}
	w.Sign = func([]byte, time.Time) ([]byte, error) { return nil, errors.New("no key") }
	if err := w.Tell(t.Context(), pausedMessage); err != nil || strings.Contains(string(sent), "DKIM") {
		t.Errorf("without a key: %v\n%s", err, sent)
	}
}

// Of several addresses one that is refused keeps no other from its message, and nobody gets
// it twice.
func TestSeveralAreMailedOnceWhoeverIsRefused(t *testing.T) {
	var got []string
	refused := true
	w := &Mail{From: mail.Address{Address: "evening@news.example"}, To: []string{"a@news.example", "b@news.example", "c@news.example"}}
	w.Send = func(_ context.Context, to string, message []byte, _ string) error {
		if to == "b@news.example" && refused {
			return errors.New("relay 127.0.0.1:25: 550 no such user")
		}
		if !strings.Contains(string(message), "To: <"+to+">") {
			t.Errorf("%s got\n%s", to, message)
		}
		got = append(got, to[:1])
		return nil
	}
	for range 2 {
		if err := w.Tell(t.Context(), pausedMessage); err == nil || !strings.HasPrefix(err.Error(), "1 of 3 addresses") {
			t.Errorf("got %v", err)
		}
	}
	refused = false
	if err := w.Tell(t.Context(), pausedMessage); err != nil || strings.Join(got, "") != "acb" || len(w.reached) != 0 {
		t.Errorf("got %v, %q were mailed", err, got)
	}
}

func TestTheHeartbeatIsFetchedOncePerEveningAndAFailureBothersNobody(t *testing.T) {
	status, fetched := http.StatusOK, 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if fetched++; r.Method != http.MethodGet {
			t.Errorf("asked by %s", r.Method)
		}
		w.WriteHeader(status)
	}))
	defer s.Close()
	c, e, path := newClock(), &ear{name: "command"}, filepath.Join(t.TempDir(), "vesper.db")
	f := open(t, path)
	var evenings []Evening
	d := desk(f, c, e)
	start := func() {
		d.Heartbeat = &Heartbeat{
			URL: s.URL + "/s3cret", Beats: f.Alarms(),
			Evenings: func(context.Context) ([]Evening, error) { return evenings, nil },
		}
	}
	is := func(want int) {
		t.Helper()
		d.beat(t.Context())
		if fetched != want {
			t.Errorf("fetched %d times, want %d", fetched, want)
		}
	}
	start()
	is(0) // nothing was decided yet
	id := digest.ID{Date: digest.Date{Year: 2026, Month: 11, Day: 27}, Slot: "evening", Sequence: 1}
	evenings = []Evening{{id, c.now()}}
	is(1)
	is(1)
	start() // after a restart
	is(1)
	// The next evening the watcher is away: it is tried eight times, and then no more.
	c.passes(24 * time.Hour)
	id.Date.Day++
	evenings, status = []Evening{{id, c.now()}}, http.StatusBadGateway
	is(2)
	is(2)
	for range 600 {
		c.passes(time.Minute)
		d.beat(t.Context())
	}
	if fetched != 1+beatTries {
		t.Errorf("tried %d times, want %d", fetched-1, beatTries)
	}
	e.heard(t)
	// What was decided more than a day ago is no news.
	status = http.StatusOK
	c.passes(24 * time.Hour)
	start()
	is(1 + beatTries)
}
