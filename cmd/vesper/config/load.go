package config

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/BurntSushi/toml"

	"vesper/digest"
)

//go:embed vesper.toml
var commented []byte

// Commented gives the file that a newsroom starts with: every key with its
// default and a comment.
func Commented() []byte { return slices.Clone(commented) }

// Error is why there is no configuration to read, and what to do about it.
type Error struct {
	Err  error
	Hint string
}

// Error gives the reason without the hint.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap gives the reason.
func (e *Error) Unwrap() error { return e.Err }

// Find gives the configuration file: the one named, else $VESPER_CONFIG, else the
// first there is of the usual ones. env gives the value of an environment variable,
// "" for one that is not set. The error is an [*Error].
func Find(named string, env func(string) string) (string, error) {
	if named != "" {
		return named, nil
	}
	if path := env("VESPER_CONFIG"); path != "" {
		return path, nil
	}
	for _, path := range []string{"vesper.toml", "/etc/vesper/vesper.toml"} {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", &Error{
		errors.New("no configuration: neither ./vesper.toml nor /etc/vesper/vesper.toml exists"),
		"\"vesper init\" writes one; \"vesper demo\" needs none; --config FILE uses another",
	}
}

// maxConfig bounds a configuration, in bytes.
const maxConfig = 1 << 20

// Load reads a configuration, completes it from the environment and from the files
// of its secrets, and checks it: first by the rules of this package, then by the
// checks given.
//
// The flaws are all that is wrong with it, in the file's order; none if it can be
// used. A configuration whose text can't be read is nil, one that is read and wrong is
// not. The error says why there was nothing to read: an
// [*Error], unless the machine is at fault.
func Load(path string, env func(string) string, checks ...Check) (*Config, []*digest.Flaw, error) {
	text, err := readBounded(path, maxConfig)
	if err == nil && len(text) > maxConfig {
		err = fmt.Errorf("it is larger than %d bytes", maxConfig)
	}
	if err != nil {
		return nil, nil, unread(path, err)
	}
	c, r := Default(path), &Report{file: path, lines: findKeys(string(text))}
	c.lines = r.lines
	if c.dir, err = filepath.Abs(c.dir); err != nil {
		return nil, nil, err
	}
	if !c.decode(string(text), r) {
		return nil, r.flaws, nil
	}
	c.setFrom(env, r)
	c.readSecrets(env, r)
	c.readWebhookSecrets(env, r)
	c.readAlarmSecrets(env, r)
	c.readPair(&c.Bounces.IMAP.Password, c.Bounces.IMAP.PasswordFile, "bounces.imap.", "password", env, r)
	c.readPair(&c.Database.Password, c.Database.PasswordFile, "database.", "password", env, r)
	c.Complete()
	own := []Check{
		checkPaths, checkPublication, checkEditions, checkDesk, checkDatabase, checkRelays, checkDelivery,
		checkWeb, checkBounces, checkIMAP, checkWebhooks, checkLog, checkBackup, checkNewsroom, checkAlarms,
	}
	for _, check := range append(own, checks...) {
		check(c, r)
	}
	r.inOrder()
	c.warnings, c.set = r.warnings, r.set
	return c, r.flaws, nil
}

// unread says why there is no configuration to read.
func unread(path string, err error) *Error {
	problem, hint := digest.Unread(path, err)
	if path != "" {
		problem = path + ": " + problem
	}
	if errors.Is(err, fs.ErrNotExist) {
		hint += "; \"vesper init\" writes a configuration with comments"
	}
	return &Error{fmt.Errorf("read the configuration: %s", problem), hint}
}

// Show writes every key with the value in force, as TOML, below lines that name the file
// and the addresses of webhooks. Secrets are masked.
func (c *Config) Show(w io.Writer) error {
	fmt.Fprintf(w, "# %s\n", c.file)
	for _, one := range c.Webhook {
		fmt.Fprintf(w, "# %s posts to %s\n", one.Provider, one.Address(c.Web.BaseURL))
	}
	e := toml.NewEncoder(w)
	e.Indent = ""
	return e.Encode(c)
}

// readBounded reads a file, and a byte more than most if it has more.
func readBounded(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, most+1))
}
