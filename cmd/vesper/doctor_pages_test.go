package main

import (
	"vesper/digest"
)

var dmarcBreakages = []breakage{
	{"no DMARC", says("_dmarc.news.example"), "DNS", "DMARC", digest.Fail, "no DMARC record", "v=DMARC1"},
	{
		"two DMARC", says("_dmarc.news.example", "v=DMARC1; p=none", "v=DMARC1; p=reject"), "DNS", "DMARC", digest.Fail,
		"2 DMARC records", "keep one",
	},
	{
		"no p", says("_dmarc.news.example", "v=DMARC1; rua=mailto:a@news.example"), "DNS", "DMARC", digest.Fail, "has no p=",
		"p=none",
	},
	{
		"a wrong p", says("_dmarc.news.example", "v=DMARC1; p=block; rua=mailto:a@news.example"), "DNS", "DMARC", digest.Fail,
		"has p=block", "quarantine",
	},
	{
		"pct", says("_dmarc.news.example", "v=DMARC1; p=none; pct=50; rua=mailto:a@news.example"), "DNS", "DMARC",
		digest.Warn,
		"has pct=50", "t=y",
	},
	{
		"ri", says("_dmarc.news.example", "v=DMARC1; p=none; ri=3600; rua=mailto:a@news.example"), "DNS", "DMARC",
		digest.Warn,
		"has ri=3600", "take it out",
	},
	{
		"a test policy", says("_dmarc.news.example", "v=DMARC1; p=reject; t=y; rua=mailto:a@news.example"), "DNS", "DMARC",
		digest.Warn, "has t=y", "take t=y out",
	},
	{"no reports", says("_dmarc.news.example", "v=DMARC1; p=none"), "DNS", "DMARC", digest.Warn, "names nobody", "rua="},
	{
		"unwanted reports", says("_dmarc.news.example", "v=DMARC1; p=none; rua=mailto:a@reports.example"), "DNS", "DMARC",
		digest.Warn, "does not say that it takes them", "_report._dmarc.reports.example",
	},
	{
		"a strict return path", says("_dmarc.news.example", "v=DMARC1; p=none; aspf=s; rua=mailto:a@news.example"), "DNS",
		"alignment", digest.Warn, "the return path's bounce.news.example is not aligned", "return_path",
	},
	{"a strict signature", func(w *ward) {
		w.replace("evening@news.example", "evening@paper.news.example")
		w.replace("[web]", "[delivery]\nreturn_path = \"b+{token}@bounce.news.example\"\n[web]")
		says("_dmarc.news.example", "v=DMARC1; p=reject; adkim=s; aspf=s; rua=mailto:a@news.example")(w)
	}, "DNS", "alignment", digest.Fail, "d=news.example is not aligned with paper.news.example strictly", "[dkim]"},
	{"nothing aligned", func(w *ward) {
		w.replace("[dkim]\ndomain = \"news.example\"\nkey_file = \"keys/v1.pem\"\n", "")
		w.replace("[web]", "[delivery]\nreturn_path = \"b+{token}@unrelated.example\"\n[web]")
	}, "DNS", "alignment", digest.Fail, "unrelated.example is not aligned", "vesper dkim new"},
}

var pageBreakages = []breakage{
	{
		"no front", func(w *ward) { w.replace("https://FRONT", "https://127.0.0.1:1") }, "pages", "one-click", digest.Fail,
		"nothing answers at", "vesper serve",
	},
	{
		"no host", func(w *ward) { w.replace("https://FRONT", "https://nowhere.invalid") }, "pages", "one-click", digest.Fail,
		"DNS knows no host nowhere.invalid", "A or AAAA",
	},
	{
		"a redirect", func(w *ward) { w.frontSays(301, map[string]string{"Location": "https://www.news.example/u/x"}, "") },
		"pages", "one-click", digest.Fail, "redirects to https://www.news.example (301)", "base_url",
	},
	{
		"another site", func(w *ward) { w.frontSays(200, nil, "<!doctype html><html>hello</html>") }, "pages", "one-click",
		digest.Fail, "a page of another site", "base_url",
	},
	{
		"a server that says yes to all", func(w *ward) { w.frontSays(200, nil, "OK") }, "pages", "one-click", digest.Fail,
		"answers a link that nobody was given like one of this newsroom", "base_url",
	},
	{
		"a login", func(w *ward) { w.frontSays(403, map[string]string{"Server": "cloud"}, "") }, "pages", "one-click",
		digest.Fail, "refuses who wants to leave (403) (cloud)", "without a login",
	},
	{
		"no serve", func(w *ward) { w.frontSays(502, nil, "") }, "pages", "one-click", digest.Fail,
		"does not reach Vesper (502)",
		"127.0.0.1:0",
	},
	{
		"an overload", func(w *ward) { w.frontSays(503, nil, "") }, "pages", "one-click", digest.Fail,
		"can't answer (503)", "log",
	},
	{
		"a path not passed on", func(w *ward) { w.frontSays(404, nil, "") }, "pages", "one-click", digest.Fail, "answers 404",
		"path",
	},
	{
		"another newsroom", fresh(func(*ward) {}), "pages", "one-click", digest.Fail, "does not know a link",
		"another database",
	},
	{
		"plain text", func(w *ward) { w.frontTLS = nil }, "pages", "one-click", digest.Fail, "does not speak TLS",
		"web server",
	},
	{
		"a page's old certificate", func(w *ward) { w.frontTLS = w.authority.certificate(w.T, -2, "") }, "pages",
		"certificate",
		digest.Fail, "is valid from", "renew",
	},
	{
		"a page's short certificate", func(w *ward) { w.frontTLS = w.authority.certificate(w.T, 5, "") }, "pages",
		"certificate",
		digest.Warn, "in 12", "renew",
	},
	{
		"a page's wrong certificate", func(w *ward) { w.frontTLS = w.authority.certificate(w.T, 9, "www.news.example") },
		"pages", "certificate", digest.Fail, "is not for 127.0.0.1", "host of base_url",
	},
	{
		"a page's own authority", later(func(w *ward) { w.app.bedside.roots = nil }), "pages", "certificate", digest.Fail,
		"unknown authority", "whole chain",
	},
	{
		"an unknown proxy", func(w *ward) { w.replace(`trusted_proxies = ["127.0.0.1"]`, "") }, "pages", "proxy", digest.Fail,
		"trusted_proxies does not name", `trusted_proxies = ["127.0.0.1"]`,
	},
	{
		"a proxy that passes on", func(w *ward) { w.forward = "pass" }, "pages", "proxy", digest.Fail,
		"can claim to be another",
		"X-Forwarded-For",
	},
	{
		"a proxy that says nothing", func(w *ward) { w.forward = "drop" }, "pages", "proxy", digest.Warn,
		"does not say who asks", "X-Forwarded-For",
	},
}
