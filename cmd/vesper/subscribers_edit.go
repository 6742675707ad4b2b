package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/subscribers"
)

// editReaderFlags are the flags of "subscribers edit".
type editReaderFlags struct {
	name, timezone, variant, evenings string
	tag, untag                        []string
	move                              moveFlags
	dryRun                            bool
	out                               format
}

// editedJSON is a reader after an edit, and in which fields it differs from before.
type editedJSON struct {
	Changed []string       `json:"changed"`
	DryRun  bool           `json:"dry_run"`
	Reader  subscriberJSON `json:"reader"`
}

func (a *app) subscribersEditCommand() *cobra.Command {
	var f editReaderFlags
	cmd := &cobra.Command{
		Use: "edit ADDRESS", Short: "Change a reader's address, name, tags or preferences", Args: cobra.ExactArgs(1),
		Long: `Changes what is named of one reader, all of it or nothing, and says what was there. The
rest stays, also what the reader chooses on the preferences page meanwhile. An empty name
or time zone removes it: without a zone it is the publication's. The preferences hold from
the next edition that is opened. What is so already: "nothing to change", exit status 0.

--address, which goes alone, mails the new address an email that asks there: the change
holds once it is confirmed, within 72 hours. With --yes it holds at once, and who said so
is kept: "vesper subscribers show" says it. The former address is told, and can take it
back for 7 days. Past editions and links stay the reader's.`,
		Example: `  vesper subscribers edit ines@news.example --timezone Asia/Tokyo --evenings mon,wed,fri
  vesper subscribers edit ines@news.example --tag press --untag founders --dry-run
  vesper subscribers edit ines@news.example --variant plain --name "Ines Okafor" -o json
  vesper subscribers edit ines@news.example --address ines@home.example
  vesper subscribers edit ines@news.example --address ines@home.example --yes --by maria`,
		RunE: a.withAddresses(func(cmd *cobra.Command, h *house, all []subscribers.Address) error {
			if moves, err := f.move.wanted(cmd); moves || err != nil {
				if err != nil {
					return err
				}
				return a.readdress(cmd.Context(), h, all[0], f)
			}
			e, err := f.edit(cmd)
			if err != nil {
				return err
			}
			return a.editReader(cmd.Context(), h, all[0], e, f)
		}),
	}
	cmd.Flags().StringVar(&f.name, "name", "", "the reader's `NAME`")
	cmd.Flags().StringVar(&f.timezone, "timezone", "", "the reader's `ZONE`, such as Europe/Vienna")
	cmd.Flags().StringVar(&f.evenings, "evenings", "", "`DAYS`: every, monday-friday, weekend, or such as mon,wed,fri")
	cmd.Flags().StringVar(&f.variant, "variant", "", "`FORM` of the edition: designed or plain")
	cmd.Flags().StringArrayVar(&f.tag, "tag", nil, "add this `TAG` (may be repeated)")
	cmd.Flags().StringArrayVar(&f.untag, "untag", nil, "take this `TAG` away (may be repeated)")
	f.move.addTo(cmd)
	cmd.Flags().BoolVarP(&f.dryRun, "dry-run", "n", false, "only show what would be changed")
	addJSON(cmd, &f.out)
	return cmd
}

// edit gives what the flags name.
func (f *editReaderFlags) edit(cmd *cobra.Command) (subscribers.Edit, error) {
	e, named := subscribers.Edit{Tag: f.tag, Untag: f.untag}, len(f.tag)+len(f.untag) > 0
	for name, field := range map[string]struct {
		to   **string
		text *string
	}{"name": {&e.Name, &f.name}, "timezone": {&e.Timezone, &f.timezone}, "variant": {&e.Variant, &f.variant}} {
		if cmd.Flags().Changed(name) {
			*field.to, named = field.text, true
		}
	}
	if cmd.Flags().Changed("evenings") {
		evenings, err := subscribers.ParseEvenings(f.evenings)
		if err != nil {
			return e, usage(fmt.Errorf("--evenings: %w", err), "every, monday-friday, weekend, or such as mon,wed,fri")
		}
		e.Evenings, named = &evenings, true
	}
	if !named {
		return e, usage(errors.New("edit takes at least one flag that says what to change"),
			`"vesper subscribers edit --help" shows them`)
	}
	if err := e.Check(); err != nil {
		return e, usage(err, `"vesper subscribers edit --help" says what is taken`)
	}
	return e, nil
}

func (a *app) editReader(ctx context.Context, h *house, address subscribers.Address, e subscribers.Edit,
	f editReaderFlags,
) error {
	was, err := h.subscriber(ctx, address)
	if err != nil {
		return err
	}
	is := e.After(was)
	if !f.dryRun {
		if was, is, err = h.list.Edit(ctx, address, e); errors.Is(err, digest.ErrNotFound) {
			return notThere(address)
		}
		if err != nil {
			return err
		}
	}
	changed := subscribers.Edited(was, is)
	if f.out == "json" {
		return newEncoder(a.stdout).Encode(editedJSON{listed(changed), f.dryRun, subscriberOut(is, h.zone)})
	}
	words := "edited: "
	if f.dryRun {
		words = "would be edited: "
	}
	if len(changed) == 0 {
		words, changed = "is so already: nothing to change", nil
	}
	return a.print("%s %s%s\n", is.Address, words, strings.Join(changed, "; "))
}
