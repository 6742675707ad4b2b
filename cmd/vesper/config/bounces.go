package config

import (
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
)

// Bounces is [bounces]: how what comes back comes in, and what follows from it.
type Bounces struct {
	// Listen is where mail servers bring what comes back, over SMTP or LMTP: an address such
	// as "127.0.0.1:2525", or a unix socket such as "unix:/run/vesper/bounces.sock", which its
	// owner and group can write to. Both protocols are spoken on either. Default: empty,
	// nowhere.
	Listen string `toml:"listen"`
	// AllowPublic lets Listen be an address that other machines reach. Default: false.
	AllowPublic bool `toml:"allow_public"`
}

// Socket gives the network and the address of Listen.
func (c *Config) Socket() (network, address string) {
	if path, ok := strings.CutPrefix(c.Bounces.Listen, "unix:"); ok {
		return "unix", c.Path(path)
	}
	return "tcp", c.Bounces.Listen
}

func checkBounces(c *Config, r *Report) {
	b := c.Bounces
	if b.Listen == "" {
		return
	}
	const key, such = "bounces.listen", `such as "127.0.0.1:2525" or "unix:/run/vesper/bounces.sock"`
	network, address := c.Socket()
	if network == "unix" {
		if strings.TrimPrefix(b.Listen, "unix:") == "" || len(address) > 100 || !filepath.IsAbs(address) {
			r.Flaw(key, fmt.Sprintf("listen %q in [bounces] names no socket: a path of 1 to 100 octets", b.Listen), such)
		}
		return
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil || port == "" {
		r.Flaw(key, fmt.Sprintf("listen %q in [bounces] is not an address and a port", b.Listen), such)
		return
	}
	at, err := netip.ParseAddr(host)
	if loopback := host == "localhost" || err == nil && at.IsLoopback(); !loopback && !b.AllowPublic {
		r.Flaw(key, fmt.Sprintf("listen %q in [bounces] is open to other machines", b.Listen),
			`listen on 127.0.0.1 behind your mail server; if a firewall keeps strangers out, allow_public = true`)
	}
}
