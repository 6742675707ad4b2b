//go:build clients

package main

import (
	_ "embed"
	"fmt"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

//go:embed testdata/clients/dovecot.conf
var dovecotConf string

// post is a Dovecot on loopback with a mailbox of one message. It lets in anybody whose
// password is "secret".
type post struct {
	dir, port string
	// draftFiles is the pattern of the files in which a program keeps its drafts.
	draftFiles string
}

// newPost starts one that lasts as long as the test.
func newPost(t *testing.T, s *screen, m arrived) *post {
	t.Helper()
	dir, err := os.MkdirTemp("", "post")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	p := &post{dir: dir, port: fmt.Sprint(freePort(t)), draftFiles: filepath.Join(dir, "mail/Maildir/.Drafts/[cn]*/*")}
	for _, folder := range []string{"cur", "new", "tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, "mail", "Maildir", folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	conf := filepath.Join(dir, "dovecot.conf")
	for path, text := range map[string]string{
		p.file(): string(m.kept()),
		conf:     strings.NewReplacer("DIR", dir, "PORT", p.port).Replace(dovecotConf),
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// Dovecot's processes leave root.
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("chown", "-R", "nobody:nogroup", filepath.Join(dir, "mail")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s.starts(t, "dovecot", "-F", "-c", conf)
	t.Cleanup(func() {
		if log, _ := os.ReadFile(filepath.Join(dir, "log")); t.Failed() {
			t.Logf("dovecot:\n%s", log)
		}
	})
	s.listens(t, "127.0.0.1:"+p.port)
	return p
}

// file is where the message is until a program has fetched it.
func (p *post) file() string {
	return filepath.Join(p.dir, "mail", "Maildir", "new", "1764345600.M1P1.post")
}

// seen is whether a program has marked the message as read.
func (p *post) seen() bool {
	files, _ := filepath.Glob(filepath.Join(p.dir, "mail", "Maildir", "cur", "*:2,*S*"))
	return len(files) == 1
}

// drafts gives whom the drafts are to that a program has put into its folder of them, each
// once. What is not from the reader is no draft: KMail keeps all messages in one place.
func (p *post) drafts() (all []string) {
	files, _ := filepath.Glob(p.draftFiles)
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			continue // the program has just put another in its place
		}
		if m, err := mail.ReadMessage(f); err == nil && strings.Contains(m.Header.Get("From"), "ines@reader.example") {
			for _, field := range []string{"To", "Cc", "Bcc"} {
				if to, err := m.Header.AddressList(field); err == nil {
					for _, a := range to {
						all = append(all, a.Address)
					}
				}
			}
		}
		f.Close()
	}
	slices.Sort(all)
	return slices.Compact(all)
}
