package main

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"vesper/cmd/vesper/config"
	"vesper/digest"
	"vesper/digest/ahead"
	"vesper/digest/dkim"
	"vesper/digest/publish"
	"vesper/digest/render"
)

// newSigner reads the keys. A key that can't be used is the caller's to mend.
func newSigner(c *config.Config) (*dkim.Signer, error) {
	d := c.Signing()
	s, err := answered(filepath.Dir(c.Path(d.KeyFile)), answersWithin, func() (*dkim.Signer, error) {
		return dkim.New(dkim.Options{
			Domain: d.Domain, Selector: d.Selector,
			KeyFile: c.Path(d.KeyFile), Ed25519KeyFile: c.Path(d.Ed25519),
		})
	})
	if err != nil {
		return nil, usage(keyFlaw(c, err), hintOf(err))
	}
	return s, nil
}

// keyFlaw says of a key that can't be used also where it is named.
func keyFlaw(c *config.Config, err error) error {
	flaw, ok := errors.AsType[*digest.Flaw](err)
	if !ok {
		return err
	}
	key := "dkim.key_file"
	if d := c.Signing(); d.Ed25519 != "" && flaw.File == c.Path(d.Ed25519) {
		key = "dkim.ed25519"
	}
	return c.Flaw(key, flaw.Error(), flaw.Hint)
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

// signing gives what a signer's signatures are known by.
func signing(s render.Signer) digest.Signing {
	if own, ok := s.(*dkim.Signer); ok {
		return own.Signing()
	}
	return digest.Signing{}
}

// known gives what finds the signer of an edition that was opened with other keys:
// among the files beside those of today.
func known(c *config.Config) func(digest.Signing) (render.Signer, error) {
	d := c.Signing()
	folders := []string{filepath.Dir(c.Path(d.KeyFile))}
	if d.Ed25519 != "" {
		folders = append(folders, filepath.Dir(c.Path(d.Ed25519)))
	}
	return func(s digest.Signing) (render.Signer, error) { return dkim.Find(s, folders...) }
}

// signatures are the files of what is signed ahead.
type signatures struct{ ahead.Folder }

// Make implements publish.Signatures.
func (s signatures) Make(number uint32, size int, name [32]byte) (publish.SignatureFile, error) {
	f, err := s.Folder.Make(number, size, name)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Open implements publish.Signatures.
func (s signatures) Open(number uint32, size int, name [32]byte) publish.SignatureFile {
	if f := s.Folder.Open(number, size, name); f != nil {
		return f
	}
	return nil
}

// hintOf gives the hint of a flaw.
func hintOf(err error) string {
	var flaw *digest.Flaw
	if errors.As(err, &flaw) {
		return flaw.Hint
	}
	return ""
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
