package alarm

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
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
