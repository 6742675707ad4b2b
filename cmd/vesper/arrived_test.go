package main

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"vesper/digest/whole"
)

// arrived is a copy of an edition as a relay takes it, and what its reader's
// side needs to judge it.
type arrived struct {
	// name says what it is, where there are several.
	name     string
	from, to string
	message  []byte
	// key is the name of the signature's DNS record, and keyText what it says.
	key, keyText string
}

var dnsLines = regexp.MustCompile(`Name: +(\S+)\nType: +TXT\nValue: (.+)\n`)

// arrive has the program sign and send an edition of all samples.
func arrive(t *testing.T) arrived {
	t.Helper()
	n := newNewsroom(t, 1)
	files, err := samples.ReadDir("samples")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(n.dir, "desk", "orlanda.txt")); err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := samples.ReadFile("samples/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(n.dir, "desk", f.Name()), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	n.publish(t, "example.org")
	key, keyText := n.sign(t)
	n.run(t, "edition", "send", "--yes", "--force", "--date", tomorrow)
	got := n.box.Messages()
	if len(got) != 1 {
		t.Fatalf("%d copies arrived, want 1", len(got))
	}
	message, err := got[0].Source()
	if err != nil {
		t.Fatal(err)
	}
	return arrived{from: got[0].From, to: got[0].To, message: message, key: key, keyText: keyText}
}

// sign gives the newsroom a key, and gives the name of its DNS record and what it says.
func (n *newsroom) sign(t *testing.T) (key, keyText string) {
	t.Helper()
	n.run(t, "dkim", "new")
	dns := dnsLines.FindStringSubmatch(n.run(t, "dkim", "dns"))
	if dns == nil {
		t.Fatal("dkim dns shows no record")
	}
	return dns[1], dns[2]
}

// publish gives the newsroom pages on the internet, a site of its own and a signature;
// under the first domain also a privacy policy, which is one more link.
func (n *newsroom) publish(t *testing.T, domain string) {
	t.Helper()
	path := filepath.Join(n.dir, "vesper.toml")
	config, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	config = bytes.Replace(config, []byte("http://127.0.0.1:8025"), []byte("https://mail.news.example"), 1)
	config = bytes.Replace(config, []byte("[publication]\n"),
		[]byte("[publication]\nurl = \"https://www.news.example/\"\n"), 1)
	if domain == domains[0] {
		config = bytes.Replace(config, []byte("[publication]\n"),
			[]byte("[publication]\nprivacy_url = \"https://www.news.example/privacy/\"\n"), 1)
	}
	config = append(config, "[dkim]\ndomain = \"news.example\"\n"...)
	// Filters find web addresses in a text by the top-level domains that they know.
	config = bytes.ReplaceAll(config, []byte("news.example"), []byte(domain))
	if err := os.WriteFile(path, config, 0o600); err != nil {
		t.Fatal(err)
	}
}

// parts gives the message's text and HTML, decoded.
func (a arrived) parts(t *testing.T) (text, page string) {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(a.message))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		part, err := r.NextPart()
		if err == io.EOF {
			return parts["text/plain"], parts["text/html"]
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		parts[kind] = string(body)
	}
}

var addressInText = regexp.MustCompile(`https?://[^\s<>"]*[\w/=-]`)

// addressesOf gives where a page's links lead, one by one.
func addressesOf(t *testing.T, page string) []string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			if a.Key == "href" || a.Key == "src" {
				found = append(found, a.Val)
			}
		}
	}
	return found
}

// TestBothPartsLeadToTheSamePlaces: filters hold a message that has other links
// in its text than in its HTML, or one more, for a trap.
func TestBothPartsLeadToTheSamePlaces(t *testing.T) {
	t.Parallel()
	text, page := arrive(t).parts(t)
	inText, inPage := addressInText.FindAllString(text, -1), addressesOf(t, page)
	if all := len(inText) + len(inPage); all == 0 || all%2 != 0 {
		t.Errorf("%d links in the text and %d in the HTML: want an even number in all", len(inText), len(inPage))
	}
	slices.Sort(inText)
	slices.Sort(inPage)
	if diff := cmp.Diff(slices.Compact(inText), slices.Compact(inPage)); diff != "" {
		t.Errorf("links (-in the text +in the HTML):\n%s", diff)
	}
}

const dkimpy = `
import sys, dkim
name, text = sys.argv[1:]
def txt(asked, timeout=5):
    asked = asked.decode() if isinstance(asked, bytes) else asked
    return text.encode() if asked.rstrip(".") == name else None
print(dkim.verify(sys.stdin.buffer.read(), dnsfunc=txt))
`

// TestOthersVerifyWhatArrives has an implementation verify the signature that
// shares no line with ours.
func TestOthersVerifyWhatArrives(t *testing.T) {
	t.Parallel()
	whole.NotRaced(t)
	// Debian's package is Debian's Python's.
	const python3 = "/usr/bin/python3"
	if err := exec.Command(python3, "-c", "import dkim").Run(); err != nil {
		t.Skip("python3-dkim is not installed")
	}
	a := arrive(t)
	for _, c := range []struct {
		name    string
		message []byte
		want    string
	}{
		{"as it is", a.message, "True"},
		{
			"with another subject", bytes.Replace(a.message, []byte("\r\nSubject: "), []byte("\r\nSubject: Not "), 1),
			"False",
		},
	} {
		verify := exec.Command(python3, "-c", dkimpy, a.key, a.keyText)
		verify.Stdin = bytes.NewReader(c.message)
		out, err := verify.CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != c.want {
			t.Errorf("%s: got %s, %v, want %s", c.name, got, err, c.want)
		}
	}
}
