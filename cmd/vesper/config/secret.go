package config

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unicode/utf8"

	"vesper/digest"
)

// maxSecret bounds what is read from a secret's file, in bytes.
const maxSecret = 4096

// badSecret is why a secret can't be used, and what would be right.
type badSecret struct{ problem, hint string }

func (b *badSecret) Error() string { return b.problem }

// readSecrets reads the secrets that lie in files of their own.
func (c *Config) readSecrets(env func(string) string, r *Report) {
	for i := range c.Relay {
		relay, key := &c.Relay[i], fmt.Sprintf("relay.%d.password", i)
		if relay.PasswordFile == "" {
			if bad := checkSecret(string(relay.Password)); relay.Password != "" && bad != nil {
				r.Flaw(key, "password "+bad.problem, bad.hint)
			}
			continue
		}
		key += "_file"
		if relay.Password != "" {
			r.Flaw(key, "password and password_file are both given", "leave one of them out")
			continue
		}
		secret, bad := readSecret(c.Path(relay.PasswordFile), env("CREDENTIALS_DIRECTORY"))
		if bad != nil {
			r.Flaw(key, "password_file "+bad.problem, bad.hint)
		}
		relay.Password = secret
	}
}

// readSecret reads a secret from a file, which is followed where it is a link. Its owner
// alone may read it, and that is we or root: but for the files that systemd and container
// engines hand a service, in its credentials' folder and in /run/secrets. Root, who works
// beside a service, reads that user's. One line end after the secret is no part of it.
func readSecret(path, credentials string) (Secret, *badSecret) {
	// A pipe with this name must hold nothing up.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		problem, hint := digest.Unread(path, err)
		return "", &badSecret{fmt.Sprintf("%s can't be read: %s", path, problem), hint}
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return "", &badSecret{"can't be read: " + err.Error(), "is its disk well?"}
	case !info.Mode().IsRegular():
		return "", &badSecret{"is not a file", "name a file with the password as its only line"}
	case info.Mode().Perm()&0o077 != 0 && !handed(path, credentials):
		return "", &badSecret{
			fmt.Sprintf("can be read by others (mode %04o)", info.Mode().Perm()), "chmod 600 " + path,
		}
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && os.Geteuid() != 0 && stat.Uid != 0 &&
		int(stat.Uid) != os.Geteuid() {
		return "", &badSecret{"belongs to another user", "chown it to the user that Vesper runs as"}
	}
	text, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	switch {
	case err != nil:
		return "", &badSecret{"can't be read: " + err.Error(), "is its disk well?"}
	case len(text) > maxSecret:
		return "", &badSecret{
			fmt.Sprintf("is longer than %d bytes", maxSecret),
			"name a file with the password as its only line",
		}
	}
	text = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r"))
	return Secret(text), checkSecret(string(text))
}

// handed says whether a path lies where secrets are handed to a service.
func handed(path, credentials string) bool {
	for _, dir := range []string{"/run/secrets", credentials} {
		if dir != "" && strings.HasPrefix(filepath.Clean(path), filepath.Clean(dir)+"/") {
			return true
		}
	}
	return false
}

// checkSecret says why a text can't be a password: it was saved in a way that adds to it.
// It never shows the text.
func checkSecret(text string) *badSecret {
	const plain = "save it as plain text in UTF-8, in one line"
	switch {
	case text == "":
		return &badSecret{"is empty", "write the password into it"}
	case strings.HasPrefix(text, "\xff\xfe"), strings.HasPrefix(text, "\xfe\xff"):
		return &badSecret{"is in UTF-16", plain}
	case strings.HasPrefix(text, "\ufeff"):
		return &badSecret{"begins with a byte-order mark", plain}
	case strings.ContainsRune(text, 0):
		return &badSecret{"has a NUL byte in it", plain}
	case strings.ContainsAny(text, "\r\n"):
		return &badSecret{"has more than one line", plain}
	case !utf8.ValidString(text):
		return &badSecret{"is not in UTF-8", plain}
	}
	return nil
}
