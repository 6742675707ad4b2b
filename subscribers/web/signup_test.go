package web

import (
	"encoding/json"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
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

func TestASitesOwnFormSignsUp(t *testing.T) {
	for name, c := range map[string]struct {
		kind, body, origin, accept string
		status                     int
		json, signedUp             bool
	}{
		"JSON": {
			jsonKind, `{"email":"ines@reader.example","list":7}`, ownOrigin, "", 200, true,
			true,
		},
		"form": {encoded, "email=ines@reader.example", ownOrigin, "text/html", 200, false, true},
		"form, JSON wanted": {
			encoded, "email=ines@reader.example", ownOrigin, "application/json", 200, true,
			true,
		},
		"multipart": {multi, strings.ReplaceAll(strings.ReplaceAll(multiBody, "List-Unsubscribe", "email"),
			"One-Click", "ines@reader.example"), ownOrigin, "", 200, false, true},
		"JSON, elsewhere": {
			jsonKind, `{"email":"ines@reader.example"}`, "https://evil.example", "", 422, true,
			false,
		},
		"form, elsewhere": {encoded, "email=ines@reader.example", "https://evil.example", "", 422, false, false},
		"form, a near origin": {
			encoded, "email=ines@reader.example", ownOrigin + ".evil.example", "", 422, false,
			false,
		},
		"form, no origin":       {encoded, "email=ines@reader.example", "", "", 422, false, false},
		"form, nobody's origin": {encoded, "email=ines@reader.example", "null", "", 422, false, false},
		"JSON, a trap": {
			jsonKind, `{"email":"ines@reader.example","website":"x"}`, ownOrigin, "", 200, true,
			false,
		},
		"JSON, no address":    {jsonKind, `{"email":"ines"}`, ownOrigin, "", 422, true, false},
		"JSON, not an object": {jsonKind, `[1]`, ownOrigin, "", 400, true, false},
		"JSON, a number":      {jsonKind, `{"email":7}`, ownOrigin, "", 400, true, false},
		"JSON, torn":          {jsonKind, `{"email":"ines@r`, ownOrigin, "", 400, true, false},
		"JSON, empty":         {jsonKind, ``, ownOrigin, "", 400, true, false},
		"JSON, large": {
			jsonKind, `{"email":"` + strings.Repeat("x", maxBody) + `"}`, ownOrigin, "", 413,
			true, false,
		},
		"form, large":        {encoded, "email=" + strings.Repeat("x", maxBody), ownOrigin, "", 413, false, false},
		"another kind":       {"text/xml", "<email/>", ownOrigin, "", 422, false, false},
		"form, a bad escape": {encoded, "email=%zz", ownOrigin, "", 400, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := serve(t, nil)
			w, body := b.post(t, c.kind, c.body, "Origin", c.origin, "Accept", c.accept)
			if w.StatusCode != c.status || (len(b.list.asked) == 1) != c.signedUp {
				t.Errorf("got %d and %v signed up, want %d", w.StatusCode, b.list.asked, c.status)
			}
			var said reply
			if err := json.Unmarshal([]byte(body), &said); (err == nil) != c.json || c.json &&
				(said.Status == "" || said.Message == "") {
				t.Errorf("JSON is %v, got %s", c.json, body)
			}
			want := ""
			if c.origin == ownOrigin {
				want = ownOrigin
			}
			if got := w.Header.Get("Access-Control-Allow-Origin"); got != want {
				t.Errorf("got access for %q, want %q", got, want)
			}
		})
	}
}

func TestScriptsOfOtherSitesMayNotAsk(t *testing.T) {
	b := serve(t, nil)
	for origin, want := range map[string]string{ownOrigin: ownOrigin, "https://evil.example": "", "null": "", "": ""} {
		r, err := http.NewRequestWithContext(t.Context(), "OPTIONS", b.URL+"/s", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", "POST")
		w, err := b.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		w.Body.Close()
		if got := w.Header.Get("Access-Control-Allow-Origin"); got != want ||
			(w.Header.Get("Access-Control-Allow-Methods") != "") != (want != "") {
			t.Errorf("%s: got %q, want %q", origin, got, want)
		}
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

func TestOnlyTheSitesOfThePaperSignUp(t *testing.T) {
	b := serve(t, func(p *Pages) {
		p.Publication.URL = "HTTPS://Bücher.example:443/paper"
		p.Publication.BaseURL = "https://mail.courier.example/evening"
		p.Origins = []string{"http://blog.courier.example:8080"}
	})
	const good = "email=ines@reader.example"
	for _, c := range []struct {
		origin, body string
		want         int
	}{
		{"https://xn--bcher-kva.example", good, 200},
		{"http://blog.courier.example:8080", good, 200},
		{"https://mail.courier.example", good, 200},
		{"https://mail.courier.example", good + "&time=AAAA", 422},
		{"https://mail.courier.example", b.filled(t, "ines@reader.example"), 200},
		{"http://mail.courier.example", good, 422},
		{"https://mail.courier.example/evening", good, 422},
		{"https://blog.courier.example:8080", good, 422},
		{"http://blog.courier.example", good, 422},
		{"https://xn--bcher-kva.example:444", good, 422},
		{"null", b.filled(t, "ines@reader.example"), 422},
		{"", b.filled(t, "ines@reader.example"), 422},
		{"https://evil.example", b.filled(t, "ines@reader.example"), 422},
	} {
		before := len(b.list.asked)
		w, page := b.post(t, encoded, c.body, "Origin", c.origin)
		if w.StatusCode != c.want || len(b.list.asked)-before != map[int]int{200: 1}[c.want] {
			t.Errorf("from %q with %s: got %d, %d rows", c.origin, c.body, w.StatusCode, len(b.list.asked)-before)
		}
		if c.want == 422 && (!strings.Contains(page, "once more") || w.Header.Get("Referrer-Policy") != "same-origin") {
			t.Errorf("from %q: %s\n%s", c.origin, w.Header.Get("Referrer-Policy"), page)
		}
	}
	if w, _ := b.ask(t, "GET", "/s", "", ""); w.Header.Get("Referrer-Policy") != "same-origin" {
		t.Errorf("the form's page has the Referrer-Policy %q", w.Header.Get("Referrer-Policy"))
	}
	for _, page := range []string{"/c/" + confirmToken(), "/u/" + token(), "/p/" + preferToken(), "/e"} {
		if w, _ := b.ask(t, "GET", page, "", ""); w.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s has the Referrer-Policy %q", page, w.Header.Get("Referrer-Policy"))
		}
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

// Those of whom nobody knows who they are must not share one limit.
func TestWhoIsNotKnownCountsForNoNetwork(t *testing.T) {
	for _, c := range []struct{ base, proxies, remote, forwarded, want string }{
		{"https://mail.courier.example", "", "192.0.2.1:99", "", "192.0.2.1"},
		{"https://mail.courier.example", "", "127.0.0.1:99", "", "invalid IP"},
		{"https://mail.courier.example", "", "[::1]:99", "", "invalid IP"},
		{"http://127.0.0.1:8025", "", "127.0.0.1:99", "", "127.0.0.1"},
		{"http://[::1]:8025", "", "[::1]:99", "", "::1"},
		{"https://mail.courier.example", "10.0.0.0/8", "10.1.1.1:99", "", "invalid IP"},
		{"https://mail.courier.example", "10.0.0.0/8", "10.1.1.1:99", "unknown", "invalid IP"},
		{"https://mail.courier.example", "10.0.0.0/8", "10.1.1.1:99", "203.0.113.9", "203.0.113.9"},
		{"https://mail.courier.example", "10.0.0.0/8", "@", "203.0.113.9", "invalid IP"},
	} {
		s := Pages{Publication: digest.Publication{BaseURL: c.base}}
		if c.proxies != "" {
			s.Proxies = []netip.Prefix{netip.MustParsePrefix(c.proxies)}
		}
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{}}
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := (&site{Pages: s}).counted(r).String(); got != c.want {
			t.Errorf("%s behind %s at %s, forwarded %q: got %q, want %q", c.remote, c.proxies, c.base, c.forwarded,
				got, c.want)
		}
	}
}

func TestOnlyTrustedProxiesSayWhoAsks(t *testing.T) {
	for _, c := range []struct{ proxies, remote, forwarded, want string }{
		{"", "192.0.2.1:99", "203.0.113.9", "192.0.2.1"},
		{"10.0.0.0/8", "192.0.2.1:99", "203.0.113.9", "192.0.2.1"},
		{"10.0.0.0/8", "10.1.1.1:99", "203.0.113.9", "203.0.113.9"},
		{"10.0.0.0/8", "10.1.1.1:99", "6.6.6.6, 203.0.113.9, 10.2.2.2", "203.0.113.9"},
		{"10.0.0.0/8", "10.1.1.1:99", "10.3.3.3,10.2.2.2", "10.3.3.3"},
		{"10.0.0.0/8", "10.1.1.1:99", "6.6.6.6, nonsense", "10.1.1.1"},
		{"10.0.0.0/8", "10.1.1.1:99", "203.0.113.9:4711", "203.0.113.9"},
		{"10.0.0.0/8", "10.1.1.1:99", "[2001:db8::1]:4711", "2001:db8::1"},
		{"10.0.0.0/8", "10.1.1.1:99", "", "10.1.1.1"},
		{"10.0.0.0/8", "[::ffff:10.1.1.1]:99", "2001:db8::1", "2001:db8::1"},
		{"fd00::/8", "[fd00::1]:99", "2001:db8::1%eth0", "2001:db8::1"},
		{"10.0.0.0/8", "@", "203.0.113.9", ""},
	} {
		s := Pages{}
		if c.proxies != "" {
			s.Proxies = []netip.Prefix{netip.MustParsePrefix(c.proxies)}
		}
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{}}
		for _, line := range strings.SplitAfterN(c.forwarded, ",", 2) {
			r.Header.Add("X-Forwarded-For", strings.TrimSuffix(line, ","))
		}
		if got := told((&site{Pages: s}).client(r)); got != c.want {
			t.Errorf("%s behind %s, forwarded %q: got %q, want %q", c.remote, c.proxies, c.forwarded, got, c.want)
		}
	}
}

func TestOneButtonConfirms(t *testing.T) {
	b := serve(t, nil)
	b.list.readers[reader] = subscribers.Subscriber{PublicID: reader, Status: subscribers.Unconfirmed}
	c := "/c/" + confirmToken()
	for range 2 {
		for _, method := range []string{"GET", "HEAD"} {
			b.ask(t, method, c, encoded, "confirm=yes")
		}
	}
	if _, page := b.ask(t, "GET", c, "", ""); !b.list.untouched() || strings.Count(page, "<button") != 1 {
		t.Errorf("looking confirmed %v, or the page has not one button", b.list.confirmed)
	}
	for i := range 2 {
		w, page := b.ask(t, "POST", c, encoded, "")
		if w.StatusCode != http.StatusOK || !strings.Contains(page, "You are subscribed") ||
			!strings.Contains(page, `href="../e/latest"`) {
			t.Errorf("time %d: got %d:\n%s", i+1, w.StatusCode, page)
		}
	}
	if b.list.confirmed[reader] != "127.0.0.1" {
		t.Errorf("got confirmed %v", b.list.confirmed)
	}
}

func TestForeignLinksConfirmNobody(t *testing.T) {
	b := serve(t, nil)
	b.list.readers[reader] = subscribers.Subscriber{PublicID: reader, Status: subscribers.Unconfirmed}
	_, expired := b.ask(t, "GET", "/c/"+key.Link(subscribers.ToConfirm, reader, now), "", "")
	_, broken := b.ask(t, "GET", "/c/nonsense", "", "")
	if !strings.Contains(broken, "<h1>This link is not whole</h1>") {
		t.Errorf("got\n%s", broken)
	}
	if !strings.Contains(expired, "does not work any more") || !strings.Contains(expired, `href="../s"`) {
		t.Errorf("got\n%s", expired)
	}
	for name, foreign := range map[string]string{
		"expired":   key.Link(subscribers.ToConfirm, reader, now),
		"to leave":  token(),
		"to prefer": preferToken(),
		"a foreign key's": subscribers.Key{ID: 1, Secret: []byte("x")}.Link(subscribers.ToConfirm, reader,
			now.Add(time.Hour)),
		"nobody's": "AQ",
	} {
		for _, method := range []string{"GET", "POST"} {
			status, want := http.StatusNotFound, broken
			if name == "expired" {
				status, want = http.StatusOK, expired
			}
			if w, page := b.ask(t, method, "/c/"+foreign, encoded, ""); w.StatusCode != status || page != want {
				t.Errorf("%s, %s: got %d and another page", name, method, w.StatusCode)
			}
		}
	}
	gone := key.Link(subscribers.ToConfirm, reader+1, now.Add(time.Hour))
	if w, page := b.ask(t, "POST", "/c/"+gone, encoded, ""); w.StatusCode != http.StatusOK || page != expired {
		t.Errorf("of a row that is gone: got %d and another page", w.StatusCode)
	}
	if !b.list.untouched() {
		t.Errorf("got %v confirmed", b.list.confirmed)
	}
}

func TestOneWhoMeantToLeaveMayGetLess(t *testing.T) {
	was := subscribers.Preferences{Slots: []string{"evening"}, Variant: "plain"}
	for instead, want := range map[string]subscribers.Preferences{
		"monday-friday": {Evenings: subscribers.MondayToFriday, Slots: was.Slots, Variant: "plain"},
		"weekend":       {Evenings: subscribers.Weekend, Slots: was.Slots, Variant: "plain"},
		"month":         {Slots: was.Slots, Variant: "plain", PausedUntil: "2026-12-22"},
	} {
		b := serve(t, nil)
		b.list.chosen[reader] = was
		w, page := b.ask(t, "POST", "/u/"+token(), encoded, "instead="+instead)
		if w.StatusCode != http.StatusOK || !strings.Contains(page, "still subscribed") || len(b.list.left) > 0 {
			t.Errorf("%s: got %d, off the list %v", instead, w.StatusCode, b.list.left)
		}
		if diff := cmp.Diff(want, b.list.chosen[reader]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", instead, diff)
		}
		if w, _ := b.ask(t, "POST", "/u/nonsense", encoded, "instead="+instead); w.StatusCode != http.StatusNotFound {
			t.Errorf("%s with a foreign token: got %d, want 404", instead, w.StatusCode)
		}
		// A mailbox provider's word counts, whatever stands beside it.
		b.ask(t, "POST", "/u/"+token(), encoded, "instead="+instead+"&"+oneClicks)
		if b.list.left[reader] != 1 {
			t.Errorf("%s with one click: off the list %v", instead, b.list.left)
		}
	}
	// What was left out already stays so, and a pause goes on.
	b := serve(t, nil)
	b.list.chosen[reader] = subscribers.Preferences{
		Evenings:    1<<time.Monday | 1<<time.Sunday,
		PausedUntil: "2026-12-24",
	}
	b.ask(t, "POST", "/u/"+token(), encoded, "instead=monday-friday")
	if got := b.list.chosen[reader]; got.Evenings != 1<<time.Monday || got.PausedUntil != "2026-12-24" {
		t.Errorf("fewer evenings: got %v", got)
	}
	b = serve(t, nil)
	for _, odd := range []string{"every", "never", "mon", "week", "%00"} {
		if w, _ := b.ask(t, "POST", "/u/"+token(), encoded,
			"instead="+odd); w.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: got %d, want 422", odd, w.StatusCode)
		}
	}
	b.list.readers[reader] = subscribers.Subscriber{PublicID: reader, Status: subscribers.Unsubscribed}
	if _, page := b.ask(t, "POST", "/u/"+token(), encoded, "instead=weekend"); !strings.Contains(page, gone) ||
		!b.list.untouched() {
		t.Errorf("one who has left chose %v", b.list.chosen)
	}
}
