package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"sync"
)

// policies remembers the Content-Security-Policy of pages by their style elements, which
// many pages share: they are hashed once and not for each request.
type policies struct {
	mu    sync.RWMutex
	known map[string]string
}

// mostPolicies is how many are remembered: those of our own pages, and of editions that
// were printed with other looks. What comes after is worked out each time.
const mostPolicies = 64

// of gives the policy of a page.
func (p *policies) of(html []byte) string {
	styles := styled(html)
	if styles == nil {
		return bare
	}
	p.mu.RLock()
	is, ok := p.known[string(styles)]
	p.mu.RUnlock()
	if ok {
		return is
	}
	is = policy(styles)
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.known) < mostPolicies {
		if p.known == nil {
			p.known = map[string]string{}
		}
		p.known[string(styles)] = is
	}
	return is
}

const (
	styleBegins, styleEnds = "<style>", "</style>"

	policyBegins = "default-src 'none'; style-src "
	policyEnds   = "; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	// bare is the policy of what has no style of its own.
	bare = policyBegins + "'none'" + policyEnds
)

// styled gives the part of a page that has all its style elements, nil if it has none.
func styled(html []byte) []byte {
	first, last := -1, 0
	for at := 0; ; at = last {
		begins := bytes.Index(html[at:], []byte(styleBegins))
		if begins < 0 {
			break
		}
		ends := bytes.Index(html[at+begins:], []byte(styleEnds))
		if ends < 0 {
			break
		}
		if first < 0 {
			first = at + begins
		}
		last = at + begins + ends + len(styleEnds)
	}
	if first < 0 {
		return nil
	}
	return html[first:last]
}

// policy gives the Content-Security-Policy of a page. It names the page's own style
// elements by their hashes, and allows no other style.
func policy(html []byte) string {
	var hashes []string
	for {
		_, rest, begun := bytes.Cut(html, []byte(styleBegins))
		style, after, ended := bytes.Cut(rest, []byte(styleEnds))
		if !begun || !ended {
			break
		}
		sum := sha256.Sum256(style)
		hashes = append(hashes, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
		html = after
	}
	if hashes == nil {
		return bare
	}
	return policyBegins + strings.Join(hashes, " ") + policyEnds
}
