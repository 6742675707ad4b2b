package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"vesper/cmd/vesper/config"
	"vesper/digest/dkim"
)

func (a *app) dkimNewCommand() *cobra.Command {
	var ed25519 bool
	var out string
	cmd := &cobra.Command{
		Use:   "new",
		Short: "Make a key that only its owner can read",
		Long: `Makes an RSA key of 2048 bits in the file that the configuration names, or else in
keys/v1.pem beside the configuration. A file that exists is never overwritten.

--ed25519 makes a key for a second signature. Its record has the selector with
"-ed" at the end. It is used only if [dkim] names it: some receivers rate mail
lower for a signature that they can't check.

Keep an old key until no edition is being sent: a message that is sent again must
have the same signature.`,
		Example: `  vesper dkim new
  vesper dkim new --out keys/v2.pem`,
		Args: cobra.NoArgs,
		RunE: does(func(*cobra.Command, []string) error {
			c, _, err := a.load()
			if err != nil {
				return err
			}
			return a.newKey(c, ed25519, out)
		}),
	}
	cmd.Flags().BoolVar(&ed25519, "ed25519", false, "make a key for a second signature")
	cmd.Flags().StringVar(&out, "out", "", "write the key to this `FILE`")
	return cmd
}

func (a *app) newKey(c *config.Config, ed25519 bool, out string) error {
	d, kind := c.Signing(), dkim.RSA
	named := d.KeyFile
	if ed25519 {
		kind = dkim.Ed25519
		named = cmp.Or(d.Ed25519, "keys/"+d.Selector+dkim.Ed25519Suffix+".pem")
	}
	path := c.Path(named)
	if out != "" {
		var err error
		if path, err = filepath.Abs(out); err != nil {
			return err
		}
		named = path
		if below, err := filepath.Rel(c.Dir(), path); err == nil && filepath.IsLocal(below) {
			named = below
		}
	}
	err := dkim.NewKey(path, kind)
	if errors.Is(err, fs.ErrExist) {
		return usage(fmt.Errorf("%s already exists", path), "a key is never overwritten; --out FILE writes to another file")
	}
	if err == nil {
		err = giveToService(path, c.Beside())
	}
	if err != nil {
		return err
	}
	a.print("%s\n", path)
	a.sayNext(c, named, ed25519)
	return nil
}

// sayNext says what is left to do with a new key, which the configuration may
// know as named.
func (a *app) sayNext(c *config.Config, named string, ed25519 bool) {
	d := c.Signing()
	key, configured := "key_file", d.KeyFile
	if ed25519 {
		key, configured = "ed25519", d.Ed25519
	}
	if c.DKIM.Domain != "" && named == configured {
		a.tell("%s\n", `Next: publish what "vesper dkim dns" shows, then run "vesper dkim check".`)
		return
	}
	selector := d.Selector
	if stem := strings.TrimSuffix(filepath.Base(named), ".pem"); c.DKIM.Domain != "" && !ed25519 &&
		dkim.ValidSelector(stem) {
		// Another key than the one in use has another name.
		selector = stem
	}
	a.tell(`Next: publish what "vesper dkim dns" shows; when "vesper dkim check" says ok,
write into %s:

[dkim]
domain = %q
selector = %q
%s = %q
`, c.File(), d.Domain, selector, key, named)
	if selector != d.Selector {
		a.tell("\nUntil then, dns and check show the new key with\n"+
			"VESPER_DKIM_SELECTOR=%s VESPER_DKIM_KEY_FILE=%s\n", selector, named)
	}
}
