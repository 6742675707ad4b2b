package relay

import (
	"net"
	"testing"
)

func TestOnlyAFullNameIsSaidAtEHLO(t *testing.T) {
	for name, want := range map[string]bool{
		"mail.news.example": true, "Mail.News.Example.": true, "a-1.b": true,
		"mail": false, "": false, "mail.": false, ".example": false, "a..b": false, "localhost": false,
		"localhost.localdomain": false, "desk.localdomain": false, "desk.local": false, "192.0.2.1": false,
		"desk_1.news.example": false, "bücher.example": false, "a b.example": false,
	} {
		if got := isFull(name); got != want {
			t.Errorf("%q is full: %v, want %v", name, got, want)
		}
	}
}

func TestAMachineWithoutANameSaysItsAddress(t *testing.T) {
	for _, c := range []struct {
		from net.Addr
		want string
	}{
		{&net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 40000}, "[192.0.2.1]"},
		{&net.TCPAddr{IP: net.ParseIP("2001:db8::1"), Zone: "eth0"}, "[IPv6:2001:db8::1]"},
		{&net.UnixAddr{Name: "/run/mail"}, "[127.0.0.1]"},
	} {
		if got := literal(c.from); got != c.want {
			t.Errorf("from %v we are %s, want %s", c.from, got, c.want)
		}
	}
	if got := (&Relay{Hello: "mail.news.example"}).hello(nil); got != "mail.news.example" {
		t.Errorf("we are %s, and were told another name", got)
	}
}
