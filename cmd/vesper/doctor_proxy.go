package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"vesper/digest"
	"vesper/subscribers"
	"vesper/subscribers/web"
)

// proxies asks whom the pages take us for: as we are, and when we claim to be another.
func (f *findings) proxies(ctx context.Context, p *patient, key subscribers.Key, id uint64) {
	const name = "proxy"
	token := key.Link(subscribers.ToSee, id, p.now().Add(time.Minute))
	is, err := p.seen(ctx, token, "")
	if err != nil {
		f.say(name, digest.Warn, "is an older Vesper running there? restart it", "%v", err)
		return
	}
	claimed, err := p.seen(ctx, token, unowned)
	if err != nil {
		f.say(name, digest.Warn, "try again", "%v", err)
		return
	}
	f.all = append(f.all, judged(strings.HasPrefix(p.config.Web.BaseURL, "https:"), is, claimed))
}

// unowned is an address that nobody has (RFC 5737).
const unowned = "192.0.2.66"

// seen asks the pages whom they see.
func (p *patient) seen(ctx context.Context, token, as string) (is web.Seen, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.config.Web.BaseURL+"/seen/"+token, nil)
	if err != nil {
		return is, err
	}
	if as != "" {
		r.Header.Set("X-Forwarded-For", as)
	}
	answer, text, err := p.ask(r)
	if err != nil {
		return is, errors.New("the pages don't say whom they see")
	}
	if answer.StatusCode != http.StatusOK || json.Unmarshal([]byte(text), &is) != nil {
		return is, fmt.Errorf("the pages don't say whom they see (%d)", answer.StatusCode)
	}
	return is, nil
}

// judged says what follows for the limits of sign-ups, which count by client.
func judged(proxied bool, is, claimed web.Seen) digest.Finding {
	find := func(r digest.Result, hint, form string, args ...any) digest.Finding {
		return digest.Finding{Name: "proxy", Result: r, Hint: hint, Message: fmt.Sprintf(form, args...)}
	}
	inFront := proxied || is.Forwarded
	switch {
	case inFront && !is.Trusted:
		return find(digest.Fail, fmt.Sprintf("trusted_proxies = [%q] in [web]", is.Peer),
			"the web server in front comes from %s, which trusted_proxies does not name: all readers look like one", is.Peer)
	case !inFront && claimed.Client == unowned:
		return find(digest.Warn, "trusted_proxies = [] in [web], if no web server is in front",
			"whoever asks from %s can claim to be another, and nobody is in front of the pages", is.Peer)
	case claimed.Client == unowned && is.Client != unowned && (is.Client != is.Peer || !is.Forwarded):
		return find(digest.Fail,
			"let the web server in front add to X-Forwarded-For whom it sees; README has the line for each",
			"whoever asks can claim to be another: X-Forwarded-For is believed as it comes")
	case is.Trusted && !is.Forwarded:
		return find(digest.Warn, "add X-Forwarded-For there; README has the line for each web server",
			"the web server in front does not say who asks (no X-Forwarded-For)")
	case !inFront:
		return find(digest.OK, "", "none is needed: the pages are on this machine alone, and nobody is in front")
	}
	return find(digest.OK, "", "the web server in front says who asks, and is believed: it comes from %s", is.Peer)
}
