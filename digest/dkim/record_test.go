package dkim

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"vesper/digest"
)

// fakeDNS has the TXT records of names; an error stands for a failed look-up.
type fakeDNS struct {
	records map[string][]string
	err     error
}

func (d fakeDNS) LookupTXT(_ context.Context, name string) ([]string, error) {
	if d.err != nil {
		return nil, d.err
	}
	if found := d.records[name]; len(found) > 0 {
		return found, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func TestThePublishedRecordHolds(t *testing.T) {
	s := signer(t, true)
	published := map[string][]string{}
	for name, value := range zone(s) {
		published[name] = []string{value}
	}
	if err := s.Check(t.Context(), fakeDNS{records: published}); err != nil {
		t.Error(err)
	}
	r := s.Records()
	if len(r) != 2 || r[0].Name != "v1._domainkey.courier.example" || r[1].Name != "v1-ed._domainkey.courier.example" {
		t.Errorf("got %+v", r)
	}
	for _, other := range []string{
		"p=" + r[0].Public,
		"k=rsa; t=s; h=sha1:sha256; s=email; p=" + r[0].Public + ";",
		" v = DKIM1 ; k = rsa ; p = " + r[0].Public[:100] + "\r\n " + r[0].Public[100:],
	} {
		if err := r[0].Check(t.Context(), fakeDNS{records: map[string][]string{r[0].Name: {other}}}); err != nil {
			t.Errorf("%s: %v", other, err)
		}
	}
}

func TestARecordThatDoesNotHoldIsExplained(t *testing.T) {
	r := signer(t, true).Records()
	rsa, ed := r[0], r[1]
	for says, found := range map[string][]string{
		"there is no TXT record":    nil,
		"there are 2 TXT records":   {rsa.Value, "v=spf1 -all"},
		"not a list of tags":        {`"` + rsa.Value + `"`},
		"no p=":                     {"v=DKIM1; k=rsa"},
		"revoked":                   {"v=DKIM1; k=rsa; p="},
		"not DKIM1":                 {strings.Replace(rsa.Value, "DKIM1", "DKIM2", 1)},
		"k=ed25519":                 {ed.Value},
		"another key's public half": {strings.Replace(rsa.Value, "p=M", "p=N", 1)},
		"cut off after":             {rsa.Value[:maxString]},
		"t=y":                       {rsa.Value + "; t=y:s"},
		"leaves out sha256":         {rsa.Value + "; h=sha1"},
		"not for email":             {rsa.Value + "; s=tlsrpt"},
	} {
		err := rsa.Check(t.Context(), fakeDNS{records: map[string][]string{rsa.Name: found}})
		var flaw *digest.Flaw
		if !errors.As(err, &flaw) || flaw.File != rsa.Name || !strings.Contains(flaw.Problem, says) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
	if err := ed.Check(t.Context(), fakeDNS{records: map[string][]string{ed.Name: {"p=" + ed.Public}}}); err == nil {
		t.Error("an Ed25519 record without k= holds")
	}
	down := errors.New("no server answers")
	var flaw *digest.Flaw
	if err := rsa.Check(t.Context(), fakeDNS{err: down}); !errors.Is(err, down) || errors.As(err, &flaw) {
		t.Errorf("got %v, want %v", err, down)
	}
}

func TestAZoneFilesStringsAreShortEnough(t *testing.T) {
	for _, r := range signer(t, true).Records() {
		line := r.Zone()
		if !strings.HasPrefix(line, r.Name+". IN TXT ( \"v=DKIM1; ") {
			t.Errorf("got %s", line)
		}
		value := ""
		for i, part := range strings.Split(line, `"`) {
			if i%2 == 1 {
				value += part
				if len(part) > maxString {
					t.Errorf("a string of %d octets", len(part))
				}
			}
		}
		if value != r.Value {
			t.Errorf("got %s, want %s", value, r.Value)
		}
	}
}

// FuzzRecord: whatever stands in the DNS, only our own key is taken for ours.
func FuzzRecord(f *testing.F) {
	r := signer(f, false).Records()[0]
	f.Add(r.Value)
	f.Add("v=DKIM1; p=" + r.Public + "; p=")
	f.Add("=;=;;p")
	f.Fuzz(func(t *testing.T, text string) {
		err := r.Check(t.Context(), fakeDNS{records: map[string][]string{r.Name: {text}}})
		if err == nil && !strings.Contains(strings.Join(strings.Fields(text), ""), "p="+r.Public) {
			t.Errorf("%q holds", text)
		}
	})
}
