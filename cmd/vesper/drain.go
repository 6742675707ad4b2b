package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
)

func (a *app) drainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "drain",
		Short: "Have this machine send nothing more, before it is stopped for good or for repairs",
		Long: `Of several machines with one database on PostgreSQL, has the service of this one leave off: it
finishes the messages in transit, hands the rest to the others, and gives up the lock if it has
it. The readers' pages stay up here until the service is stopped. Run it on the machine that is
to go; it waits until all is handed over. A service that is started again sends again.

Exit status:
  0  this machine sends nothing more
  3  no service runs here
  4  stopped by Ctrl-C before the end, when the service goes on leaving off; or it was not
     heard of for a minute`,
		Example: "  vesper drain",
		Args:    cobra.NoArgs,
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, _ []string) error {
			if !h.file.OnServer() {
				return usage(errors.New("drain is for one of several machines, with a database on PostgreSQL"),
					"to end a service that has the only database, stop it: what is owed goes out when it is started again")
			}
			return a.drain(cmd.Context(), h)
		}),
	}
}

// drain waits until no service of this machine sends any more.
func (a *app) drain(ctx context.Context, h *house) error {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	silentSince := time.Time{}
	for told := ""; ; {
		mine, err := h.file.Drain(ctx)
		switch {
		case ctx.Err() != nil:
			return exit(exitPartly)
		case err != nil:
			return err
		case len(mine) == 0 && told == "":
			return &exitError{
				exitNothing, errors.New("no service runs on this machine with this database"),
				`"vesper status" shows the machines`,
			}
		}
		left, silent, inHand := 0, 0, 0
		for _, m := range mine {
			if !m.Drained {
				left, inHand = left+1, inHand+m.Chunks
			}
			if !m.Drained && !m.Alive {
				silent++
			}
		}
		switch {
		case silent == 0 || silent < left:
			silentSince = time.Time{}
		case silentSince.IsZero():
			silentSince = time.Now()
			a.tell("vesper: the service of this machine is not heard of; waiting for it, up to a minute\n")
		case time.Since(silentSince) > time.Minute:
			return &exitError{
				exitPartly, errors.New("the service of this machine is not heard of: it may have messages in transit"),
				"end it; if it is gone, the others have its part by now",
			}
		}
		if left == 0 {
			a.print("drained: this machine sends nothing more; its readers' pages are up until the service is stopped\n")
			return a.sayOthers(ctx, h)
		}
		if now := fmt.Sprintf("leaving off: %s of an edition in hand", parts(inHand)); now != told {
			a.tell("vesper: %s\n", now)
			told = now
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return exit(exitPartly)
		}
	}
}

// parts says how many chunks there are, in words of somebody who reads them.
func parts(n int) string {
	if n == 1 {
		return "1 part"
	}
	return fmt.Sprintf("%d parts", n)
}

// sayOthers warns where no other machine goes on.
func (a *app) sayOthers(ctx context.Context, h *house) error {
	all, err := h.file.Machines(ctx)
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.Alive && m.Role == "serve" {
			return nil
		}
	}
	a.tell("vesper: warning: no other machine serves: nothing is sent until one is started\n")
	return nil
}

// machineLines says which machines there are, and what each does.
func (s *standing) machineLines() (all []fact) {
	living := 0
	for _, m := range s.machines {
		if m.Alive {
			living++
		}
	}
	for i, m := range s.machines {
		all = append(all, fact{first(i, "machine"), fmt.Sprintf("%s (%s), since %s: %s", m.Host, m.Role,
			moment(m.Since, s.zone), s.machineDoes(m, living))})
	}
	if j := s.jobs; j.Open > 0 {
		all = append(all, fact{"parts", fmt.Sprintf(
			"%s of editions to be worked on, %d in hand; jobs: %d running, %d waiting, %d put off",
			parts(j.Open), j.InHand, j.Running, j.Waiting, j.PutOff)})
	}
	return all
}

func (s *standing) machineDoes(m digest.Machine, living int) string {
	switch {
	case m.Drained:
		return "drained, sends nothing"
	case !m.Alive:
		return "not heard of since " + moment(m.Beat, s.zone) + "; the others have its part"
	case m.Draining:
		return fmt.Sprintf("is leaving off, %s in hand", parts(m.Chunks))
	}
	does := fmt.Sprintf("has 1 in %d of the relays' limits, %s in hand", living, parts(m.Chunks))
	if m.Unfit != "" {
		does = "does no part of the editions: " + m.Unfit
	}
	if m.Unseeing {
		does += "; does not see a shared folder, and opens nothing"
	}
	if first := eldest(s.machines); m.Role == "serve" {
		if parts := m.Alike.Differs(first.Alike); len(parts) > 0 {
			does += "; its configuration differs from that of " + first.Host + ": " + strings.Join(parts, ", ")
		}
	}
	if m.Older {
		does += "; its program is older than the database: begin it anew with the newer one"
	}
	return does
}
