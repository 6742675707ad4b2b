package web

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/subscribers"
)

const (
	ownOrigin = "https://www.courier.example"
	jsonKind  = "application/json"
)

var stampOf = regexp.MustCompile(`name="time" value="([^"]*)"`)

// filled is our form as somebody fills it in who takes their time.
func (b bench) filled(t *testing.T, address string) string {
	t.Helper()
	_, page := b.ask(t, "GET", "/s", "", "")
	*b.now = b.now.Add(quickest)
	return url.Values{"email": {address}, "website": {""}, "time": {stampOf.FindStringSubmatch(page)[1]}}.Encode()
}

// post sends a sign-up with header fields of its own: pairs of name and value.
func (b bench) post(t *testing.T, kind, body string, fields ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "POST", b.URL+"/s", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	for i := 0; i < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	w, err := b.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	answer, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return w, string(answer)
}

func TestSigningUpAsksForAConfirmation(t *testing.T) {
	b := serve(t, nil)
	w, page := b.post(t, encoded, b.filled(t, "  Ines@reader.example "))
	if w.StatusCode != http.StatusOK || !strings.Contains(page, "on its way to Ines@reader.example") {
		t.Errorf("got %d:\n%s", w.StatusCode, page)
	}
	if diff := cmp.Diff([]string{"Ines@reader.example 127.0.0.1"}, b.list.asked); diff != "" {
		t.Errorf("signed up (-want +got):\n%s", diff)
	}
	if strings.Contains(b.log.String(), "reader.example") {
		t.Errorf("the log has an address: %s", b.log)
	}
}

func TestLookingAtTheSignUpPageSignsNobodyUp(t *testing.T) {
	b := serve(t, nil)
	for _, method := range []string{"GET", "HEAD"} {
		b.ask(t, method, "/s?email=ines@reader.example", encoded, b.filled(t, "ines@reader.example"))
	}
	if !b.list.untouched() {
		t.Errorf("got %v signed up", b.list.asked)
	}
}

func TestProgramsThatFillInFormsSignNobodyUp(t *testing.T) {
	b := serve(t, nil)
	_, want := b.post(t, encoded, b.filled(t, "ines@reader.example"))
	b.list.asked = nil
	w, got := b.post(t, encoded, strings.Replace(b.filled(t, "ines@reader.example"), "website=", "website=buy", 1))
	if w.StatusCode != http.StatusOK || got != want || len(b.list.asked) > 0 {
		t.Errorf("the trap: got %d, %v signed up, and another page is %v", w.StatusCode, b.list.asked, got != want)
	}
	for name, wait := range map[string]time.Duration{
		"at once": -quickest, "a day later": slowest,
		"before": -time.Hour,
	} {
		body := b.filled(t, "ines@reader.example")
		*b.now = b.now.Add(wait)
		w, page := b.post(t, encoded, body)
		if w.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "once more") ||
			!strings.Contains(page, `value="ines@reader.example"`) {
			t.Errorf("%s: got %d, want 422 and the form again", name, w.StatusCode)
		}
		*b.now = b.now.Add(quickest)
		again := url.Values{"email": {"ines@reader.example"}, "time": {stampOf.FindStringSubmatch(page)[1]}}
		if w, _ := b.post(t, encoded, again.Encode()); w.StatusCode != http.StatusOK {
			t.Errorf("%s, then again: got %d, want 200", name, w.StatusCode)
		}
	}
	w, _ = b.post(t, encoded, "email=ines@reader.example&time=AAAA")
	if w.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a stamp of somebody else's: got %d, want 422", w.StatusCode)
	}
}

func TestAFormIsSentFiveTimesAtMost(t *testing.T) {
	b := serve(t, nil)
	body, other := b.filled(t, "ines@reader.example"), b.filled(t, "ines@reader.example")
	for i := range 7 {
		want := http.StatusOK
		if i >= mostUses {
			want = http.StatusUnprocessableEntity
		}
		if w, _ := b.post(t, encoded, body); w.StatusCode != want {
			t.Errorf("time %d: got %d, want %d", i+1, w.StatusCode, want)
		}
	}
	if w, _ := b.post(t, encoded, other); w.StatusCode != http.StatusOK {
		t.Errorf("another form of the same second: got %d", w.StatusCode)
	}
	if len(b.list.asked) != mostUses+1 {
		t.Errorf("%d signed up", len(b.list.asked))
	}
}

func TestAddressesThatOnlyProgramsTryAreRefusedAtTheForm(t *testing.T) {
	b := serve(t, nil)
	for address, want := range map[string]int{
		"ines%evil.example@reader.example": 422, "evil.example!ines@reader.example": 422, "|ines@reader.example": 422,
		"/etc/ines@reader.example": 422, "a/b@reader.example": 422, "-ines@reader.example": 422, "-@reader.example": 422,
		"ines-@reader.example": 200, "o'brien@reader.example": 200, "a&b@reader.example": 200, "ines+x@reader.example": 200,
	} {
		w, _ := b.post(t, jsonKind, `{"email":"`+address+`"}`, "Origin", ownOrigin)
		if w.StatusCode != want {
			t.Errorf("%s: got %d, want %d", address, w.StatusCode, want)
		}
	}
}

func TestWhoHasToWaitIsToldHowLong(t *testing.T) {
	for _, c := range []struct {
		wait    time.Duration
		minutes string
	}{
		{time.Second, "1"},
		{time.Minute, "1"},
		{time.Minute + time.Second, "2"},
		{59*time.Minute + time.Second, "60"},
	} {
		b := serve(t, nil)
		b.list.delay = subscribers.Delay{Wait: c.wait, Limit: "/24"}
		w, page := b.post(t, encoded, b.filled(t, "ines@reader.example"))
		if w.StatusCode != http.StatusTooManyRequests || !strings.Contains(page, "try again in "+c.minutes+" min") ||
			w.Header.Get("Retry-After") != map[string]string{"1": "60", "2": "120", "60": "3600"}[c.minutes] {
			t.Errorf("%s: got %d, after %q:\n%s", c.wait, w.StatusCode, w.Header.Get("Retry-After"), page)
		}
		if log := b.log.String(); !strings.Contains(log, `limit=/24 minutes=`+c.minutes) ||
			strings.Contains(log, "ines") || strings.Contains(log, "level=ERROR") {
			t.Errorf("%s: the log has %s", c.wait, log)
		}
	}
}

func TestTooManySignUpsInAllAreAnAlarmOnceAnHour(t *testing.T) {
	b := serve(t, nil)
	b.list.delay = subscribers.Delay{Wait: time.Minute, Limit: subscribers.InAll}
	for hour := 1; hour <= 2; hour++ {
		for range 5 {
			b.post(t, jsonKind, `{"email":"ines@reader.example"}`, "Origin", ownOrigin)
		}
		if got := strings.Count(b.log.String(), "level=ERROR"); got != hour {
			t.Errorf("hour %d: got %d alarms, want one an hour", hour, got)
		}
		*b.now = b.now.Add(time.Hour)
	}
}

// A load balancer deals one browser's requests to several machines, and a machine may begin
// anew while somebody fills in a form.
func TestAFormMayBeSentToAnotherMachineThanShowedIt(t *testing.T) {
	house := func(p *Pages) { p.Forms = []byte("what the machines of a house share") }
	shows, takes, stranger := serve(t, house), serve(t, house), serve(t, nil)
	body := shows.filled(t, "ines@reader.example")
	*takes.now, *stranger.now = *shows.now, *shows.now
	if w, _ := takes.post(t, encoded, body); w.StatusCode != http.StatusOK || len(takes.list.asked) != 1 {
		t.Errorf("got %d, %v signed up", w.StatusCode, takes.list.asked)
	}
	if w, _ := stranger.post(t, encoded, body); w.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("another house: got %d, want 422", w.StatusCode)
	}
}
