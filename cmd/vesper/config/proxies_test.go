package config

import (
	"net/netip"
	"strings"
	"testing"
)

func TestProxiesThatTogetherAreEverybodyAreRefused(t *testing.T) {
	for _, c := range []struct {
		proxies   string
		everybody bool
	}{
		{"127.0.0.1", false},
		{"10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7", false},
		{"0.0.0.0/1", false},
		{"0.0.0.0/0", true},
		{"::/0", true},
		{"0.0.0.0/1 128.0.0.0/1", true},
		{"128.0.0.0/1 10.0.0.0/8 0.0.0.0/1", true},
		{"0.0.0.0/1 128.0.0.0/2 192.0.0.0/3", true},
		{"0.0.0.0/2 64.0.0.0/2 128.0.0.0/2 192.0.0.0/4 208.0.0.0/4", true},
		{"0.0.0.0/2 64.0.0.0/2 128.0.0.0/2 192.0.0.0/4", false},
		{"2000::/3", true},
		{"2000::/4 3000::/4", true},
		{"2000::/4 3000::/5", false},
		{"::ffff:0.0.0.0/96", true},
		{"::ffff:0.0.0.0/97 ::ffff:128.0.0.0/97", true},
		{"::ffff:10.0.0.0/104", false},
		{"127.0.0.1 127.0.0.1 ::1 ::1", false},
	} {
		var all []netip.Prefix
		for text := range strings.FieldsSeq(c.proxies) {
			p, err := proxy(text)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, p)
		}
		if got := everybody(all); got != c.everybody {
			t.Errorf("%s: everybody is %v, want %v", c.proxies, got, c.everybody)
		}
	}
}

func TestANetworkOfMappedAddressesIsOneOfIPv4(t *testing.T) {
	for text, want := range map[string]string{
		"::ffff:10.1.2.3/104": "10.0.0.0/8", "::ffff:127.0.0.1": "127.0.0.1/32", "::ffff:127.0.0.1/128": "127.0.0.1/32",
		"::ffff:0:0/96": "0.0.0.0/0", "2001:db8::1/32": "2001:db8::/32", "fe80::1%eth0": "fe80::1/128",
	} {
		if got, err := proxy(text); got.String() != want || err != nil {
			t.Errorf("%s: got %s, %v, want %s", text, got, err, want)
		}
	}
}
