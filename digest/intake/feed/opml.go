package feed

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Outline is a feed in a list of feeds.
type Outline struct {
	// URL is the feed's address, Title what the list calls it, and Group the group that it
	// stands in, empty for none.
	URL, Title, Group string
}

// opml is a list of feeds (opml.org, version 2.0).
type opml struct {
	XMLName xml.Name `xml:"opml"`
	Version string   `xml:"version,attr"`
	Title   string   `xml:"head>title"`
	Body    []node   `xml:"body>outline"`
}

type node struct {
	Text  string `xml:"text,attr,omitempty"`
	Title string `xml:"title,attr,omitempty"`
	Type  string `xml:"type,attr,omitempty"`
	URL   string `xml:"xmlUrl,attr,omitempty"`
	// Some programs write the attribute in small letters.
	Small string `xml:"xmlurl,attr,omitempty"`
	Nodes []node `xml:"outline,omitempty"`
}

// ErrNoOPML says that a text is no list of feeds.
var ErrNoOPML = errors.New("this is no OPML file")

// ReadOPML reads a list of feeds, in its order, each address once.
func ReadOPML(text []byte) ([]Outline, error) {
	if len(text) > MaxBytes {
		return nil, ErrTooLong
	}
	clean := decode(text, "")
	if _, err := outlineOf(clean); err != nil && !errors.Is(err, ErrNoFeed) {
		return nil, err
	}
	d := xml.NewDecoder(strings.NewReader(withoutDeclaration(string(clean))))
	d.Strict = false
	var in opml
	if err := d.Decode(&in); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoOPML, err)
	}
	var out []Outline
	seen := map[string]bool{}
	var walk func(nodes []node, group string)
	walk = func(nodes []node, group string) {
		for _, n := range nodes {
			title := oneLine(n.Title)
			if title == "" {
				title = oneLine(n.Text)
			}
			address := strings.TrimSpace(n.URL + n.Small)
			if address == "" {
				walk(n.Nodes, title)
				continue
			}
			if !seen[address] {
				seen[address] = true
				out = append(out, Outline{address, title, group})
			}
			walk(n.Nodes, group)
		}
	}
	walk(in.Body, "")
	return out, nil
}

// withoutDeclaration leaves out the XML declaration: the text is UTF-8 by now.
func withoutDeclaration(text string) string {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "<?xml") {
		if _, rest, ok := strings.Cut(text, "?>"); ok {
			return rest
		}
	}
	return text
}

// WriteOPML writes a list of feeds. Those of a group stand together.
func WriteOPML(w io.Writer, title string, feeds []Outline) error {
	out := opml{Version: "2.0", Title: title}
	groups := map[string]int{}
	for _, f := range feeds {
		n := node{Text: f.Title, Type: "rss", URL: f.URL}
		if n.Text == "" {
			n.Text = f.URL
		}
		if f.Group == "" {
			out.Body = append(out.Body, n)
			continue
		}
		at, ok := groups[f.Group]
		if !ok {
			at = len(out.Body)
			groups[f.Group] = at
			out.Body = append(out.Body, node{Text: f.Group})
		}
		out.Body[at].Nodes = append(out.Body[at].Nodes, n)
	}
	text, err := xml.MarshalIndent(out, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, text)
	return err
}
