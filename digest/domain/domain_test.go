package domain

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"vesper/digest"
)

// dns is a DNS in memory. Names in dead do not answer.
type dns struct {
	txt   map[string][]string
	mx    map[string][]string
	hosts map[string][]string
	dead  string
	asked int
}

func (d *dns) look(name string, found int) error {
	d.asked++
	switch {
	case d.dead != "" && strings.HasSuffix(name, d.dead):
		return &net.DNSError{Err: "i/o timeout", Name: name, IsTimeout: true}
	case found == 0:
		return &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return nil
}

func (d *dns) LookupTXT(_ context.Context, name string) ([]string, error) {
	return d.txt[name], d.look(name, len(d.txt[name]))
}

func (d *dns) LookupMX(_ context.Context, name string) ([]*net.MX, error) {
	var all []*net.MX
	for _, host := range d.mx[name] {
		all = append(all, &net.MX{Host: host + ".", Pref: 10})
	}
	return all, d.look(name, len(all))
}

func (d *dns) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	var all []netip.Addr
	for _, a := range d.hosts[host] {
		all = append(all, netip.MustParseAddr(a))
	}
	return all, d.look(host, len(all))
}

func (d *dns) LookupAddr(_ context.Context, addr string) ([]string, error) {
	return d.hosts["ptr "+addr], d.look(addr, len(d.hosts["ptr "+addr]))
}

func worst(found []digest.Finding) digest.Result {
	for _, r := range []digest.Result{digest.Fail, digest.Warn} {
		if slices.ContainsFunc(found, func(f digest.Finding) bool { return f.Result == r }) {
			return r
		}
	}
	return digest.OK
}

func TestAnSPFRecordLetsTheRightSendersSend(t *testing.T) {
	from := Sender{Host: "mx.news.example", Addresses: []netip.Addr{netip.MustParseAddr("2001:db8::7")}}
	d := &dns{
		txt: map[string][]string{
			"one.example": {"v=spf1 ip6:2001:db8::/32 -all"}, "host.example": {"v=spf1 a:mail.example//64 -all"},
			"mx.example": {"v=spf1 mx ~all"}, "to.example": {"v=spf1 redirect=one.example"},
			"in.example":    {"google-site-verification=1", "V=SPF1 include:one.example ?include:two.example ~ALL"},
			"two.example":   {"v=spf1 -all"},
			"macro.example": {"v=spf1 exists:%{i}.x.example ip6:2001:db8::7 ~all exp=why.example"},
			"not.example":   {"v=spf1 ip6:2001:db9::/32 -all"}, "minus.example": {"v=spf1 -ip6:2001:db8::7 ~all"},
			"deep.example": {"v=spf1 " + strings.Repeat("include:one.example ", 10) + "~all"},
			"over.example": {"v=spf1 " + strings.Repeat("include:one.example ", 11) + "~all"},
		},
		mx:    map[string][]string{"mx.example": {"mail.example"}},
		hosts: map[string][]string{"mail.example": {"2001:db8::9", "2001:db8::7"}},
	}
	for name, want := range map[string]digest.Result{
		"one.example": digest.OK, "host.example": digest.OK, "mx.example": digest.OK, "to.example": digest.OK,
		"in.example": digest.OK, "macro.example": digest.OK, "deep.example": digest.OK,
		"not.example": digest.Fail, "minus.example": digest.Fail, "over.example": digest.Fail, "gone.example": digest.Fail,
	} {
		if found := SPF(t.Context(), d, name, []Sender{from}); worst(found) != want {
			t.Errorf("%s: got %+v, want %s", name, found, want)
		}
	}
	d.dead = "one.example"
	found := SPF(t.Context(), d, "in.example", nil)
	if worst(found) != digest.Fail || !strings.Contains(found[0].Message, "does not answer") {
		t.Errorf("got %+v, want a DNS that does not answer", found)
	}
}

func TestAnSPFRecordThatGoesOnForEverEnds(t *testing.T) {
	d := &dns{txt: map[string][]string{}}
	for i := range 2000 {
		name := fmt.Sprintf("d%d.example", i)
		d.txt[name] = []string{fmt.Sprintf("v=spf1 include:d%d.example include:d%d.example ~all", 2*i+1, 2*i+2)}
	}
	if found := SPF(t.Context(), d, "d0.example", nil); worst(found) != digest.Fail {
		t.Errorf("got %+v, want a failure", found)
	}
	if d.asked > 200 {
		t.Errorf("asked %d times", d.asked)
	}
}

// TestDMARCIsFoundByAWalkUpTheTree follows the examples of RFC 9989 4.10 and Appendix B.
func TestDMARCIsFoundByAWalkUpTheTree(t *testing.T) {
	d := &dns{txt: map[string][]string{
		"_dmarc.example.com":      {"v=DMARC1; p=reject; rua=mailto:a@example.com"},
		"_dmarc.com":              {"v=DMARC1; p=none; psd=y"},
		"_dmarc.own.example.org":  {"v=DMARC1; p=none; psd=n; rua=mailto:a@own.example.org"},
		"_dmarc.example.org":      {"v=DMARC1; p=none; rua=mailto:a@example.org"},
		"_dmarc.slips.example.io": {"v=DMARC1 p=none", "dmarc"},
		"_dmarc.example.io":       {"v=DMARC1; p=none"},
	}}
	for domain, want := range map[string][2]string{
		"mail.example.com": {"example.com", "example.com"}, "example.com": {"example.com", "example.com"},
		"a.own.example.org": {"own.example.org", "own.example.org"}, "b.example.org": {"example.org", "example.org"},
		"a.b.c.d.e.f.g.h.i.j.mail.example.com": {"example.com", "example.com"},
		"none.example":                         {"none.example", ""}, "x.slips.example.io": {"example.io", "example.io"},
	} {
		org, p, _, err := organisation(t.Context(), d, domain)
		if err != nil || org != want[0] || p.at != want[1] {
			t.Errorf("%s: got %s, %s, %v, want %v", domain, org, p.at, err, want)
		}
	}
	if n := len(walk("a.b.c.d.e.f.g.h.i.j.mail.example.com")); n != mostQueries {
		t.Errorf("the walk asks %d times, want %d", n, mostQueries)
	}
	for _, c := range []struct {
		names Names
		want  digest.Result
	}{
		{Names{"mail.example.com", "bounce.example.com", "example.com"}, digest.OK},
		{Names{"mail.example.com", "bounce.example.com", ""}, digest.OK},
		{Names{"mail.example.com", "other.example", "example.com"}, digest.Warn},
		{Names{"mail.example.com", "other.example", ""}, digest.Fail},
		{Names{"b.example.org", "own.example.org", ""}, digest.Warn}, // p=none, and psd=n parts the two
	} {
		if found := DMARC(t.Context(), d, c.names); worst(found) != c.want {
			t.Errorf("%+v: got %+v, want %s", c.names, found, c.want)
		}
	}
	d.txt["_dmarc.above.example"] = []string{"v=DMARC1; p=none; sp=reject; rua=mailto:a@above.example"}
	d.txt["_dmarc.loose.example"] = []string{"v=DMARC1; p=reject; sp=none; rua=mailto:a@loose.example"}
	for from, want := range map[string]digest.Result{
		"above.example": digest.Warn, "mail.above.example": digest.Fail, "loose.example": digest.Fail,
		"mail.loose.example": digest.Warn,
	} {
		if found := DMARC(t.Context(), d, Names{from, "other.example", ""}); worst(found) != want {
			t.Errorf("from %s: got %+v, want %s by the policy for it", from, found, want)
		}
	}
	d.dead = "_dmarc.com"
	if _, _, _, err := organisation(t.Context(), d, "example.com"); !errors.As(err, new(*net.DNSError)) {
		t.Errorf("got %v, want that the DNS does not answer", err)
	}
}

func TestAProvidersNameIsKnown(t *testing.T) {
	for name, want := range map[string]bool{
		"ip203-0-113-7.isp.example": true, "7.113.0.203.dsl.example": true, "mx.news.example": false,
		"mail203.example": false,
	} {
		if got := generic(name, netip.MustParseAddr("203.0.113.7")); got != want {
			t.Errorf("%s: got %t", name, got)
		}
	}
}

// FuzzRecords has foreign records read: nothing panics, and all of them come to an end.
func FuzzRecords(f *testing.F) {
	for _, text := range []string{
		"v=spf1 ip4:203.0.113.7/24 ip6:2001:db8::/32 a mx a:x.example/24//64 include:x.example redirect=y.example ~all",
		"v=DMARC1; p=none; rua=mailto:a@x.example!10m,mailto:b@y.example; adkim=s; psd=n", "v=spf1 ?all", "v=spf1 a:/ mx:/33",
		"v=DMARC1;;=;p", "v=spf1 include: ip4: ip6:::1%eth0 +", "v=spf1 redirect=x.example include:%{d}",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d := &dns{
			txt: map[string][]string{"x.example": {text}, "_dmarc.x.example": {text}},
			mx:  map[string][]string{"x.example": {"m.example"}}, hosts: map[string][]string{"m.example": {"203.0.113.9"}},
		}
		from := []Sender{{Host: "m.example", Addresses: []netip.Addr{netip.MustParseAddr("203.0.113.7")}}}
		found := append(SPF(t.Context(), d, "x.example", from), DMARC(t.Context(), d, Names{From: "x.example"})...)
		if d.asked > 2000 || len(found) == 0 {
			t.Fatalf("asked %d times, found %d", d.asked, len(found))
		}
		for _, one := range found {
			if one.Result != digest.OK && one.Result != digest.Unseen && one.Hint == "" {
				t.Fatalf("%+v has no hint", one)
			}
		}
	})
}
