package mailbox

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// The bounds of what a page shows. Links lead to the rest.
const (
	// shown is how many messages the list has on one page.
	shown = 100
	// beginning is how much of a message is read for its line in the list, in
	// octets.
	beginning = 32 << 10
	// whole is how much of a text or a source stands on the page, in octets.
	whole = 256 << 10
)

// screen is what a page shows: the list, and beside it a message or a notice. All that
// comes from a message is text from strangers.
type screen struct {
	Title string
	// Home says that no message was asked for: on a phone the list comes first.
	Home  bool
	Count int
	Rows  []row
	// Newer and Older lead to the messages before and after the list, empty if there
	// are none.
	Newer, Older string
	Open         *opened
	Notice       *notice
}

// notice is shown instead of a message.
type notice struct{ Heading, Text, Link string }

// row is a message in the list.
type row struct {
	Message
	Href, Sender, Snippet string
	Open                  bool
}

// opened is the message that is open.
type opened struct {
	Message
	Parts parts
	Tabs  group
	// Groups are the choices that the view offers.
	Groups []group
	// Newer and Older lead to the next messages.
	Newer, Older string
	// Alone leads to the same without the page around it, empty if several things are
	// shown.
	Alone string
	// Shown is the view's name. It says which of the following is set.
	Shown  string
	Frames []frame
	Plain  string
	// Short says that Plain is not the whole text.
	Short bool
}

// frame is a message's HTML on the page. Label says which width and theme are forced
// on it. Width and Theme are class names.
type frame struct{ Label, Href, Src, Width, Theme string }

// newScreen shows a list, the newest first. The message at the index open is marked;
// a negative index means none is.
func newScreen(messages []Message, open int, v view) *screen {
	first := max(open, 0) / shown * shown
	last := min(first+shown, len(messages))
	s := &screen{Title: "Mailbox", Count: len(messages)}
	for i, msg := range messages[first:last] {
		p := readParts(msg.start())
		s.Rows = append(s.Rows, row{
			Message: msg, Href: v.page(msg.Number), Snippet: p.snippet(), Open: first+i == open,
			Sender: cmp.Or(p.Sender, p.Address, msg.From, "(no sender)"),
		})
	}
	s.Newer, s.Older = beside(messages, first, last-1, v)
	return s
}

// beside leads to the messages before the first index and after the last.
func beside(messages []Message, first, last int, v view) (newer, older string) {
	if first > 0 {
		newer = v.page(messages[first-1].Number)
	}
	if last+1 < len(messages) {
		older = v.page(messages[last+1].Number)
	}
	return newer, older
}

// open shows a message in the view that was asked for. If the message has no such
// part it is shown in the first view that it has.
func (s *screen) open(messages []Message, i int, source []byte, v view) {
	msg, p := messages[i], readParts(source)
	has := func(name string) bool {
		switch name {
		case "html", "overview":
			return p.HTML != ""
		case "text":
			return p.Text != ""
		}
		return true
	}
	o := &opened{Message: msg, Parts: p, Shown: v["view"]}
	o.Newer, o.Older = beside(messages, i, i, v)
	if !has(o.Shown) {
		i := slices.IndexFunc(views.Values, func(one value) bool { return has(one.Name) })
		o.Shown = views.Values[i].Name
	}
	v = v.with("view", o.Shown)
	o.Tabs = v.links(msg.Number, views, has)
	for _, c := range choices {
		if slices.Contains(offered[o.Shown], c.Key) {
			o.Groups = append(o.Groups, v.links(msg.Number, c, nil))
		}
	}
	o.fill(source, v)
	s.Open, s.Title = o, cmp.Or(p.Subject, "(no subject)")+" – Mailbox"
}

func (o *opened) fill(source []byte, v view) {
	text := ""
	switch o.Shown {
	case "html":
		o.Frames = []frame{newFrame(o.Number, v)}
		o.Alone = o.Frames[0].Src
	case "overview":
		for _, width := range []string{"phone", "desktop"} {
			for _, theme := range []string{"light", "dark"} {
				one := v.with("view", "html", "width", width, "theme", theme)
				o.Frames = append(o.Frames, newFrame(o.Number, one))
			}
		}
	case "text":
		text = o.Parts.Text
		o.Alone = fmt.Sprintf("/m/%d/text", o.Number)
	case "headers":
		if v["form"] == "raw" {
			text = rawHeader(source)
			o.Alone = fmt.Sprintf("/m/%d/source", o.Number)
		}
	case "source":
		text = valid(string(source))
		o.Alone = fmt.Sprintf("/m/%d/source", o.Number)
	}
	o.Plain = cut(text, whole)
	o.Short = len(o.Plain) < len(text)
}

func newFrame(number int, v view) frame {
	var forced []string
	for _, c := range choices {
		if name := v[c.Key]; (c.Key == "width" || c.Key == "theme") && name != c.Values[0].Name {
			forced = append(forced, name)
		}
	}
	return frame{strings.Join(forced, ", "), v.page(number), v.frame(number), v["width"], v["theme"]}
}

// start gives the beginning of a message, nothing if it is not kept.
func (m Message) start() []byte {
	if m.Path == "" {
		return m.source[:min(len(m.source), beginning)]
	}
	f, err := os.Open(m.Path)
	if err != nil {
		return nil
	}
	defer f.Close()
	source, _ := io.ReadAll(io.LimitReader(f, beginning))
	return source
}

// when is a time in the list: the hour if it is today, else the day.
func when(t, now time.Time) string {
	now = now.In(t.Location())
	switch {
	case t.YearDay() == now.YearDay() && t.Year() == now.Year():
		return t.Format("15:04")
	case t.Year() == now.Year():
		return t.Format("2 Jan")
	}
	return t.Format("2 Jan 2006")
}

func size(octets int) string {
	switch {
	case octets < 1000:
		return fmt.Sprintf("%d B", octets)
	case octets < 1000_000:
		return fmt.Sprintf("%.1f kB", float64(octets)/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(octets)/1000_000)
}
