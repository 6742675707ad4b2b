package main

import (
	"github.com/spf13/cobra"
)

func (a *app) dkimCommand() *cobra.Command {
	cmd := noun("dkim", "Keys to sign mail with, and their DNS record",
		"", a.dkimNewCommand(), a.dkimDNSCommand(),
		a.dkimCheckCommand())
	cmd.Long = `Signs mail in the name of the publication's domain, so that receivers know it.
Without [dkim] in the configuration the relay signs, and these commands take the
domain of from, the selector v1 and the key keys/v1.pem.

A key is published before it is used and for some days after: to change it, make
and publish the next one under a new selector, then change the configuration.`
	cmd.Example = `  vesper dkim new                  make the key
  vesper dkim dns                  what to publish
  vesper dkim check                is it there

  export VESPER_DKIM_SELECTOR=v2 VESPER_DKIM_KEY_FILE=keys/v2.pem
  vesper dkim new                  the next key; dns and check follow`
	return cmd
}
