package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"vesper/digest/dkim"
)

func (a *app) dkimDNSCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "dns",
		Short:   "Show the record to publish, for a web panel and for a zone file",
		Example: "  vesper dkim dns", Args: cobra.NoArgs,
		RunE: a.withSigner(func(_ context.Context, s *dkim.Signer) error {
			var b strings.Builder
			for i, r := range s.Records() {
				if i > 0 {
					b.WriteString("\n")
				}
				fmt.Fprintf(&b, "Name:  %s\nType:  TXT\nValue: %s\n\nIn a zone file:\n%s\n", r.Name, r.Value, r.Zone())
			}
			return a.print("%s", page(b.String()))
		}),
	}
}
