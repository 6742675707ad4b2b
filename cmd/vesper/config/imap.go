package config

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"
)

// IMAP is [bounces.imap]: a mailbox that what comes back is taken out of.
type IMAP struct {
	// Host is the server's name or IP address, without a port. Default: empty, there is no
	// mailbox.
	Host string `toml:"host"`
	// Port is its TCP port. Default: 993; 1 to 65535.
	Port int `toml:"port"`
	// TLS is "implicit" (TLS from the first byte), "required" (STARTTLS) or "none", which is
	// for loopback alone. Default: "implicit".
	TLS string `toml:"tls"`
	// Username is who logs in. Required beside Host. Default: empty.
	Username string `toml:"username"`
	// Password is the password itself. Better is PasswordFile; one of them is needed.
	// Default: empty.
	Password Secret `toml:"password"`
	// PasswordFile is a file with the password, which its owner alone can read. Default:
	// empty.
	PasswordFile string `toml:"password_file"`
	// Folder is where what comes back lies. Default: "INBOX".
	Folder string `toml:"folder"`
	// DoneFolder is where what was taken is moved to. It is made if it is not there. Default:
	// "Vesper".
	DoneFolder string `toml:"done_folder"`
}

func checkIMAP(c *Config, r *Report) {
	m := c.Bounces.IMAP
	const key = "bounces.imap"
	if m.Host == "" {
		if m.Username != "" || m.Password != "" || m.PasswordFile != "" {
			r.Flaw(key+".host", "host is missing from [bounces.imap]", `such as "imap.news.example"`)
		}
		return
	}
	if strings.ContainsAny(m.Host, " /@") || strings.Contains(m.Host, ":") && !isIP(m.Host) {
		r.Flaw(key+".host", fmt.Sprintf("host %q is not a host's name", m.Host), "the port has a key of its own")
	}
	if m.Port < 1 || m.Port > 65535 {
		r.Flaw(key+".port", "port must be from 1 to 65535", "993, or 143 with tls = \"required\"")
	}
	loopback := m.Host == "localhost"
	if at, err := netip.ParseAddr(m.Host); err == nil {
		loopback = at.IsLoopback()
	}
	switch m.TLS {
	case "implicit", "required":
	case "none":
		if !loopback {
			r.Flaw(key+".tls", `tls = "none" is for loopback alone: anybody on the way could read the password`,
				`tls = "implicit"`)
		}
	default:
		r.Flaw(key+".tls", fmt.Sprintf("tls %q is neither implicit, required nor none", m.TLS),
			`"implicit" is TLS from the first byte, "required" is STARTTLS`)
	}
	if m.Username == "" || m.Password == "" && m.PasswordFile == "" {
		r.Flaw(key+".username", "username and password_file are both needed in [bounces.imap]",
			`who logs in, and password_file = "imap.password"`)
	}
	for name, folder := range map[string]string{"folder": m.Folder, "done_folder": m.DoneFolder} {
		if folder == "" || strings.ContainsFunc(folder, control) {
			r.Flaw(key+"."+name, name+" in [bounces.imap] names no folder", `such as "`+
				cmp.Or(map[string]string{"folder": "INBOX"}[name], "Vesper")+`"`)
		}
	}
	if strings.EqualFold(m.Folder, m.DoneFolder) {
		r.Flaw(key+".done_folder", "done_folder is the folder itself", `such as "Vesper"`)
	}
}

func isIP(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}
