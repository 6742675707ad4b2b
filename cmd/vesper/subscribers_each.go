package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/subscribers"
	"vesper/subscribers/door"
)

// addresses reads all addresses of a command line before anything is done.
func addresses(args []string) ([]subscribers.Address, error) {
	var all []subscribers.Address
	for _, arg := range args {
		address, err := subscribers.ReadAddress(arg)
		if err != nil {
			return nil, usage(err, "a bare address such as ines@news.example")
		}
		all = append(all, address)
	}
	return all, nil
}

// withAddresses makes a verb's function the command's, for verbs whose arguments
// are addresses.
func (a *app) withAddresses(f func(*cobra.Command, *house, []subscribers.Address) error) func(*cobra.Command,
	[]string) error {
	return a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
		all, err := addresses(args)
		if err != nil {
			return err
		}
		return f(cmd, h, all)
	})
}

// subscriber finds a subscriber; that there is none is a wrong argument.
func (h *house) subscriber(ctx context.Context, address subscribers.Address) (subscribers.Subscriber, error) {
	s, err := h.list.Subscriber(ctx, address)
	if errors.Is(err, digest.ErrNotFound) {
		return s, notThere(address)
	}
	return s, err
}

// notThere says that an address is not on the list.
func notThere(address subscribers.Address) error {
	return usage(fmt.Errorf("%s is not on the list", address), `"vesper subscribers list" shows who is`)
}

// forEach makes a verb that does one thing to each of its addresses, or with -n
// says what it would do. What goes wrong with one keeps it from no other.
func (a *app) forEach(cmd *cobra.Command,
	do func(ctx context.Context, h *house, address subscribers.Address, dryRun bool) error,
) *cobra.Command {
	var dryRun bool
	cmd.Args = cobra.MinimumNArgs(1)
	cmd.RunE = a.withAddresses(func(cmd *cobra.Command, h *house, all []subscribers.Address) error {
		return a.eachOf(all, func(address subscribers.Address) error {
			return do(cmd.Context(), h, address, dryRun)
		})
	})
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "only show what would be done")
	return cmd
}

// told prints what a word on a reader came to. One that the door refuses is a wrong
// argument, and says what can be done instead.
func (a *app) told(what fmt.Stringer, err error) error {
	var refused *door.Refused
	switch {
	case errors.As(err, &refused):
		return usage(err, refused.Hint())
	case err != nil:
		return err
	}
	err = a.print("%s\n", what)
	return err
}

// eachOf does something for each address. One that is refused is named and keeps
// nobody else from it; the last of them gives the status.
func (a *app) eachOf(all []subscribers.Address, do func(subscribers.Address) error) error {
	var refused *exitError
	for _, address := range all {
		err := do(address)
		if err == nil {
			continue
		}
		var e *exitError
		if !errors.As(err, &e) {
			return err
		}
		if refused != nil {
			a.say(refused)
		}
		refused = e
	}
	if refused != nil {
		return refused
	}
	return nil
}
