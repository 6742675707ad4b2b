package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/digest/dkim"
)

// lookUp is how long the DNS may take for one record.
const lookUp = 15 * time.Second

func (a *app) dkimCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Check that the record is published and matches the key",
		Long: `Looks up the DNS record as receivers do, and compares it with the key. Exit status
1 if the record is missing, not the only one, of another key, cut off, or marked
as a test.`,
		Example: "  vesper dkim check", Args: cobra.NoArgs,
		RunE: a.withSigner(func(ctx context.Context, s *dkim.Signer) error {
			var bad []*digest.Flaw
			for _, r := range s.Records() {
				err := dkimRecordIsThere(ctx, r, a.dns)
				var flaw *digest.Flaw
				switch {
				case errors.As(err, &flaw):
					bad = append(bad, flaw)
				case err != nil:
					return err
				default:
					a.print("%s: ok\n", r.Name)
				}
			}
			return a.flawed(exitFailed, bad)
		}),
	}
}

func dkimRecordIsThere(ctx context.Context, r dkim.Record, dns dkim.Resolver) error {
	ctx, cancel := context.WithTimeout(ctx, lookUp)
	defer cancel()
	return r.Check(ctx, dns)
}
