package main

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"vesper/digest/whole"
)

var proxyLeaversFlag = flag.Int("proxy-leavers", 70, "how many readers leave through the README's proxies together")

// stranger is a client who is no proxy of ours and says that others asked it. It follows
// no redirect.
var stranger = &http.Client{
	Transport: &http.Transport{
		DialContext:         (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}).DialContext,
		MaxIdleConnsPerHost: 8,
	},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// asks sends a request as a stranger, and gives the answer's status and header.
func asks(ctx context.Context, method, url, body string, fields ...string) (int, http.Header, error) {
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header["X-Forwarded-For"] = []string{"203.0.113.66", "127.0.0.1"}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
	}
	w, err := stranger.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer w.Body.Close()
	_, err = io.Copy(io.Discard, w.Body)
	return w.StatusCode, w.Header, err
}

// TestEveryProxyOfTheReadme runs each web server that the README has an example for, with
// that example as it stands there, before the built program.
func TestEveryProxyOfTheReadme(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	examples := proxyExamples(t)
	n := newNewsroom(t, 1)
	n.send(t, exitDone)
	pages := freePort(t)
	n.behind(t, pages, "https://mail.news.example")
	n.write(t, "leavers.txt", strings.Join(manyReaders(*proxyLeaversFlag), "\n"))
	n.run(t, "subscribers", "import", "leavers.txt", "--confirmed")
	db := n.database(t)
	defer db.Close()
	links := leavingLinks(t, db)[1:]
	share := len(links) / len(proxies)

	service := n.tells(t)
	service.says(t, "msg=serving")
	sites, left := map[string]front{}, 0
	for name, p := range proxies {
		example, ok := examples[name]
		if _, err := exec.LookPath(p.command[0]); err != nil || !ok {
			t.Run(name, func(t *testing.T) {
				if !ok {
					t.Fatal("the README has no example for it")
				}
				t.Skipf("%s is not installed", p.command[0])
			})
			continue
		}
		site, mine := p.start(t, example, pages), links[left:left+share]
		t.Run(name, func(t *testing.T) { n.stands(t, db, site.site, name, mine) })
		sites[name] = site
		left += share
	}
	if len(examples) != len(proxies) {
		t.Errorf("the README has examples that are not tried: %v", examples)
	}
	var off int
	if err := db.QueryRowContext(t.Context(),
		`SELECT count(*) FROM subscribers WHERE status = 'unsubscribed'`).Scan(&off); err != nil || off != left {
		t.Errorf("%d readers have left, %v, want %d", off, err, left)
	}
	t.Logf("%d one-click POSTs through %d proxies: all answered and applied", left, len(sites))

	service.Process.Signal(syscall.SIGTERM)
	<-service.ended
	n.behind(t, pages, "https://mail.news.example/evening")
	n.promisesNothing(t, sites)
	for name, site := range sites {
		keys := append(links[:left:left], "/hooks/standard/"+webhookSecret("standard"))
		if name == "lighttpd" { // it can't be told not to: the README says so
			keys = links[:left]
		}
		t.Run(name+" logs no key", func(t *testing.T) { site.tellsNoKey(t, keys) })
	}
}

// tellsNoKey looks for readers' links and a webhook's secret in all that a server has
// logged.
func (f front) tellsNoKey(t *testing.T, links []string) {
	t.Helper()
	log := f.logged()
	for _, link := range links {
		if strings.Contains(log, link[strings.LastIndexByte(link, '/')+1:]) {
			t.Errorf("it has logged a key of %.4s…:\n%s", link, log)
			return
		}
	}
}

// promisesNothing holds pages below a path to no promise of HTTPS, since it would bind a
// host that is not theirs.
func (n *newsroom) promisesNothing(t *testing.T, sites map[string]front) {
	t.Helper()
	for name, f := range sites {
		// Meanwhile a provider comes in vain.
		at := f.site + "/hooks/standard/" + webhookSecret("standard")
		if status, _, err := asks(t.Context(), "POST", at, "{}"); err == nil && status < 500 {
			t.Errorf("%s, without the service: got %d", name, status)
		}
	}
	n.tells(t).says(t, "msg=serving")
	for name, f := range sites {
		// Some leave alone for a moment whom they could not reach.
		tick, over := time.NewTicker(20*time.Millisecond), time.Now().Add(time.Minute)
		for ; !shown(f.site+"/s") && time.Now().Before(over); <-tick.C {
		}
		status, header, err := asks(t.Context(), "GET", f.site+"/s", "")
		if status != http.StatusOK || err != nil || header.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s, below a path: got %d, %v, and HSTS %q, want none", name, status, err,
				header.Get("Strict-Transport-Security"))
		}
	}
}

// behind has the newsroom serve its pages at a port for a trusted proxy.
func (n *newsroom) behind(t *testing.T, port int, base string) {
	t.Helper()
	config := regexp.MustCompile(`(?s)\[web\]\n.*`).ReplaceAllString(n.config(t), fmt.Sprintf(
		"[web]\nlisten = \"127.0.0.1:%d\"\nbase_url = %q\ntrusted_proxies = [\"127.0.0.1\"]\n", port, base))
	n.write(t, "vesper.toml", config)
}

// stands holds a proxy to what the pages need of it.
func (n *newsroom) stands(t *testing.T, db *sql.DB, site, name string, links []string) {
	t.Helper()
	ctx := t.Context()
	// Who signs up is who came to the proxy, whatever they say.
	reader := strings.ToLower(name) + "@reader.example"
	status, header, err := asks(ctx, "POST", site+"/s", "email="+reader, "Origin", "https://mail.news.example")
	if status != http.StatusOK || err != nil {
		t.Errorf("a sign-up got %d, %v", status, err)
	}
	if header.Get("Strict-Transport-Security") == "" {
		t.Error("the promise of HTTPS is lost")
	}
	n.becomes(t, `subscribers WHERE address_key = '`+reader+`'`)
	var from string
	if err := db.QueryRowContext(ctx, `SELECT asked_from FROM subscribers WHERE address_key = $1`,
		reader).Scan(&from); err != nil || from != "127.0.0.2" {
		t.Errorf("who signed up came from %q, %v, want 127.0.0.2", from, err)
	}

	var posters sync.WaitGroup
	todo := make(chan string, len(links))
	for i, link := range links {
		todo <- strings.Repeat("/", i%2) + link
	}
	close(todo)
	for range min(8, len(links)) {
		posters.Go(func() {
			for link := range todo {
				status, _, err := asks(ctx, "POST", site+link, "List-Unsubscribe=One-Click")
				if status != http.StatusOK || err != nil {
					t.Errorf("a one-click POST to %.4s… got %d, %v", link, status, err)
				}
			}
		})
	}
	posters.Wait()

	edition := site + "/e/" + tomorrow + "-evening"
	status, header, err = asks(ctx, "GET", edition, "")
	validator := header.Get("ETag")
	if status != http.StatusOK || validator == "" || err != nil {
		t.Fatalf("the edition got %d, ETag %q, %v", status, validator, err)
	}
	if status, _, err = asks(ctx, "GET", edition, "", "If-None-Match", validator); status != http.StatusNotModified {
		t.Errorf("who has the edition got it again: %d, %v", status, err)
	}
}
