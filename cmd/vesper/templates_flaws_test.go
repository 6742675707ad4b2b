package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"vesper/digest/whole"
)

// templateFlaw is a line of "templates check -o json".
type templateFlaw struct {
	File, Problem, Hint string
	Line                int
}

// brokenEmail and brokenPage have one kind of flaw a line: the line, and what is said of it.
var (
	brokenEmail = []struct{ line, want string }{
		{`<p style="color:#999999">x</p>`, "text in #999999 on #ffffff has a contrast of 2.84 in light mode"},
		{`<p style="color:#1b1d23">x</p>`, "text in #1b1d23 on #15171c has a contrast of 1.06 in dark mode"},
		{`<p style="color:#1b1d24;background-color:#c8c8c8">x</p>`, "in mail programs that make mail dark by themselves"},
		{`<p style="padding:4px">x</p>`, "padding on <p> does nothing in Outlook on Windows"},
		{`<p><img src="https://news.example/a.gif" alt=""></p>`, "a remote image tells its server who reads"},
		{`<p><img src="cid:b"></p>`, "an image has no alt"},
		{`<p><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" alt=""></p>`, "a data URL is not shown by Gmail"},
		{`<p style="margin:0 4">x</p>`, `"margin:0 4" has a length without its unit`},
		{`<p style="margin:4xp">x</p>`, "no unit of CSS"},
		{`<p style="border:1px solid #ccc">x</p>`, "a colour that is not of six hexadecimal digits"},
		{`<p style="display:flex">x</p>`, "a flex box does nothing in Outlook on Windows"},
		{`<p style="display:grid">x</p>`, "a grid does nothing in Gmail, Outlook and Yahoo"},
		{`<p style="position:absolute">x</p>`, "what leaves the flow does nothing in Gmail, Outlook and Yahoo"},
		{`<p style="margin-inline:4px">x</p>`, "a logical side does nothing"},
		{`<p style="width:calc(1px + 1em)">x</p>`, "a size that is worked out does nothing in Outlook and Yahoo"},
		{`<p style="margin:1rem">x</p>`, "this unit does nothing in Outlook on Windows and Yahoo"},
		{`<p style="border-color:var(--line)">x</p>`, "a variable does nothing in Gmail, Outlook and Yahoo"},
		{`<p style="background:linear-gradient(#ffffff,#eeeeee)">x</p>`, "a gradient does nothing in Outlook and Yahoo"},
		{`<p style="opacity:.9">x</p>`, "opacity: this property does nothing in Outlook on Windows"},
		{`<p style="white-space:nowrap">x</p>`, "Outlook on Windows, Yahoo and Samsung Email"},
		{`<p hidden>x</p>`, "hidden does nothing in Gmail, Outlook and Yahoo"},
		{`<svg width="1" height="1"></svg>`, "<svg> is taken out or does nothing in Gmail, Outlook and Yahoo"},
		{`<a class="m" href="#top">x</a>`, "a link into the email does nothing in Gmail on iOS"},
		{`<style>.x:not(.y){margin:0}</style>`, "this pseudo-class is not known to Gmail and Outlook on Windows"},
		{`<style>@import "https://news.example/a.css";</style>`, "@import is fetched from a server"},
	}
	brokenPage = []struct{ line, want string }{
		{`<style>.pale{color:#999999}</style><p class="pale">x</p>`, "a contrast of 2.84 in light mode"},
		{`<style>.night{color:#1b1d23}</style><p class="night">x</p>`, "a contrast of 1.06 in dark mode"},
		{`<style>.none{color:var(--nothing)}</style><p class="none">x</p>`, "the variable --nothing has no value"},
		{`<style>.unit{margin:4xp}</style>`, "no unit of CSS"},
		{`<img src="https://news.example/a.gif" alt="">`, "an image of a server is not shown"},
		{`<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">`, "an image has no alt"},
		{`<p style="margin:0">x</p>`, "a style attribute does nothing"},
		{`<script>alert(1)</script>`, "a script is not run"},
		{`<link rel="stylesheet" href="a.css">`, "a style sheet of its own is not loaded"},
		{`<video></video>`, "<video> does nothing: the page's policy does not allow it"},
		{`<style>.far{background:url(//news.example/a.png)}</style>`, "an image or font of a server tells it who reads"},
	}
)

// TestEachKindOfFlawIsNamedWithItsLine: whoever breaks a template reads where, what and what
// would be right.
func TestEachKindOfFlawIsNamedWithItsLine(t *testing.T) {
	t.Parallel()
	whole.NotRaced(t)
	n := newNewsroom(t, 0)
	n.ownTemplates(t)
	type expected struct {
		file string
		line int
		what string
	}
	var want []expected
	for _, broken := range []struct {
		name  string
		cases []struct{ line, want string }
	}{{"email/goodbye.html", brokenEmail}, {"web/notfound.html", brokenPage}} {
		source, err := os.ReadFile("../../templates/" + broken.name)
		if err != nil {
			t.Fatal(err)
		}
		before, after, _ := strings.Cut(string(source), "\n")
		// Their lines come before what ends the page.
		if broken.name == "email/goodbye.html" {
			before, after = strings.TrimSuffix(before, `{{template "foot" .}}`), `{{template "foot" .}}`
		}
		text := before
		for i, c := range broken.cases {
			text += "\n" + c.line
			want = append(want, expected{"own/" + broken.name, i + 2, c.want})
		}
		n.ownFile(t, broken.name, text+"\n"+after)
	}
	var got []templateFlaw
	out, _ := n.command("templates", "check", "-o", "json").Output()
	for line := range strings.Lines(string(out)) {
		var f templateFlaw
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if f.Hint == "" {
			t.Errorf("%s:%d: %s: there is no hint", f.File, f.Line, f.Problem)
		}
		f.File = strings.TrimPrefix(f.File, n.dir+"/")
		got = append(got, f)
	}
	for _, w := range want {
		found := false
		for _, f := range got {
			found = found || f.File == w.file && f.Line == w.line && strings.Contains(f.Problem, w.what)
		}
		if !found {
			t.Errorf("%s:%d: nobody says %q", w.file, w.line, w.what)
		}
	}
	if t.Failed() {
		t.Logf("%s", out)
	}
}
