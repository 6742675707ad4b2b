package dkim

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var at = time.Date(2026, time.November, 22, 23, 0, 0, 0, time.UTC)

const message = "From: Harbour Courier <evening@courier.example>\r\n" +
	"Reply-To: Desk <desk@courier.example>\r\n" +
	"To: ines@reader.example\r\n" +
	"Subject: =?utf-8?q?Port_Ellery=E2=80=99s_Council_Rejects_the_State?=\r\n =?utf-8?q?=E2=80=99s_Tidal_Gates?=\r\n" +
	"Date: Sun, 22 Nov 2026 23:00:00 +0000\r\n" +
	"Message-ID: <mkq2v6h4y3z@courier.example>\r\n" +
	"List-Id: Harbour Courier <evening.courier.example>\r\n" +
	"List-Unsubscribe: <https://mail.courier.example/u/AQF1kJ3vQm>\r\n" +
	"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" +
	"List-Subscribe: <https://mail.courier.example/s>\r\n" +
	"List-Owner: <mailto:desk@courier.example>\r\n" +
	"List-Post: NO\r\n" +
	"Auto-Submitted: auto-generated\r\n" +
	"Precedence: bulk\r\n" +
	"Feedback-ID: 20261122:evening:designed:harbourcourier\r\n" +
	"Content-Language: en\r\n" +
	"MIME-Version: 1.0\r\n" +
	"Content-Type: multipart/alternative;\r\n boundary=b_1\r\n" +
	"Content-Transfer-Encoding: 7bit\r\n" +
	"X-Ours-Alone: not signed\r\n" +
	"\r\n" +
	"--b_1\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\nGood  evening. \t\r\n\tThe council voted.\r\n\r\n" +
	"--b_1\r\nContent-Type: text/html; charset=UTF-8\r\n\r\n<p>Good evening.</p>\r\n--b_1--\r\n \r\n\r\n"

// keys are made once, since it takes a while to make an RSA key.
var keys = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "dkim-test-")
	if err != nil {
		return "", err
	}
	return dir, errors.Join(NewKey(filepath.Join(dir, "v1.pem"), RSA),
		NewKey(filepath.Join(dir, "v1-ed.pem"), Ed25519))
})

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := keys(); err == nil {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

func signer(t testing.TB, ed25519 bool) *Signer {
	t.Helper()
	dir, err := keys()
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Domain: "courier.example", Selector: "v1", KeyFile: filepath.Join(dir, "v1.pem")}
	if ed25519 {
		o.Ed25519KeyFile = filepath.Join(dir, "v1-ed.pem")
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// zone is the DNS that has the signer's records.
func zone(s *Signer) map[string]string {
	z := map[string]string{}
	for _, r := range s.Records() {
		z[r.Name] = r.Value
	}
	return z
}

// verify has go-msgauth check a signed message. It gives an error for each signature,
// nil for one that holds.
func verify(t fataler, s *Signer, signed []byte) []error {
	t.Helper()
	records := zone(s)
	found, err := dkim.VerifyWithOptions(bytes.NewReader(signed), &dkim.VerifyOptions{
		LookupTXT: func(name string) ([]string, error) { return []string{records[name]}, nil },
	})
	if err != nil {
		t.Fatalf("verify: %v", err)
	}
	var errs []error
	for _, v := range found {
		errs = append(errs, v.Err)
	}
	return errs
}

type fataler interface {
	Helper()
	Fatalf(string, ...any)
}

func sign(t fataler, s *Signer, message string) []byte {
	t.Helper()
	field, err := s.Sign([]byte(message), at)
	if err != nil {
		t.Fatalf("sign: %v", err)
	}
	return append(field, message...)
}

func TestAnotherImplementationVerifiesWhatWeSign(t *testing.T) {
	for _, ed25519 := range []bool{false, true} {
		s := signer(t, ed25519)
		got := verify(t, s, sign(t, s, message))
		if diff := cmp.Diff(make([]error, len(s.keys)), got); diff != "" {
			t.Errorf("Ed25519 %v: %s", ed25519, diff)
		}
	}
}

func TestTheSignatureFieldIsAsItShouldBe(t *testing.T) {
	signed := string(sign(t, signer(t, true), message))
	fields := strings.TrimSuffix(signed, message)
	const names = `
 list-unsubscribe:list-unsubscribe-post:list-subscribe:list-owner:list-post:
 auto-submitted:precedence:feedback-id:content-language:mime-version:
 content-type:content-transfer-encoding:from:sender:reply-to:to:cc:subject:
 date:message-id:list-id:list-unsubscribe:list-unsubscribe-post:feedback-id:
 mime-version:content-type:content-transfer-encoding;
 bh=/LJpUBS/MgsY3PlovMAdqAI39NfLJ+AgVQKEcj91SvI=;
 b=…
`
	want := `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=courier.example; s=v1;
 t=1795388400; h=from:reply-to:to:subject:date:message-id:list-id:` + names +
		`DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=courier.example;
 s=v1-ed; t=1795388400; h=from:reply-to:to:subject:date:message-id:list-id:` + names
	value := regexp.MustCompile(`(?m)^ b=.*\n( [A-Za-z0-9+/=]+\n)*`)
	got := value.ReplaceAllString(strings.ReplaceAll(fields, crlf, "\n"), " b=…\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	for _, line := range strings.Split(fields, crlf) {
		if len(line) > width {
			t.Errorf("a line of %d octets: %q", len(line), line)
		}
	}
}

func TestTheSameMessageAndTimeGiveTheSameBytes(t *testing.T) {
	s := signer(t, true)
	want := sign(t, s, message)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			got, err := signer(t, true).Sign([]byte(message), at.In(time.FixedZone("", 3600)).Add(time.Millisecond))
			if err != nil || !bytes.HasPrefix(want, got) {
				t.Errorf("got %q (%v), want a part of %q", got, err, want)
			}
			if got, err := s.Sign([]byte(message), at); err != nil || !bytes.HasPrefix(want, got) {
				t.Errorf("got %q (%v), want a part of %q", got, err, want)
			}
		})
	}
	all.Wait()
	if later, _ := s.Sign([]byte(message), at.Add(time.Second)); bytes.HasPrefix(want, later) {
		t.Error("the time is not in the signature")
	}
}

// TestNobodyCanChangeWhatIsSigned changes a good message, which must then fail.
func TestNobodyCanChangeWhatIsSigned(t *testing.T) {
	s := signer(t, true)
	good := string(sign(t, s, message))
	type change struct{ name, message string }
	changes := []change{
		{"a body of another word", strings.Replace(good, "council voted", "council slept", 1)},
		{"a body with something after it", good + "<p>More.</p>\r\n"},
		{"a body with a line less", strings.Replace(good, "--b_1--\r\n", "", 1)},
		{"a later time", strings.ReplaceAll(good, fmt.Sprintf("t=%d", at.Unix()), fmt.Sprintf("t=%d", at.Unix()+1))},
	}
	head, _, _ := strings.Cut(message, "\r\n\r\n")
	for _, f := range regexp.MustCompile(`(?m)^([A-Z][A-Za-z-]*): (?:.|\r\n )+`).FindAllStringSubmatch(head, -1) {
		if f[1] == "X-Ours-Alone" {
			continue
		}
		changes = append(changes,
			change{f[1] + " changed", strings.Replace(good, "\n"+f[1]+": ", "\n"+f[1]+": x", 1)},
			change{f[1] + " gone", strings.Replace(good, "\n"+f[0]+"\n", "\n", 1)})
	}
	for _, f := range signedFields {
		if f.sealed {
			changes = append(changes,
				change{"another " + f.name + " above", f.name + ": x@evil.example\r\n" + good},
				change{
					"another " + f.name + " below",
					strings.Replace(good, "X-Ours-Alone: ", f.name+": x@evil.example\r\nX-Ours-Alone: ", 1),
				})
		}
	}
	if len(changes) < 4+2*19+2*15 {
		t.Errorf("only %d changes", len(changes))
	}
	for _, c := range changes {
		if c.message == good {
			t.Errorf("%s: nothing changed", c.name)
		}
		for i, err := range verify(t, s, []byte(c.message)) {
			if err == nil {
				t.Errorf("%s: signature %d still holds", c.name, i+1)
			}
		}
	}
}

// TestRelaysMayTouchWhatHasNoMeaning: changes that the relaxed form does not see.
func TestRelaysMayTouchWhatHasNoMeaning(t *testing.T) {
	s := signer(t, false)
	good := string(sign(t, s, message))
	const trace = "Received: from a.example\r\n by b.example; Sun, 22 Nov 2026 23:00:05 +0000\r\n"
	for name, changed := range map[string]string{
		"a trace field above":        trace + good,
		"a fold":                     strings.Replace(good, "Reply-To: Desk ", "Reply-To:\r\n  Desk\t", 1),
		"empty lines at the end":     strings.TrimRight(good, "\r\n ") + "\r\n",
		"a blank at the end of line": strings.Replace(good, "council voted.", "council voted. ", 1),
	} {
		if err := verify(t, s, []byte(changed))[0]; err != nil || changed == good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAnyMessageWeSignVerifies compares our canonical forms with go-msgauth's.
func TestAnyMessageWeSignVerifies(t *testing.T) {
	s := signer(t, true)
	s = &Signer{domain: s.domain, keys: s.keys[1:]} // RSA is fifty times slower
	body := rapid.StringOf(rapid.SampledFrom([]rune("ab.= \t\u00a0é\n")))
	value := rapid.StringMatching(`([!-~]|[ \t]|é|\r\n[ \t])*`)
	name := rapid.SampledFrom([]string{
		"To", "to ", "SUBJECT", "Cc", "List-Help", "List-Unsubscribe", "X-Other", "Date", "DKIM-Signature-X",
	})
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		b.WriteString("From: a@courier.example\r\n")
		for range rapid.IntRange(0, 8).Draw(t, "fields") {
			b.WriteString(name.Draw(t, "name") + ":" + value.Draw(t, "value") + "\r\n")
		}
		b.WriteString("\r\n" + strings.ReplaceAll(body.Draw(t, "body"), "\n", "\r\n"))
		for _, err := range verify(t, s, sign(t, s, b.String())) {
			if err != nil {
				t.Fatalf("%q: %v", b.String(), err)
			}
		}
	})
}

func TestWhatIsNoMessageIsNotSigned(t *testing.T) {
	s := signer(t, false)
	for name, m := range map[string]string{
		"a name beyond ASCII":    "From: a@courier.example\r\n\u017fubject: x\r\n\r\nbody\r\n",
		"nothing":                "",
		"no header":              "\r\nbody\r\n\r\n",
		"no end of the header":   "From: a@courier.example\r\n",
		"no From":                "To: a@courier.example\r\n\r\nbody\r\n",
		"a second From":          "From: a@courier.example\r\nfrom : b@evil.example\r\n\r\nbody\r\n",
		"a line that is none":    "From: a@courier.example\r\nnothing\r\n\r\nbody\r\n",
		"a fold with no field":   " x\r\nFrom: a@courier.example\r\n\r\nbody\r\n",
		"a bare LF":              "From: a@courier.example\r\n\r\nbody\n",
		"a bare CR":              "From: a@courier.example\r\n\r\nbo\rdy\r\n",
		"a LF between CR and LF": "From: a@courier.example\r\n\r\nbody\r\r\n\n",
	} {
		if _, err := s.Sign([]byte(m), at); err == nil {
			t.Errorf("%s: signed", name)
		}
	}
}

// FuzzSign: any bytes are refused, or signed so that the signature holds.
func FuzzSign(f *testing.F) {
	f.Add([]byte(message))
	f.Add([]byte("From:a\r\n\r\n"))
	f.Add([]byte("From: a\r\nTO\t:\tb \r\n\tc\r\nTo: d\r\n\r\n\r\n \t\r\nx\t\ty \r\n\r\n"))
	s := signer(f, true)
	s = &Signer{domain: s.domain, keys: s.keys[1:]}
	f.Fuzz(func(t *testing.T, m []byte) {
		field, err := s.Sign(m, at)
		if err != nil {
			return
		}
		if err := verify(t, s, append(field, m...))[0]; err != nil {
			t.Errorf("%q: %v", m, err)
		}
	})
}
