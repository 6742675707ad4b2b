package main

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"vesper/cmd/vesper/config"
	"vesper/digest/gather"
	"vesper/digest/intake/feed"
	"vesper/digest/intake/fetch"
)

func (a *app) feedsCommand() *cobra.Command {
	return noun("feeds", "Where stories come from: feeds and WordPress sites",
		"  vesper feeds test https://www.news.example/\n  vesper feeds import feeds.opml",
		a.feedsListCommand(), a.feedsTestCommand(), a.feedsImportCommand(), a.feedsExportCommand())
}

// agent is what the program calls itself to publishers.
func agent() string { return "Vesper/" + version() + " (news digest)" }

// getter gives a client that may go to public addresses, and to those that are allowed.
func getter(allowed []string) (*fetch.Client, error) {
	var prefixes []netip.Prefix
	for _, one := range allowed {
		p, err := netip.ParsePrefix(one)
		if err != nil {
			addr, addrErr := netip.ParseAddr(one)
			if addrErr != nil {
				return nil, fmt.Errorf("%q is not an IP address or a range of IP addresses", one)
			}
			p = netip.PrefixFrom(addr, addr.BitLen())
		}
		prefixes = append(prefixes, p)
	}
	return fetch.New(agent(), prefixes), nil
}

// notFetched makes an error of fetching the verb's own, with what can be done.
func notFetched(address string, err error) error {
	hint := ""
	var status *fetch.StatusError
	var name *fetch.NameError
	switch {
	case errors.Is(err, fetch.ErrURL):
		return usage(fmt.Errorf("%q is not a web address", fetch.Shown(address)), "such as https://www.news.example/feed/")
	case errors.Is(err, fetch.ErrPrivate):
		hint = "if the address is in your own network, add its range: --allow-private 192.168.1.0/24"
	case errors.Is(err, gather.ErrNothing), errors.Is(err, feed.ErrNoFeed):
		hint = "open the site in a browser and look for its RSS feed; WordPress has one at /feed/"
	case errors.As(err, &status) && status.Gone():
		hint = "open the address in a browser and look if it is right"
	case errors.As(err, &name):
		hint = "check the spelling of the name, and that this machine is online"
	}
	return &exitError{exitFailed, fmt.Errorf("%s: %w", fetch.Shown(address), err), hint}
}

// publisher gives what is known of the newsroom's own publication.
func ownPublication(c *config.Config) gather.Publication {
	p := gather.Publication{Name: c.Publication.Name}
	if u, err := url.Parse(c.Publication.URL); err == nil {
		p.Host = u.Hostname()
	}
	for _, e := range c.Edition {
		p.Editions = append(p.Editions, e.Title)
	}
	// The configuration is checked by now: a zone that there is not is UTC.
	p.Zone, _ = time.LoadLocation(c.Publication.Timezone)
	return p
}
