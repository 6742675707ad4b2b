package mailbox_test

import (
	"context"
	"net"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"vesper/digest/mailbox"
	"vesper/digest/whole"
)

// inFrame attaches to the one frame of the open page.
func inFrame(t *testing.T, ctx context.Context) context.Context {
	t.Helper()
	targets, err := chromedp.Targets(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range targets {
		if one.Type == "iframe" {
			frame, stop := chromedp.NewContext(ctx, chromedp.WithTargetID(one.TargetID))
			// If it were stopped earlier, the page would be closed with it.
			t.Cleanup(stop)
			return frame
		}
	}
	t.Fatal("the page has no frame with a process of its own")
	return nil
}

func TestAForcedThemeHoldsWhateverTheSystemHas(t *testing.T) {
	ctx := browser(t)
	const plain = "Content-Type: text/html\r\n\r\n<p>Plain\r\n"
	s := httptest.NewServer(filled(t, &mailbox.Mailbox{}, edition, plain).Page())
	defer s.Close()
	const light, dark = "rgb(254, 254, 254) rgb(17, 17, 17)", "rgb(1, 2, 3) rgb(238, 238, 238)"
	const black, white = "rgba(0, 0, 0, 0) rgb(0, 0, 0)", "rgba(0, 0, 0, 0) rgb(255, 255, 255)"
	type forced struct{ system, query, want string }
	for _, row := range whole.First(t, 4, []forced{
		{"light", "/m/1?theme=dark&width=phone", dark},
		{"dark", "/m/1?theme=light", light},
		{"light", "/m/2?theme=dark", white},
		{"dark", "/m/2?theme=light", black},
		{"light", "/m/1", light},
		{"light", "/m/1?theme=light", light},
		{"light", "/m/1?theme=dark", dark},
		{"dark", "/m/1", dark},
		{"dark", "/m/1?theme=dark", dark},
		{"dark", "/m/2", black},
	}) {
		visit(t, ctx, s.URL+row.query, 1200, row.system)
		frame := inFrame(t, ctx)
		got := ask[string](t, frame, "getComputedStyle(document.body).backgroundColor + ' ' + "+
			"getComputedStyle(document.querySelector('p')).color")
		if got != row.want {
			t.Errorf("%s on a %s system: got %s, want %s", row.query, row.system, got, row.want)
		}
		paper := ask[string](t, ctx, "getComputedStyle(document.querySelector('iframe')).backgroundColor")
		dark := strings.Contains(row.query, "theme=dark")
		if dark != (paper == "rgb(21, 23, 28)") && strings.Contains(row.query, "theme=") {
			t.Errorf("%s on a %s system: the frame is %s", row.query, row.system, paper)
		}
	}
}

func TestWhatIsOffDoesNotShow(t *testing.T) {
	ctx := browser(t)
	s := httptest.NewServer(filled(t, &mailbox.Mailbox{}, edition).Page())
	defer s.Close()
	type off struct{ query, want string }
	for _, row := range whole.First(t, 3, []off{
		{"", "1 px, rgb(254, 254, 254), 0px"},
		{"?images=off", "0 px, rgb(254, 254, 254), 0px"},
		{"?styles=off", "1 px, rgba(0, 0, 0, 0), 0px"},
		{"?styles=off&images=off", "0 px, rgba(0, 0, 0, 0), 0px"},
		{"?styles=off&theme=dark", "1 px, rgba(0, 0, 0, 0), 0px"},
		{"?images=off&width=phone", "0 px, rgb(254, 254, 254), 0px"},
	}) {
		query, want := row.query, row.want
		visit(t, ctx, s.URL+"/m/1"+query, 1200, "light")
		frame := inFrame(t, ctx)
		got := ask[string](t, frame, `(() => { const s = getComputedStyle(document.body);
			return document.querySelector("img").naturalWidth + " px, " + s.backgroundColor + ", " + s.marginTop;
		})()`)
		if got != want {
			t.Errorf("%q: got %s, want %s", query, got, want)
		}
	}
}

func TestAHostileMessageReachesNothing(t *testing.T) {
	ctx := browser(t)
	remote, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer remote.Close()
	var calls atomic.Int64
	go func() {
		for {
			c, err := remote.Accept()
			if err != nil {
				return
			}
			calls.Add(1)
			_ = c.Close()
		}
	}()
	replacer := strings.NewReplacer("REMOTE", "http://"+remote.Addr().String(), "\n", "\r\n")
	body := replacer.Replace(`Content-Type: text/html

<html><head><title>mail</title><meta http-equiv="refresh" content="0;url=REMOTE/refresh">
<meta http-equiv="x-dns-prefetch-control" content="on">
<base href="REMOTE/base/"><link rel="preconnect" href="REMOTE"><link rel="dns-prefetch" href="REMOTE">
<LINK rel="prefetch stylesheet" href="REMOTE/link">
<style>@import "REMOTE/import"; @font-face{font-family:f;src:url(REMOTE/font)}
body{background:url(REMOTE/bg);font-family:f}</style>
<script>parent.document.title = document.title = "taken"; fetch("REMOTE/fetch");
top.location = "REMOTE/top"</script></head>
<body onload="document.title='taken'">
<img src="REMOTE/img" srcset="REMOTE/srcset 2x" onerror="document.title='taken'">
<iframe src="REMOTE/frame"></iframe>
<iframe srcdoc="&lt;iframe src='REMOTE/inner'&gt;"></iframe><object data="REMOTE/object"></object>
<embed src="REMOTE/embed"><video poster="REMOTE/poster" src="REMOTE/video" autoplay></video>
<svg><image href="REMOTE/svg"/></svg>
<form action="REMOTE/form"><input type="image" src="REMOTE/input"><button>x</button></form>
<a id="top" target="_top" href="REMOTE/top">x</a><a id="named" target="named" href="/m/1">x</a>
<a id="script" target="_self" href="javascript:document.title='taken'">x</a>
`)
	s := httptest.NewServer(filled(t, &mailbox.Mailbox{}, body).Page())
	defer s.Close()
	for _, path := range whole.First(t, 2, []string{
		"/m/1", "/m/1/html?theme=dark", "/m/1?theme=dark&images=off&styles=off", "/m/1?view=overview", "/m/1/html",
	}) {
		visit(t, ctx, s.URL+path, 1200, "light")
		title := ask[string](t, ctx, "document.title")
		frame := ctx
		if !strings.Contains(path, "html") {
			frame = inFrame(t, ctx)
		}
		for _, press := range []string{"#top", "#script", "button"} {
			if strings.Contains(path, "html") && press == "#top" {
				// Opened alone it is the top itself, and the link is followed.
				continue
			}
			_ = ask[bool](t, frame, "document.querySelector('"+press+"').click(), true")
		}
		if got := ask[string](t, frame, "document.title"); got == "taken" {
			t.Errorf("%s: a script ran", path)
		}
		if got := ask[string](t, ctx, "document.title + ' ' + location.href"); got != title+" "+s.URL+path {
			t.Errorf("%s: the page became %s", path, got)
		}
	}
	if got := calls.Load(); got != 0 {
		t.Errorf("%d connections were made", got)
	}
	// A request of before would have come before this one.
	_ = chromedp.Do(ctx, chromedp.Navigate("http://"+remote.Addr().String()))
	if got := calls.Load(); got == 0 {
		t.Error("the test would not have seen a connection")
	}
}

func TestWhatALinkOpensHasNoHoldOfThePage(t *testing.T) {
	ctx := browser(t)
	s := httptest.NewServer(filled(t, &mailbox.Mailbox{},
		"Content-Type: text/html\r\n\r\n<a target=named href=/m/1/text>x</a>\r\n").Page())
	defer s.Close()
	visit(t, ctx, s.URL+"/m/1", 1200, "light")
	frame := inFrame(t, ctx)
	opened := chromedp.WaitNewTarget(ctx, func(one *target.Info) bool {
		return one.Type == "page" &&
			one.URL == s.URL+"/m/1/text"
	})
	_ = ask[bool](t, frame, "document.querySelector('a').click(), true")
	select {
	case id := <-opened:
		tab, closeTab := chromedp.NewContext(ctx, chromedp.WithTargetID(id))
		defer closeTab()
		if got := ask[bool](t, tab, "window.opener === null"); !got {
			t.Error("the page can be sent elsewhere by what it links to")
		}
	case <-ctx.Done():
		t.Fatal("the link opens nothing")
	}
}
