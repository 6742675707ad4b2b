package lint

import (
	"strings"
	"testing"
	"time"
)

func TestWhatMailProgramsFailAtIsNamed(t *testing.T) {
	const head = `<!DOCTYPE html><html><head><style>.m{color:#525863}
@media (prefers-color-scheme:dark){html,.bg{background-color:#15171c!important}.m{color:#a6adb9!important}
.b a{color:#15171c!important}.b{background-color:#b1b8ff!important}}</style></head><body class="bg">`
	for _, c := range []struct{ name, body, piece, want string }{
		{"nothing", `<p class="m">Text</p>`, "", ""},
		{"a button", `<p class="b" style="background-color:#37409c"><a href="x" style="color:#ffffff">a</a>` +
			`<a href="y" style="color:#ffffff">b</a></p>`, "", ""},
		{"a tap's room", `<p class="m"><a class="m" href="x" style="padding:5px 0">a</a>` +
			`<a class="m" href="y">b</a></p>`, "", ""},
		{
			"pale in light mode", `<p class="m" style="color:#999999">x</p>`, "color:#999999", "contrast of 2.84 in light mode",
		},
		{"black in dark mode", `<p style="color:#1b1d22">x</p>`, "color:#1b1d22", "in dark mode: it needs 4.5"},
		{"one class", `<style>.y{color:#999999}.z{color:#525863}</style><p class="y z m">x</p>`, "", ""},
		{
			"two classes, earlier", `<style>.y.z{color:#999999}.z{color:#1b1d22}</style><p class="y z m">x</p>`,
			"color:#999999", "contrast of 2.84 in light mode",
		},
		{
			"a class, before an element", `<style>.y .z{color:#1b1d22}p{color:#999999}</style>` +
				`<div class="y"><p class="z m">x</p></div>`, "", "",
		},
		{"a colour that is not known", `<p style="color:rgb(20,20,20);background-color:darkblue">x</p>`, "", ""},
		{"out of sight", `<p style="display:none;color:#ffffff">x</p>`, "", ""},
		{"no dark colour at all", `<p>x</p>`, "", "text in #000000 on #15171c"},
		{"inherited", `<div class="m" style="background:#555555"><b>x</b></div>`, "color:#525863", "on #555555"},
		{
			"a remote image", `<img src="https://x.example/p.gif" alt="">`, "https://x.example/p.gif", "tells its server who reads",
		},
		{
			"a remote image behind a space", `<img src=" HTTPS://x.example/p.gif" alt="">`, " HTTPS://x.example/p.gif",
			"tells its server who reads",
		},
		{"no alt", `<img src="cid:a">`, "cid:a", "has no alt"},
		{"padding", `<p class="m" style="padding:4px">x</p>`, "padding:4px", "padding on <p>"},
		{"padding by a rule", `<style>.y{padding:4px}</style><p class="y m">x</p>`, "padding:4px", "padding on <p>"},
		{
			"no padding by a rule", `<style>html,body,p{margin:0;padding:0 0px}</style><p class="m">x</p>`, "", "",
		},
		{"a little padding", `<p class="m" style="padding:0 0 0.5px">x</p>`, "padding:0 0 0.5px", "padding on <p>"},
		{
			"padding of a cell by a rule",
			`<style>.y{padding:4px}</style><table><tr><td class="y m">x</td></tr></table>`, "", "",
		},
		{
			"padding at a link's sides", `<a class="m" href="x" style="padding:5px 9px">x</a>`, "padding:5px 9px", "padding on <a>",
		},
		{"flex", `<div class="m" style="display: flex">x</div>`, "display: flex", "Outlook on Windows"},
		{"a variable", `<div class="m" style="width:var(--w)">x</div>`, "width:var(--w)", "Gmail, Outlook and Yahoo"},
		{"no unit", `<div class="m" style="margin:0 4">x</div>`, "margin:0 4", "a length without its unit"},
		{"an unknown unit", `<div class="m" style="margin:4xp">x</div>`, "margin:4xp", "no unit of CSS"},
		{"three digits", `<div class="m" style="border:1px solid #ccc">x</div>`, "border:1px solid #ccc", "not of six"},
		{"no colon", `<div class="m" style="color red">x</div>`, "color red", "is no declaration"},
		{"not closed", `<div class="m" style="width:calc(1px">x</div>`, "width:calc(1px", "not closed"},
		{"odd links", `<p class="m"><a class="m" href="x">x</a></p>`, "", "it has 1 links, an odd number"},
		{
			"an anchor", `<p><a class="m" href="#x">x</a><a class="m" href="y">x</a></p>`, `href="#x`, "a link into the email",
		},
		{"a form", `<form></form>`, "<form", "<form> is taken out"},
		{
			"a font", `<style>@font-face{font-family:X;src:url(https://x.example/f)}</style>`, "@font-face", "Gmail and Outlook",
		},
	} {
		flaws, err := Email(head + c.body)
		if err != nil {
			t.Fatal(err)
		}
		if c.want == "" {
			if len(flaws) > 0 {
				t.Errorf("%s: got %v", c.name, flaws)
			}
			continue
		}
		found := false
		for _, f := range flaws {
			found = found || f.Piece == c.piece && strings.Contains(f.Problem, c.want)
		}
		if !found {
			t.Errorf("%s: got %q, want %q", c.name, flaws, c.want)
		}
	}
}

// TestALongStyleIsReadInTime: what is repeated ten thousand times is still read at once.
func TestALongStyleIsReadInTime(t *testing.T) {
	for _, piece := range []string{"@a{", "{", "}", "(", "/**/", "a{b:c}", "a,", "'", ";", "@a{}"} {
		start := time.Now()
		rules(strings.Repeat(piece, 10_000))
		declarations(strings.Repeat(piece, 10_000))
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%q took %v", piece, took)
		}
	}
}

// FuzzCSS: whatever stands in a style, it is read to its end, and each declaration is a
// piece of it.
func FuzzCSS(f *testing.F) {
	for _, s := range []string{
		"a{b:c}", "@media (x){.a,.b c{d:url(';')!important;}}", "/* } */a{b", "@import x;a{b:'}'}",
		`a{b:"\"}"}`, "}}{{", "@a{@a{@a{",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sheet string) {
		for _, r := range rules(sheet) {
			for _, d := range r.declarations {
				if !strings.Contains(withoutComments(sheet), d.raw) {
					t.Errorf("%q is not in the sheet", d.raw)
				}
				_, _ = d.wrong(true)
				_, _ = colourIn(d.value)
			}
		}
		if _, err := Email("<style>" + sheet + "</style><p style='" + sheet + "'>x</p>"); err != nil {
			t.Error(err)
		}
	})
}
