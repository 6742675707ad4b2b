package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vesper/digest/mailbox"
)

// tomorrow is a day that no test lives to see.
const tomorrow = "2030-01-01"

// newsroom is a home on disk with a configuration, an article and readers, and
// a sink that takes its mail.
type newsroom struct {
	dir  string
	box  *mailbox.Mailbox
	port int
	// url is the database's, if that is on a server.
	url string
	// clock is the program's; nil means the machine's.
	clock func() time.Time
}

func newNewsroom(t *testing.T, readers int) *newsroom {
	t.Helper()
	n := &newsroom{dir: t.TempDir()}
	var err error
	if n.box, n.port, err = newSink(t, ""); err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf(`[publication]
name = "Newslooks"
from = "Newslooks Evening Edition <evening@news.example>"
postal_address = "1200 Example Street NW, Washington, DC 20005, USA"
timezone = "UTC"
[[relay]]
host = "127.0.0.1"
port = %d
tls = "none"
[web]
listen = "127.0.0.1:0"
base_url = "http://127.0.0.1:8025"
`, n.port)
	article, err := samples.ReadFile("samples/orlanda-holds-interest-rates-as-prices-ease.txt")
	if err != nil {
		t.Fatal(err)
	}
	var list strings.Builder
	for i := range readers {
		fmt.Fprintf(&list, "reader%04d@reader.example\n", i)
	}
	for name, text := range map[string]string{
		"vesper.toml": config, "desk/orlanda.txt": string(article),
		"list.txt": list.String(),
	} {
		path := filepath.Join(n.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if readers > 0 {
		n.asks(t, "subscribers", "import", filepath.Join(n.dir, "list.txt"), "--confirmed")
	}
	return n
}

// command is a run of the program in the newsroom.
func (n *newsroom) command(args ...string) *exec.Cmd {
	c := exec.Command("vesper", args...)
	if n.clock != nil {
		c = exec.Command("vesper-at", args...)
		c.Env = append(os.Environ(), clockStart+"="+n.clock().Format(time.RFC3339Nano))
	}
	c.Dir = n.dir
	return c
}

// run runs the program to its end, which must be a good one.
func (n *newsroom) run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := n.command(args...).CombinedOutput()
	if err != nil {
		t.Fatalf("vesper %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// copies gives what each reader has got.
func (n *newsroom) copies(t *testing.T) map[string][][]byte {
	t.Helper()
	copies := map[string][][]byte{}
	for _, m := range n.box.Messages() {
		source, err := m.Source()
		if err != nil {
			t.Fatal(err)
		}
		copies[m.To] = append(copies[m.To], source)
	}
	return copies
}

// files gives the names of the newsroom's files that a pattern fits.
func (n *newsroom) files(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(n.dir, pattern))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}
