package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/subscribers"
	"vesper/subscribers/door"
)

// moveFlags are those of "subscribers edit" that change the address.
type moveFlags struct {
	address string
	by      actFlags
	yes     bool
}

func (m *moveFlags) addTo(cmd *cobra.Command) {
	cmd.Flags().StringVar(&m.address, "address", "",
		"the `ADDRESS` that editions go to, once it is confirmed there by an email")
	cmd.Flags().BoolVar(&m.yes, "yes", false, "with --address: you say that it is the reader's; don't ask there")
	cmd.Flags().StringVar(&m.by.by, "by", "", "with --address: `WHO` says so (default: the user who runs this)")
	for _, other := range []string{"name", "timezone", "evenings", "variant", "tag", "untag"} {
		cmd.MarkFlagsMutuallyExclusive("address", other)
	}
}

// wanted says whether the address is to change. The other flags mean nothing without it.
func (m *moveFlags) wanted(cmd *cobra.Command) (bool, error) {
	wanted := cmd.Flags().Changed("address")
	if !wanted && (m.yes || m.by.by != "") {
		return false, usage(errors.New("--yes and --by go with --address"), "")
	}
	return wanted, nil
}

// readdress has a reader's editions go to another address.
func (a *app) readdress(ctx context.Context, h *house, is subscribers.Address, f editReaderFlags) error {
	m, dryRun := f.move, f.dryRun
	to, err := addresses([]string{m.address})
	if err != nil {
		return err
	}
	by := a.who(m.by)
	if err := (digest.Act{By: by}).Check(); err != nil {
		return usage(err, "")
	}
	if err := a.mayLeave(h, dryRun); err != nil {
		return err
	}
	if _, err := h.subscriber(ctx, is); err != nil {
		return err
	}
	d, move := a.door(h, a.quiet()), subscribers.Move{To: to[0], AskedAt: a.now(), By: by}
	if dryRun {
		done, err := d.WouldReaddress(ctx, is, move, m.yes)
		return a.toldMove(done, err, by, f.out)
	}
	last, err := h.outbox.Last(ctx)
	if err != nil {
		return err
	}
	done, err := d.Readdress(ctx, is, move, m.yes)
	if err := a.toldMove(done, err, by, f.out); err != nil || done.Same {
		return err
	}
	return a.mailPosted(ctx, h, last)
}

// movedJSON is what an admin's word for another address came to.
type movedJSON struct {
	Address string `json:"address"`
	To      string `json:"to"`
	// Result is asked, changed or unchanged.
	Result string `json:"result"`
	By     string `json:"by"`
	DryRun bool   `json:"dry_run"`
}

func (a *app) toldMove(r door.Readdressed, err error, by string, out format) error {
	if err != nil || out != "json" {
		return a.told(r, err)
	}
	result := "asked"
	switch {
	case r.Same:
		result = "unchanged"
	case r.AtOnce:
		result = "changed"
	}
	return newEncoder(a.stdout).Encode(movedJSON{r.Address.String(), r.To.String(), result, by, r.Would})
}
