package config

import (
	"fmt"
	"net"
	"net/url"
	"strings"

	"vesper/subscribers"
)

// Web is [web]: the pages that readers' links lead to.
type Web struct {
	// Listen is the address to serve them at, as HOST:PORT. Default: "127.0.0.1:8025".
	Listen string `toml:"listen"`
	// BaseURL is where readers reach them: https, or http on loopback, with nothing
	// after the host but a path. Default: https://mail. and From's domain.
	BaseURL string `toml:"base_url"`
	// TrustedProxies are the addresses and networks of the HTTPS servers before the
	// pages. Only these are believed when they say in X-Forwarded-For who signs up.
	// Default: empty, none is.
	TrustedProxies []string `toml:"trusted_proxies"`
	// Origins are the sites whose forms may sign readers up, beside url and base_url, as
	// "https://blog.news.example". Default: empty, none.
	Origins []string `toml:"origins"`
	// Archive says who finds past editions: "public", listed at base_url/e and by search
	// engines, or "none", only those who have the link. Default: "public".
	Archive string `toml:"archive"`
	// SignUpsNetwork is how many mailboxes may be asked to confirm in an hour on the word
	// of one network, a /24 of IPv4 or a /56 of IPv6. Default: 5.
	SignUpsNetwork int `toml:"sign_ups_network"`
	// SignUpsSite is the same for a /48 of IPv6. Default: 10.
	SignUpsSite int `toml:"sign_ups_site"`
	// SignUpsProvider is the same for a /16 of IPv4 or a /32 of IPv6. Default: 50.
	SignUpsProvider int `toml:"sign_ups_provider"`
	// SignUpsAll is how many letters to confirm an hour takes in all. Default: 200.
	SignUpsAll int `toml:"sign_ups_all"`
	// SignUpsNew is how many more it takes of networks that had none within a day.
	// Default: 100.
	SignUpsNew int `toml:"sign_ups_new"`
}

// SignUpLimits gives the limits of those who sign up.
func (c *Config) SignUpLimits() subscribers.Limits {
	return subscribers.Limits{
		Network: c.Web.SignUpsNetwork, Site: c.Web.SignUpsSite, Provider: c.Web.SignUpsProvider,
		All: c.Web.SignUpsAll, New: c.Web.SignUpsNew,
	}
}

func checkSignUps(c *Config, r *Report) {
	for _, one := range []struct {
		name            string
		is, least, most int
	}{
		{"sign_ups_network", c.Web.SignUpsNetwork, 1, 10_000},
		{"sign_ups_site", c.Web.SignUpsSite, 1, 10_000},
		{"sign_ups_provider", c.Web.SignUpsProvider, 1, 10_000},
		{"sign_ups_all", c.Web.SignUpsAll, 1, 100_000},
		{"sign_ups_new", c.Web.SignUpsNew, 0, 100_000},
	} {
		if one.is < one.least || one.is > one.most {
			r.Flaw("web."+one.name, fmt.Sprintf("%s = %d is not from %d to %d", one.name, one.is, one.least, one.most),
				"how many mailboxes may be asked to confirm in an hour")
		}
	}
}

// Admin is [admin]: the operator's pages, /healthz, /readyz and /metrics.
type Admin struct {
	// Listen is the address to serve them at, as HOST:PORT on loopback, or "off". Default:
	// "127.0.0.1:8026".
	Listen string `toml:"listen"`
	// AllowRemote lets others than this machine see them: they have no password. Default:
	// false.
	AllowRemote bool `toml:"allow_remote"`
	// Pprof adds Go's profiles at /debug/pprof/. Default: false.
	Pprof bool `toml:"pprof"`
}

// Off is a listen of [admin] that serves nothing.
const Off = "off"

// checkAdmin checks that the operator's pages are for this machine alone, unless somebody
// said otherwise.
func checkAdmin(c *Config, r *Report) {
	host, _, err := net.SplitHostPort(c.Admin.Listen)
	if c.Admin.Listen == Off || c.Admin.AllowRemote || err != nil {
		return
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		r.Flaw("admin.listen", fmt.Sprintf("listen %q is not on loopback", c.Admin.Listen),
			`the pages have no password: use "127.0.0.1:8026", or allow_remote = true if only you can reach it`)
	}
}

func checkWeb(c *Config, r *Report) {
	checkProxies(c, r)
	checkSignUps(c, r)
	if c.Web.Archive != "public" && c.Web.Archive != "none" {
		r.Flaw("web.archive", fmt.Sprintf("archive %q is neither public nor none", c.Web.Archive),
			`"public" lists past editions, "none" is for those who have the link`)
	}
	for _, o := range c.Web.Origins {
		u, err := url.Parse(o)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil ||
			strings.TrimPrefix(o, u.Scheme+"://"+u.Host) != "" {
			r.Flaw("web.origins", fmt.Sprintf("origins has %q, which is not a site", o),
				`without a path: "https://blog.news.example"`)
		}
	}
	if strings.HasSuffix(c.Web.BaseURL, ".example") {
		r.Warn("web.base_url", "base_url "+c.Web.BaseURL+" is an example: readers can't unsubscribe there",
			"set base_url in [web] to the address of the readers' pages")
	}
	checkAdmin(c, r)
	for _, l := range []struct{ section, listen string }{{"web", c.Web.Listen}, {"admin", c.Admin.Listen}} {
		if l.section == "admin" && l.listen == Off {
			continue
		}
		if _, err := net.ResolveTCPAddr("tcp", l.listen); err != nil || !strings.Contains(l.listen, ":") {
			r.Flaw(l.section+".listen", fmt.Sprintf("listen %q is not HOST:PORT", l.listen),
				`such as "127.0.0.1:8025"`)
		}
	}
}
