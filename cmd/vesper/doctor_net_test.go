package main

import (
	"io"
	"net/http"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"vesper/digest"
)

// siteSays has the site answer so.
func (w *ward) siteSays(status int, text string) {
	w.site = func(rw http.ResponseWriter, _ *http.Request) {
		rw.WriteHeader(status)
		io.WriteString(rw, text)
	}
}

// ahead sets the site's clock.
func (w *ward) ahead(d time.Duration) {
	w.site = func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Date", time.Now().Add(d).UTC().Format(http.TimeFormat))
	}
}

// frontSays has the web server in front answer so.
func (w *ward) frontSays(status int, fields map[string]string, text string) {
	w.front = func(rw http.ResponseWriter, _ *http.Request) bool {
		for name, value := range fields {
			rw.Header().Set(name, value)
		}
		rw.WriteHeader(status)
		io.WriteString(rw, text)
		return true
	}
}

// database does something with the newsroom's own parts.
func (w *ward) database(do func(*house) error) {
	w.Helper()
	h, err := w.app.open(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	defer h.close()
	if err := do(h); err != nil {
		w.Fatal(err)
	}
}

// says has a name in the DNS have these texts alone.
func says(name string, texts ...string) func(w *ward) {
	return func(w *ward) {
		w.zone[name] = nil
		for _, text := range texts {
			w.zone[name] = append(w.zone[name], txtRecord(text))
		}
	}
}

// sends has the return path's domain have these SPF records.
func sends(records ...string) func(w *ward) {
	return func(w *ward) {
		says("bounce.news.example", records...)(w)
		w.zone["bounce.news.example"] = append(w.zone["bounce.news.example"], mx("mx.news.example"))
	}
}

const theRelay = "relay 127.0.0.1"

var relayBreakages = []breakage{
	{
		"nobody there", func(w *ward) { w.mail.closed = true }, "relay", theRelay, digest.Fail, "connection refused",
		"vesper.toml:9, port",
	},
	{
		"no such host", func(w *ward) { w.replace(`host = "127.0.0.1"`, `host = "nowhere.invalid"`) }, "relay",
		"relay nowhere.invalid", digest.Fail, "nowhere.invalid", "vesper.toml:8, host",
	},
	{"silence", func(w *ward) {
		w.mail.deaf = true
		w.before = append(w.before, func() { w.app.bedside.limit = time.Second })
	}, "relay", theRelay, digest.Fail, "does not answer within ", "firewall"},
	{"silence at MAIL", func(w *ward) {
		w.mail.sender = ""
		w.before = append(w.before, func() { w.app.bedside.limit = time.Second })
	}, "relay", theRelay, digest.Fail, "does not answer our MAIL within ", "who runs the relay"},
	{
		"a relay with much to do", func(w *ward) { w.mail.greeting = "421 4.3.2 later" }, "relay", theRelay, digest.Fail,
		"421 4.3.2 later", "try again in some minutes",
	},
	{"silence, and a desk that takes long", func(w *ward) {
		w.mail.deaf = true
		w.before = append(w.before, func() {
			w.app.bedside.limit = 1800 * time.Millisecond
			w.app.bedside.largest = func() int { <-w.Context().Done(); return 0 }
		})
	}, "relay", theRelay, digest.Fail, "does not answer within 1.", "firewall"},
	{
		"a bad greeting", func(w *ward) { w.mail.greeting = "554 not you" }, "relay", theRelay, digest.Fail,
		"554 not you", "who runs the relay",
	},
	{
		"no STARTTLS", func(w *ward) { w.mail.starttls = false }, "relay", theRelay, digest.Fail, "no STARTTLS",
		"vesper.toml:10, tls",
	},
	{
		"an old certificate", func(w *ward) { w.mail.tls = w.authority.certificate(w.T, -3, "") }, "relay", theRelay,
		digest.Fail, "has expired", "who runs the relay",
	},
	{
		"a short certificate", func(w *ward) { w.mail.tls = w.authority.certificate(w.T, 5, "") }, "relay", theRelay,
		digest.Warn, "in 5 days", "renew",
	},
	{
		"a certificate of another", func(w *ward) { w.mail.tls = w.authority.certificate(w.T, 60, "other.example") },
		"relay", theRelay, digest.Fail, "certificate is for other.example", "host",
	},
	{
		"an unknown authority", later(func(w *ward) { w.app.bedside.roots = nil }), "relay", theRelay, digest.Fail,
		"unknown authority", "who runs the relay",
	},
	{
		"a wrong password", func(w *ward) { w.mail.login = "535 5.7.8 no" }, "relay", theRelay, digest.Fail, "535",
		"password_file",
	},
	{"no AUTH", func(w *ward) { w.mail.auth = "" }, "relay", theRelay, digest.Fail, "no AUTH mechanism", "auth"},
	{
		"a small SIZE", func(w *ward) { w.mail.size = "SIZE 5000" }, "relay", theRelay, digest.Fail,
		"messages of 5000 octets", "max_articles",
	},
	{
		"a refused sender", func(w *ward) { w.mail.sender = "550 5.7.1 <bounces@news.example> sender not allowed" }, "relay",
		theRelay, digest.Fail, "it refuses our MAIL: 550", "return_path",
	},
}

var dnsBreakages = []breakage{
	{"no DNS", later(func(w *ward) {
		w.app.dns = resolverAt(1)
		w.app.bedside.limit = 2 * time.Second
	}), "DNS", "mail for from", digest.Fail, "DNS does not answer", "/etc/resolv.conf"},
	{
		"no mail for from", func(w *ward) { w.zone["news.example"] = nil }, "DNS", "mail for from", digest.Fail,
		"neither an MX nor an address", "publish an MX",
	},
	{
		"null MX", func(w *ward) { w.zone["news.example"] = []dnsmessage.ResourceBody{mx("")} }, "DNS", "mail for from",
		digest.Fail, "null MX", "replace the null MX",
	},
	{
		"an MX without address", func(w *ward) { w.zone["news.example"] = []dnsmessage.ResourceBody{mx("gone.example")} },
		"DNS", "mail for from", digest.Fail, "gone.example, which has no address", "A record",
	},
	{
		"no mail for bounces", func(w *ward) { says("bounce.news.example", "v=spf1 ip4:203.0.113.7 ~all")(w) }, "DNS",
		"mail for return path", digest.Fail, "neither an MX nor an address", "publish an MX",
	},
	{"no SPF", sends(), "DNS", "SPF", digest.Fail, "no SPF record", "v=spf1"},
	{"two SPF", sends("v=spf1 ~all", "v=spf1 -all"), "DNS", "SPF", digest.Fail, "2 SPF records", "one record"},
	{
		"many look-ups", sends("v=spf1 ip4:203.0.113.7" + strings.Repeat(" exists:x.example", 11) + " ~all"), "DNS", "SPF",
		digest.Fail, "asks the DNS 11 times", "take out",
	},
	{
		"many voids", sends("v=spf1 ip4:203.0.113.7 a:a.example a:b.example a:c.example ~all"), "DNS", "SPF", digest.Fail,
		"names 3 hosts", "take the names out",
	},
	{
		"a dead include", sends("v=spf1 ip4:203.0.113.7 include:gone.example ~all"), "DNS", "SPF", digest.Fail,
		"gone.example, which has no SPF", "take it out",
	},
	{
		"a circle", sends("v=spf1 ip4:203.0.113.7 include:bounce.news.example ~all"), "DNS", "SPF", digest.Fail,
		"includes itself", "take one",
	},
	{
		"a slip", sends("v=spf1 ipv4:203.0.113.7 ip4:203.0.113.7 ~all"), "DNS", "SPF", digest.Fail,
		`"ipv4:203.0.113.7", which is no term`, "correct",
	},
	{
		"no address", sends("v=spf1 ip4:203.0.113 ip4:203.0.113.7 ~all"), "DNS", "SPF", digest.Fail, "which is no address",
		"correct",
	},
	{"ptr", sends("v=spf1 ptr ip4:203.0.113.7 ~all"), "DNS", "SPF", digest.Warn, "has ptr", "ip4:"},
	{"+all", sends("v=spf1 ip4:203.0.113.7 +all"), "DNS", "SPF", digest.Fail, "lets everybody send", "~all"},
	{"?all", sends("v=spf1 ip4:203.0.113.7 ?all"), "DNS", "SPF", digest.Warn, "ends with ?all", "~all"},
	{"no all", sends("v=spf1 ip4:203.0.113.7"), "DNS", "SPF", digest.Warn, "does not end with", "~all"},
	{
		"not us", sends("v=spf1 include:unrelated.example ~all"), "DNS", "SPF", digest.Fail, "does not let 203.0.113.7 send",
		"add ip4:203.0.113.7",
	},
	{
		"not the relay", func(w *ward) { w.replace(`host = "127.0.0.1"`, `host = "email-smtp.amazonaws.com"`) }, "DNS", "SPF",
		digest.Fail, "does not include amazonses.com", "include:amazonses.com",
	},
	{
		"no DKIM", func(w *ward) { says(w.dkim.Name)(w) }, "DNS", "DKIM", digest.Fail, "there is no TXT record",
		"vesper dkim dns",
	},
	{
		"another key", func(w *ward) { says(w.dkim.Name, "v=DKIM1; k=rsa; p=AAAA")(w) }, "DNS", "DKIM", digest.Fail,
		"another key's public half", "new selector",
	},
	{
		"a revoked key", func(w *ward) { says(w.dkim.Name, "v=DKIM1; k=rsa; p=")(w) }, "DNS", "DKIM", digest.Fail,
		"the key is revoked", "new selector",
	},
	{
		"a key cut off", func(w *ward) { says(w.dkim.Name, w.dkim.Value[:255])(w) }, "DNS", "DKIM", digest.Fail,
		"p= is cut off", "255 characters",
	},
	{
		"two keys", func(w *ward) { says(w.dkim.Name, w.dkim.Value, "v=DKIM1; p=AAAA")(w) }, "DNS", "DKIM", digest.Fail,
		"there are 2 TXT records", "vesper dkim dns",
	},
	{
		"a test key", func(w *ward) { says(w.dkim.Name, w.dkim.Value+"; t=y")(w) }, "DNS", "DKIM", digest.Fail, "t=y",
		"remove t=y",
	},
	{
		"no PTR", func(w *ward) { delete(w.zone, "7.113.0.203.in-addr.arpa") }, "DNS", "reverse name", digest.Fail,
		"has no name in the DNS", "PTR record",
	},
	{
		"a PTR one way", func(w *ward) { w.zone["mx.news.example"] = []dnsmessage.ResourceBody{host4(203, 0, 113, 8)} },
		"DNS", "reverse name", digest.Fail, "has another address", "A or AAAA record",
	},
	{"a provider's PTR", func(w *ward) {
		w.zone["7.113.0.203.in-addr.arpa"] = []dnsmessage.ResourceBody{
			&dnsmessage.PTRResource{PTR: dnsmessage.MustNewName("ip203-0-113-7.isp.example.")},
		}
	}, "DNS", "reverse name", digest.Warn, "dial-up", "PTR record"},
}
