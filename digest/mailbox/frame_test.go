package mailbox

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"
)

func TestTheBaseDoesNotDisturbTheDocument(t *testing.T) {
	const base = `<base target="_blank">`
	for in, want := range map[string]string{
		"<!doctype html><HTML><HEAD><title>": "<!doctype html><HTML><HEAD>" + base + "<title>",
		"<!DOCTYPE html><header>x":           "<!DOCTYPE html>" + base + "<header>x",
		"<p>x":                               base + "<p>x",
		"":                                   base,
	} {
		if got := framed(in, "system"); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestAForcedThemeAnswersTheMessage(t *testing.T) {
	const yes, no = "(min-width:0px)", "(max-width:-1px)"
	for _, c := range [][2]string{
		{"<style>@media (prefers-color-scheme: dark){p{}}</style>", "<style>@media " + yes + "{p{}}</style>"},
		{"<style>@media(prefers-color-scheme:light){p{}}</style>", "<style>@media" + no + "{p{}}</style>"},
		{
			"<STYLE type=a>@MEDIA screen and ( Prefers-Color-Scheme :\n DARK ){p{}}</STYLE>",
			"<STYLE type=a>@MEDIA screen and " + yes + "{p{}}</STYLE>",
		},
		{
			"<style>@media not/*{;*/(prefers-color-scheme:/**/dark),print{}",
			"<style>@media not/*{;*/" + yes + ",print{}",
		},
		{"<style>@media (prefers-color-scheme){p{}}</style>", "<style>@media (prefers-color-scheme){p{}}</style>"},
		{
			"<style>/*@media (prefers-color-scheme:dark){*/p{}</style>",
			"<style>/*@media (prefers-color-scheme:dark){*/p{}</style>",
		},
		{
			`<style>p:after{content:"@media (prefers-color-scheme:dark){"}</style>`,
			`<style>p:after{content:"@media (prefers-color-scheme:dark){"}</style>`,
		},
		{
			"<style>:root{color-scheme:light dark;supported-color-schemes:light dark}",
			"<style>:root{color-scheme:dark;supported-color-schemes:light dark}",
		},
		{"<style>p{Color-Scheme : dark light!important}</style>", "<style>p{Color-Scheme :dark!important}</style>"},
		{"<style>p{color-scheme:only light}</style>", "<style>p{color-scheme:only light}</style>"},
		{`<source media="(prefers-color-scheme:dark)" srcset=x>`, `<source media="` + yes + `" srcset=x>`},
		{`<style media='(prefers-color-scheme:light)'>`, `<style media='` + no + `'>`},
		{
			"<p>(prefers-color-scheme:dark) color-scheme:light dark</p>",
			"<p>(prefers-color-scheme:dark) color-scheme:light dark</p>",
		},
		{`<p title="(prefers-color-scheme:dark)">`, `<p title="(prefers-color-scheme:dark)">`},
	} {
		in, want := c[0], c[1]
		if got, _ := force(in, "dark"); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
	in := "<style>@media (prefers-color-scheme:dark){}@media (prefers-color-scheme:light){}</style>"
	want := "<style>@media " + no + "{}@media " + yes + "{}</style>"
	if got := framed(in, "light"); !strings.HasSuffix(got, want) {
		t.Errorf("light: got %s, want %s", got, want)
	}
	if got := framed(in, "system"); !strings.HasSuffix(got, in) {
		t.Errorf("system: got %s", got)
	}
}

func TestAForcedThemeRespectsWhatTheMessageDeclares(t *testing.T) {
	const base, dark = `<base target="_blank">`, `<meta name="color-scheme" content="dark">`
	for _, c := range [][2]string{
		{"<p>plain", base + dark + "<p>plain"},
		{"<head><title>", "<head>" + base + dark + "<title>"},
		{`<meta name="color-scheme" content="light dark">`, base + dark},
		{"<META content='dark light' name=color-scheme>", base + `<META content="dark" name=color-scheme>`},
		{`<meta name="color-scheme" content="light only">`, base + `<meta name="color-scheme" content="light only">`},
		{
			`<meta name="supported-color-schemes" content="light dark">`,
			base + dark + `<meta name="supported-color-schemes" content="light dark">`,
		},
	} {
		in, want := c[0], c[1]
		if got := framed(in, "dark"); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

func TestNoElementConnectsBeforeThePolicyIsAsked(t *testing.T) {
	for _, c := range [][2]string{
		{`<link rel=preconnect href="http://x.example">`, `<basefont rel=preconnect href="http://x.example">`},
		{"<LINK/rel=dns-prefetch><linked>", "<basefont/rel=dns-prefetch><linked>"},
		{
			"<iframe src=http://x.example></iframe>",
			`<iframe src="about:blank" srcdoc="" src=http://x.example></iframe>`,
		},
		{"<IFRAME/srcdoc='&lt;iframe src=x>'>", `<IFRAME src="about:blank" srcdoc=""/srcdoc='&lt;iframe src=x>'>`},
		{"<frameset><frame\nsrc=x>", `<frameset><frame src="about:blank" srcdoc=""` + "\nsrc=x>"},
	} {
		in, want := c[0], c[1]
		if got := quiet(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

func FuzzFramed(f *testing.F) {
	for _, s := range []string{
		"", "<p>x", "<!doctype html><html><head><title>x</title><style>a{}</style></head><body>",
		"<style>@media (prefers-color-scheme:dark){a{}}</style>",
		"<style>@media not all and (prefers-color-scheme : light) /*", "<style>'\"@media",
		"<style>:root{color-scheme:light dark}", `<meta name="color-scheme" content="light dark">`,
		"<meta content=dark\u00a0light name=color-scheme>",
		`<source media='(prefers-color-scheme:dark)'>`, "<!--<style>--><link rel=preconnect>",
		"<svg><style><link/></link/></style>", "<lin\x00k ><LİNK >",
		"<textarea><style>@media (prefers-color-scheme:dark)</textarea>", "<head <link >>", "<iframe/src=x srcdoc=y>",
		"<frameset><frame src=x></frameset>", "<noscript><iframe >", "<style/>@media(prefers-color-scheme:dark)",
	} {
		for _, theme := range []string{"system", "light", "dark"} {
			f.Add(s, theme)
		}
	}
	f.Fuzz(func(t *testing.T, in, theme string) {
		in = valid(in)
		got := framed(in, theme)
		if !utf8.ValidString(got) || len(got) > 6*len(in)+200 {
			t.Errorf("%q becomes %q", in, got)
		}
		if theme == "light" || theme == "dark" {
			once, _ := force(in, theme)
			if twice, _ := force(once, theme); twice != once {
				t.Errorf("%q is forced to %q and then to %q", in, once, twice)
			}
		} else if strings.Replace(got, `<base target="_blank">`, "", 1) != quiet(in) {
			t.Errorf("%q becomes %q without being asked to", in, got)
		}
		for z := html.NewTokenizer(strings.NewReader(got)); z.Next() != html.ErrorToken; {
			token := z.Token()
			if token.Type != html.StartTagToken && token.Type != html.SelfClosingTagToken {
				continue
			}
			inner := token.Data == "iframe" || token.Data == "frame"
			src, srcdoc := html.Attribute{Key: "src", Val: "about:blank"}, html.Attribute{Key: "srcdoc"}
			if token.Data == "link" ||
				inner && (len(token.Attr) < 2 || token.Attr[0] != src || token.Attr[1] != srcdoc) {
				t.Errorf("%q can connect: %q", in, got)
			}
		}
	})
}
