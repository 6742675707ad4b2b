package relay

import (
	"net"
	"os"
	"strings"
)

// hello is who we say we are over a connection from this address. Many relays refuse a
// name without a domain, and a name that nobody can look up is worth less than the
// address itself (RFC 5321 4.1.3, 4.1.4).
func (r *Relay) hello(from net.Addr) string {
	if r.Hello != "" {
		return r.Hello
	}
	if name, err := os.Hostname(); err == nil && isFull(name) {
		return name
	}
	return literal(from)
}

// isFull says whether the name of a machine has a domain behind it. That of a machine
// which has none is often ".localdomain" or ".local".
func isFull(name string) bool {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	host, domain, _ := strings.Cut(name, ".")
	if host == "" || domain == "" || host == "localhost" || net.ParseIP(name) != nil {
		return false
	}
	for _, label := range strings.Split(name, ".") {
		if label == "" || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return !strings.HasSuffix(name, ".localdomain") && !strings.HasSuffix(name, ".local")
}

// literal writes an address as a relay is told it: [192.0.2.1], or [IPv6:2001:db8::1].
func literal(from net.Addr) string {
	tcp, ok := from.(*net.TCPAddr)
	switch {
	case !ok || tcp.IP == nil:
		return "[127.0.0.1]"
	case tcp.IP.To4() != nil:
		return "[" + tcp.IP.String() + "]"
	}
	return "[IPv6:" + tcp.IP.String() + "]"
}
