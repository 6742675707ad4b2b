package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"

	"vesper/cmd/vesper/config"
	"vesper/digest/intake/fetch"
	"vesper/subscribers/returns/hook"
)

// sns is how Amazon SNS is reached: by the machine's own means, unless a test has others.
type sns struct {
	hook.Fetcher
	roots *x509.CertPool
}

// straight gets what lies at a public address and nowhere else.
type straight struct{ *fetch.Client }

// Get implements hook.Fetcher.
func (s straight) Get(ctx context.Context, address string) ([]byte, error) {
	r, err := s.Client.Get(ctx, fetch.Request{URL: address})
	return r.Body, err
}

// webhooks gives those that are configured, nil if there is none, and logs where providers
// reach them.
func (a *app) webhooks(h *house, log *slog.Logger) (*hook.Hooks, error) {
	if len(h.config.Webhook) == 0 {
		return nil, nil
	}
	by := a.sns
	if by.Fetcher == nil {
		client := fetch.New(agent(), nil)
		client.Straight = true
		by.Fetcher = straight{client}
	}
	o := hook.Options{
		Desk: h.returns, Fetch: by, Topics: h.file.Topics(), Roots: by.roots,
		Now: a.now, Log: log,
	}
	for _, w := range h.config.Webhook {
		o.Webhooks = append(o.Webhooks, webhook(w))
		log.Info("a provider may tell what becomes of mail", "provider", w.Provider,
			"posts_to", w.Address(h.config.Web.BaseURL))
	}
	return hook.New(o)
}

func webhook(w config.Webhook) hook.Webhook {
	return hook.Webhook{Provider: w.Provider, Secret: string(w.Secret), Key: string(w.Key), Topic: w.Topic}
}

// checkWebhooks checks what each provider needs.
func checkWebhooks(c *config.Config, r *config.Report) {
	for i, w := range c.Webhook {
		table := fmt.Sprintf("webhook.%d.", i)
		// That the provider is missing, or the key can't be read, was said already.
		if w.Provider == "" || w.KeyFile != "" && w.Key == "" {
			continue
		}
		var flaw *hook.Flaw
		if !errors.As(webhook(w).Check(), &flaw) {
			continue
		}
		key := table + flaw.Field
		if flaw.Field == "key" && !r.Given(key) {
			key += "_file"
		}
		r.Flaw(key, flaw.Problem, flaw.Hint)
	}
}
