package config

import (
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"time"
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
	// IMAP is [bounces.imap]. Default: no mailbox is looked into.
	IMAP IMAP `toml:"imap"`
	// SoftBounces is how many editions in a row have to come back from an address that may
	// recover, such as one with a full mailbox, before it is taken off the list. Default: 5;
	// 1 to 50.
	SoftBounces int `toml:"soft_bounces"`
	// SoftFor is over what time these editions have to come back at least. Default: "14d";
	// "30d" at most.
	SoftFor Duration `toml:"soft_for"`
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
	if b.SoftBounces < 1 || b.SoftBounces > 50 {
		r.Flaw("bounces.soft_bounces", "soft_bounces must be from 1 to 50",
			"how many editions in a row come back before an address is taken off the list")
	}
	if b.SoftFor < 0 || b.SoftFor > Duration(30*24*time.Hour) {
		r.Flaw("bounces.soft_for", "soft_for must be at most 30d", "what came back longer ago says nothing of an address")
	}
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

// LeaveBy gives the address that readers write to to leave, with "{token}" in it. It is at
// the domain of the return path, and parts its token off as that one does, since that is what
// the mail server there knows: "leave+{token}" beside "bounces+{token}".
func (c *Config) LeaveBy() string {
	local, domain, _ := strings.Cut(c.Delivery.ReturnPath, "@")
	before, _, _ := strings.Cut(local, "{token}")
	parts := "+"
	if before != "" && strings.ContainsAny(before[len(before)-1:], "+-=_.#") {
		parts = before[len(before)-1:]
	}
	return "leave" + parts + "{token}@" + strings.ToLower(domain)
}
