package main

import (
	"github.com/spf13/cobra"
)

func (a *app) dkimCommand() *cobra.Command {
	cmd := noun("dkim", "Keys to sign mail with, and their DNS record",
		"", a.dkimNewCommand(), a.dkimDNSCommand(),
		a.dkimCheckCommand())
	cmd.Long = `DKIM signs mail for the publication's domain, so that receivers can trust it.
Without [dkim] in the configuration the relay signs. These commands then use the
domain of from, the selector v1 and the key keys/v1.pem.

To change the key, make the next one under a new selector and publish it, then
change the configuration. Keep the old record published for some days.`
	cmd.Example = `  vesper dkim new                  make the key
  vesper dkim dns                  what to publish
  vesper dkim check                is it there

  export VESPER_DKIM_SELECTOR=v2 VESPER_DKIM_KEY_FILE=keys/v2.pem
  vesper dkim new                  the next key; dns and check follow`
	return cmd
}
