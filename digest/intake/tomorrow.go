package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unicode"

	"vesper/digest"
)

// TomorrowFile is the name of the desk's file of what the next day brings. No article has
// it, in whatever letters: to some file systems these are the same.
const TomorrowFile = "tomorrow.txt"

// IsTomorrow says whether a path names that file.
func IsTomorrow(path string) bool { return strings.EqualFold(filepath.Base(path), TomorrowFile) }

const (
	// longestTomorrow is how many characters a line of it may have.
	longestTomorrow = 160
	tomorrowHint    = `its first line is "Date: 2026-11-24", and up to five lines of text follow`
)

// ParseTomorrow reads what a day brings: a first line such as "Date: 2026-11-24", then one
// to five lines of text. Hyphens and bullets that these begin with are left out. Blank
// lines have no meaning, and lines may end in any way. The error is a [Flaws] if the text
// is something else; any other comes from r.
func ParseTomorrow(name string, r io.Reader) (digest.Tomorrow, error) {
	h := house{file: name}
	read, err := h.lines(r)
	if err != nil {
		return digest.Tomorrow{}, err
	}
	var t digest.Tomorrow
	key, value, ok := strings.Cut(read[0].text, ":")
	switch t.Date, err = digest.ParseDate(strings.TrimSpace(value)); {
	case !ok || !strings.EqualFold(strings.TrimSpace(key), "Date"):
		h.flaw(read[0].number, "the first line is not a date", tomorrowHint)
	case err != nil:
		h.flaw(read[0].number, err.Error(), tomorrowHint)
	}
	for i, l := range read[1:] {
		text := withoutBullet(l.text)
		switch {
		case i == digest.MostTomorrow:
			h.flaw(l.number, fmt.Sprintf("more than %d lines", digest.MostTomorrow), tomorrowHint)
		case i > digest.MostTomorrow:
		case !strings.ContainsFunc(text, visible):
			h.flaw(l.number, "the line has no text", tomorrowHint)
		default:
			h.limit(l.number, "the line", text, longestTomorrow, "it is read in passing")
			t.Lines = append(t.Lines, text)
		}
	}
	if len(read) == 1 {
		h.flaw(0, "nothing follows the date", tomorrowHint)
	}
	if len(h.flaws) > 0 {
		return digest.Tomorrow{}, h.flaws
	}
	return t, nil
}

// bullets may stand before a line, with a space behind them: -5 is a temperature.
var bullets = []string{"-", "*", "•", "–", "—"}

// withoutBullet gives a line without the bullet that somebody may have put before it.
func withoutBullet(line string) string {
	line = strings.TrimSpace(line)
	for _, b := range bullets {
		rest, found := strings.CutPrefix(line, b)
		if found && (rest == "" || b == "•" || strings.TrimLeftFunc(rest, unicode.IsSpace) != rest) {
			return strings.TrimSpace(rest)
		}
	}
	return line
}

// Tomorrow reads what the next day brings, as it lies on the desk: the zero value if
// nothing does. What is wrong with it is a flaw, and stops no edition.
func (d Desk) Tomorrow(ctx context.Context) (digest.Tomorrow, []*digest.Flaw) {
	if ctx.Err() != nil {
		return digest.Tomorrow{}, nil
	}
	root, err := d.open()
	if err != nil {
		return digest.Tomorrow{}, nil // who reads the articles says so
	}
	defer root.Close()
	t, err := d.readTomorrow(root)
	flaws := Flaws(nil)
	switch {
	case err == nil || errors.Is(err, fs.ErrNotExist):
		return t, nil
	case errors.As(err, &flaws):
		return t, flaws
	}
	return t, []*digest.Flaw{unreadable(d.path(TomorrowFile), err)}
}

func (d Desk) readTomorrow(root *os.Root) (digest.Tomorrow, error) {
	f, err := root.OpenFile(TomorrowFile, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return digest.Tomorrow{}, d.whyNot(root, TomorrowFile, err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil {
		return digest.Tomorrow{}, err
	} else if !info.Mode().IsRegular() {
		return digest.Tomorrow{}, errNoFile
	}
	return ParseTomorrow(d.path(TomorrowFile), f)
}
