package alarm

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Webhook posts the facts to an address, signed by Standard Webhooks 1.0
// (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md).
type Webhook struct {
	// URL is where to, over https or on loopback. It may have a secret in it, and is never
	// in an error.
	URL string
	// Key signs.
	Key []byte
	// Client asks; nil is one that follows no redirects.
	Client *http.Client
	// Agent is its User-Agent.
	Agent string
}

// ParseKey reads a signing secret: whsec_ and 24 to 64 bytes in base64.
func ParseKey(text string) ([]byte, error) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), "whsec_")
	if !ok {
		return nil, errors.New("it does not begin with whsec_")
	}
	key, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(rest, "="))
	switch {
	case err != nil:
		return nil, errors.New("what follows whsec_ is not in base64")
	case len(key) < 24 || len(key) > 64:
		return nil, errors.New("it is not from 24 to 64 bytes")
	}
	return key, nil
}

// CheckURL says why an address can't be used: it must be https, or http on loopback. The
// error does not show it.
func CheckURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "":
		return errors.New("it is not a web address")
	case u.User != nil:
		return errors.New("it has a user name or a password before the host")
	case u.Scheme == "https":
		return nil
	case u.Scheme != "http":
		return errors.New("it does not begin with https://")
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return errors.New("it is http, and not on this machine: anybody on the way could read it")
	}
	return nil
}

// Name implements [Way].
func (Webhook) Name() string { return "webhook" }

// posted is what is posted.
type posted struct {
	Type      string `json:"type"`
	Timestamp string `json:"timestamp"`
	Data      Facts  `json:"data"`
}

// Tell implements [Way]. Any status from 200 to 299 is success.
func (w Webhook) Tell(ctx context.Context, m Message) error {
	facts := m.Facts()
	body, err := json.Marshal(posted{"alarm." + facts.Event, m.At.UTC().Format(time.RFC3339), facts})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return errors.New("its address can't be used")
	}
	at := strconv.FormatInt(m.At.Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Webhook-Id", m.ID)
	r.Header.Set("Webhook-Timestamp", at)
	r.Header.Set("Webhook-Signature", w.signature(m.ID, at, body))
	return ask(w.Client, w.Agent, r)
}

// signature signs a message and its attempt.
func (w Webhook) signature(id, at string, body []byte) string {
	mac := hmac.New(sha256.New, w.Key)
	io.WriteString(mac, id+"."+at+".")
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// askLimit is how long an answer may take.
const askLimit = 15 * time.Second

// direct asks over a connection of its own and follows no redirects: a secret goes to the
// one address that somebody wrote down.
var direct = &http.Client{
	Transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, TLSHandshakeTimeout: askLimit,
		ResponseHeaderTimeout: askLimit, MaxResponseHeaderBytes: 64 << 10,
	},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// ask sends a request whose address is a secret, and gives an error unless it succeeds.
func ask(c *http.Client, agent string, r *http.Request) error {
	if c == nil {
		c = direct
	}
	ctx, cancel := context.WithTimeout(r.Context(), askLimit)
	defer cancel()
	r.Header.Set("User-Agent", agent)
	answer, err := c.Do(r.WithContext(ctx))
	if outer, ok := errors.AsType[*url.Error](err); ok {
		err = outer.Err
	}
	switch {
	case ctx.Err() != nil && r.Context().Err() == nil:
		return fmt.Errorf("no answer within %s", askLimit)
	case err != nil:
		return err
	}
	defer answer.Body.Close()
	// Who answers without end is not listened to.
	_, _ = io.CopyN(io.Discard, answer.Body, 16<<10)
	switch code := answer.StatusCode; {
	case code >= 200 && code < 300:
		return nil
	case code >= 300 && code < 400:
		return fmt.Errorf("it answers %d: redirects are not followed, use the address that it leads to", code)
	default:
		return fmt.Errorf("it answers %d %s", code, http.StatusText(code))
	}
}
