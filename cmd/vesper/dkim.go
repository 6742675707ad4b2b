package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vesper/cmd/vesper/config"
	"vesper/digest"
	"vesper/digest/dkim"
	"vesper/digest/render"
)

func (a *app) dkimCommand() *cobra.Command {
	cmd := noun("dkim", "Keys to sign mail with, and their DNS record", a.dkimNewCommand(), a.dkimDNSCommand(),
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

// newSigner reads the keys. A key that can't be used is the caller's to mend.
func newSigner(c *config.Config) (*dkim.Signer, error) {
	d := c.Signing()
	s, err := dkim.New(dkim.Options{
		Domain: d.Domain, Selector: d.Selector,
		KeyFile: c.Path(d.KeyFile), Ed25519KeyFile: c.Path(d.Ed25519),
	})
	if err != nil {
		return nil, usage(err, hintOf(err))
	}
	return s, nil
}

// signer gives what signs the mail; nil if the configuration has nothing that
// does.
func signer(c *config.Config) (render.Signer, error) {
	if c.DKIM.Domain == "" {
		return nil, nil
	}
	s, err := newSigner(c)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// hintOf gives the hint of a flaw.
func hintOf(err error) string {
	var flaw *digest.Flaw
	if errors.As(err, &flaw) {
		return flaw.Hint
	}
	return ""
}

func (a *app) dkimNewCommand() *cobra.Command {
	var ed25519 bool
	var out string
	cmd := &cobra.Command{
		Use:   "new",
		Short: "Make a key, readable by its owner alone",
		Long: `Makes an RSA key of 2048 bits and writes it where the configuration has it, or
to keys/v1.pem beside the configuration. A file that is there is never overwritten.

With --ed25519 it makes the key of a second signature, which is published under
the selector with "-ed" after it. That is off unless [dkim] names the key: some
receivers mark mail down for a signature that they can't check.`,
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
	cmd.Flags().BoolVar(&ed25519, "ed25519", false, "make the key of a second signature")
	cmd.Flags().StringVar(&out, "out", "", "write to `FILE`")
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
		return usage(fmt.Errorf("%s is there already", path), "a key is never overwritten; --out FILE writes another")
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(a.stdout, path)
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
		fmt.Fprintln(a.stderr, `Next: publish what "vesper dkim dns" shows, then say "vesper dkim check".`)
		return
	}
	selector := d.Selector
	if stem := strings.TrimSuffix(filepath.Base(named), ".pem"); c.DKIM.Domain != "" && !ed25519 &&
		dkim.ValidSelector(stem) {
		// Another key than the one in use has another name.
		selector = stem
	}
	fmt.Fprintf(a.stderr, `Next: publish what "vesper dkim dns" shows; when "vesper dkim check" is content,
write into %s:

[dkim]
domain = %q
selector = %q
%s = %q
`, c.File(), d.Domain, selector, key, named)
	if selector != d.Selector {
		fmt.Fprintf(a.stderr, "\nUntil then, dns and check show the new key with\n"+
			"VESPER_DKIM_SELECTOR=%s VESPER_DKIM_KEY_FILE=%s\n", selector, named)
	}
}

func (a *app) dkimDNSCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "dns",
		Short: "The record to publish: for a web panel, and as a line of a zone file",
		Args:  cobra.NoArgs,
		RunE: a.withSigner(func(_ context.Context, s *dkim.Signer) error {
			var b strings.Builder
			for i, r := range s.Records() {
				if i > 0 {
					b.WriteString("\n")
				}
				fmt.Fprintf(&b, "Name:  %s\nType:  TXT\nValue: %s\n\nIn a zone file:\n%s\n", r.Name, r.Value, r.Zone())
			}
			_, err := fmt.Fprint(a.stdout, b.String())
			return err
		}),
	}
}

// lookUp is how long the DNS may take for one record.
const lookUp = 15 * time.Second

func (a *app) dkimCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Is the record there, and does it fit the key",
		Long: `Looks the record up as receivers do and holds it to the key. Exit status 1 if it
is not there, not alone, another key's, cut off, or marked as a test.`,
		Args: cobra.NoArgs,
		RunE: a.withSigner(func(ctx context.Context, s *dkim.Signer) error {
			var bad []*digest.Flaw
			for _, r := range s.Records() {
				err := check(ctx, r, a.dns)
				var flaw *digest.Flaw
				switch {
				case errors.As(err, &flaw):
					bad = append(bad, flaw)
				case err != nil:
					return err
				default:
					fmt.Fprintf(a.stdout, "%s: ok\n", r.Name)
				}
			}
			return a.flawed(exitFailed, bad)
		}),
	}
}

func check(ctx context.Context, r dkim.Record, dns dkim.Resolver) error {
	ctx, cancel := context.WithTimeout(ctx, lookUp)
	defer cancel()
	return r.Check(ctx, dns)
}

// withSigner makes a verb's function the command's, for verbs that ask about the
// keys.
func (a *app) withSigner(f func(context.Context, *dkim.Signer) error) func(*cobra.Command, []string) error {
	return does(func(cmd *cobra.Command, _ []string) error {
		c, _, err := a.load()
		if err != nil {
			return err
		}
		s, err := newSigner(c)
		if err != nil {
			return err
		}
		return f(cmd.Context(), s)
	})
}
