package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
)

// bedside is what doctor looks at outside of the configuration. The zero value is this
// machine; tests have another.
type bedside struct {
	// roots sign the certificates of relays and web servers; nil means the system's.
	roots *x509.CertPool
	// addresses are those of this machine; nil asks its interfaces.
	addresses []netip.Addr
	// units are where a unit of systemd may lie; nil is where packages put it.
	units []string
	// limit bounds each check; 0 is ten seconds.
	limit time.Duration
	// largest gives the size of the largest message of the next editions; nil makes them.
	largest func() int
}

// doctorFlags are the flags of "doctor".
type doctorFlags struct {
	out     format
	offline bool
	mail    string
	consent
}

func (a *app) doctorCommand() *cobra.Command {
	var f doctorFlags
	cmd := &cobra.Command{
		Use:   "doctor [CHECK…]",
		Short: "Check all that tonight's edition depends on, with a hint for what is wrong",
		Long: `Checks the configuration, the database and its disk, what the service's user may read
and write, the templates, the numbers of the editions, each relay with its certificate and password, the records in the
DNS, the readers' pages as they are reached from outside, the clock, the desk, the feeds,
where bounces come in, the backups, and the systemd unit.
Nobody is mailed, and nothing is changed: only a database that others can read is closed
to them, as by every command. With the name of a check it makes only that one.

Each check takes at most ten seconds, and all are made, whatever the others find. Exit
status 1 if one of them fails; a warning is none.

--mail ADDRESS also sends one test message there, by the first relay that takes it. If
none does, it says which setting to look at.`,
		Example: "  vesper doctor\n  vesper doctor relay DNS\n  vesper doctor --mail desk@news.example\n" +
			"  vesper doctor --offline -o json",
		ValidArgs: checkNames(),
		Args:      cobra.ArbitraryArgs,
		RunE: does(func(cmd *cobra.Command, args []string) error {
			return a.doctor(cmd.Context(), f, args)
		}),
	}
	addFormat(cmd, &f.out)
	cmd.Flags().BoolVar(&f.offline, "offline", false, "leave out what needs a network")
	cmd.Flags().StringVar(&f.mail, "mail", "", "send one test message to this `ADDRESS`")
	f.consent.addTo(cmd, "don't ask before the test message", "send no test message")
	return cmd
}

func (a *app) doctor(ctx context.Context, f doctorFlags, names []string) error {
	checks, err := checksNamed(names)
	if err != nil {
		return err
	}
	p := a.admit(ctx, f.offline)
	defer p.discharge()
	checks = p.withCauses(checks)
	if f.mail != "" {
		last, err := p.testMessage(ctx, f)
		if err != nil {
			return err
		}
		checks = append(checks, last)
	}
	found := a.examine(ctx, p, checks)
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := a.showFindings(f.out, found); err != nil {
		return err
	}
	n := map[digest.Result]int{}
	for _, one := range found {
		n[one.Result]++
	}
	a.tell("%d ok, %d warn, %d fail, %d skipped\n", n[digest.OK], n[digest.Warn], n[digest.Fail], n[digest.Unseen])
	if n[digest.Fail] > 0 {
		return exit(exitFailed)
	}
	return nil
}

// check is one thing that doctor looks at.
type check struct {
	name string
	// network says that it can't be made offline, house that it needs a database that can
	// be opened, config that it needs a configuration that is right.
	network, house, config bool
	look                   func(context.Context, *patient) []digest.Finding
}

// checks are all of them, in the order in which they are shown.
func checks() []check {
	const yes = true
	return []check{
		{name: "configuration", look: lookAtConfiguration},
		{name: "database", look: lookAtDatabase, config: yes},
		{name: "access", look: lookAtAccess, config: yes},
		{name: "templates", look: lookAtTemplates, config: yes},
		{name: "keys", look: lookAtKeys, config: yes},
		{name: "desk", look: lookAtDesk, config: yes},
		{name: "numbers", look: lookAtNumbers, config: yes, house: yes},
		{name: "relay", look: lookAtRelays, config: yes, network: yes},
		{name: "DNS", look: lookAtDNS, config: yes, network: yes},
		{name: "pages", look: lookAtPages, config: yes, house: yes, network: yes},
		{name: "clock", look: lookAtClock, config: yes, network: yes},
		{name: "zone", look: lookAtZone, config: yes},
		{name: "feeds", look: lookAtFeeds, config: yes, house: yes, network: yes},
		{name: "bounces", look: lookAtBounces, config: yes},
		{name: "alarms", look: lookAtAlarms, config: yes},
		{name: "backups", look: lookAtBackups, config: yes},
		{name: "unit", look: lookAtUnit},
	}
}

func checkNames() []string {
	var all []string
	for _, c := range checks() {
		all = append(all, c.name)
	}
	return all
}

// checksNamed gives those of these names; without names all.
func checksNamed(names []string) ([]check, error) {
	all := checks()
	if len(names) == 0 {
		return all, nil
	}
	for _, name := range names {
		if !slices.ContainsFunc(all, func(c check) bool { return strings.EqualFold(c.name, name) }) {
			return nil, usage(fmt.Errorf("there is no check %q", name), "there are "+strings.Join(checkNames(), ", "))
		}
	}
	return slices.DeleteFunc(all, func(c check) bool {
		return !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(c.name, n) })
	}), nil
}

// own gives the addresses of this machine.
func (b bedside) own() []netip.Addr {
	if b.addresses != nil {
		return b.addresses
	}
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var own []netip.Addr
	for _, one := range all {
		if p, err := netip.ParsePrefix(one.String()); err == nil {
			own = append(own, p.Addr().Unmap())
		}
	}
	return own
}
