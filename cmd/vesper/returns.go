package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"

	"vesper/subscribers/returns/imap"
	"vesper/subscribers/returns/lmtp"
)

// bouncesDoor listens for mail servers that bring what comes back. Without an address it
// gives nil.
func (a *app) bouncesDoor(h *house) (net.Listener, error) {
	if h.config.Bounces.Listen == "" {
		return nil, nil
	}
	network, address := h.config.Socket()
	if network == "unix" {
		if err := unused(address); err != nil {
			return nil, err
		}
	}
	l, err := net.Listen(network, address)
	if err != nil {
		return nil, usage(fmt.Errorf("the door for what comes back: %w", err), listenHint(err, "[bounces]"))
	}
	if network == "unix" {
		// It is made for its owner alone. The mail server is in the group of its folder.
		if err := os.Chmod(address, 0o660); err != nil {
			l.Close()
			return nil, err
		}
	}
	return l, nil
}

// unused takes away the socket that a process left which was killed.
func unused(path string) error {
	is, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return notRead(path, err)
	case is.Mode().Type() != fs.ModeSocket:
		return usage(fmt.Errorf("the door for what comes back: %s is no socket", path),
			"set listen in [bounces] to a path that is free")
	}
	if c, err := net.Dial("unix", path); err == nil {
		c.Close()
		return usage(fmt.Errorf("the door for what comes back: another program listens on %s", path),
			"set listen in [bounces] to a path that is free")
	}
	return os.Remove(path)
}

// leaveBy gives what tells which address readers can leave by: the one of the configuration,
// as long as the last message that we sent to ourselves there came back. Nobody is offered
// an address behind which nobody hears.
func (a *app) leaveBy(h *house) func() string {
	return func() string {
		address := h.config.LeaveBy()
		last, err := h.tests.Last(context.Background(), address, a.now())
		if err != nil || !last.Passed() {
			return ""
		}
		return address
	}
}

// ourDomains are the domains for which what comes back is taken: that of return paths first.
func (h *house) ourDomains() []string {
	path := h.config.Delivery.ReturnPath
	all := []string{strings.ToLower(path[strings.LastIndexByte(path, '@')+1:])}
	if from := h.config.SenderDomain(); from != "" && !slices.Contains(all, from) {
		all = append(all, from)
	}
	return all
}

// bouncesMailbox gives the mailbox that what comes back is taken out of, nil if there is none.
func (a *app) bouncesMailbox(h *house, log *slog.Logger) *imap.Mailbox {
	c := h.config.Bounces.IMAP
	if c.Host == "" {
		return nil
	}
	return &imap.Mailbox{
		Host: c.Host, Port: c.Port, TLS: c.TLS, Username: c.Username, Password: string(c.Password),
		Folder: c.Folder, Done: c.DoneFolder, Desk: h.returns, Places: h.file.Mailboxes(), Log: log,
	}
}

// takeBounces takes what mail servers bring until ctx ends.
func (a *app) takeBounces(ctx context.Context, h *house, l net.Listener, log *slog.Logger) error {
	s := &lmtp.Server{Desk: h.returns, Keys: h.list, Domains: h.ourDomains(), Log: log}
	log.Info("what comes back is taken", "listen", h.config.Bounces.Listen, "domains", s.Domains)
	return s.Serve(ctx, l)
}
