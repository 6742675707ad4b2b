package exchange

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// File is a list that was opened.
type File struct {
	// Parts are what can be read: the file itself, or the files in a .zip. Those that
	// only keep readers off the list come first.
	Parts []*Part
	// PassedOver says which files of a .zip are not read and why, a line each.
	PassedOver []string
}

// The limits on a .zip, against one that is made to fill the disk. A table of
// subscribers shrinks to a tenth, never to a thousandth.
const (
	maxUnpacked = 4 << 30
	maxRatio    = 200
	freeRatio   = 4 << 20
)

// Open reads through a whole file and recognises what it is. Its name is for messages
// and provenance. A file that can't be used at all is an error before any row of it is
// given. Every [Part.Rows] reads r once more. A file without any row is an [ErrNoRow].
func Open(name string, r io.ReaderAt, size int64, choices Choices) (*File, error) {
	whole := func() io.Reader { return io.NewSectionReader(r, 0, size) }
	start := make([]byte, 8)
	n, err := r.ReadAt(start, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	start = start[:n]
	if len(start) == 0 {
		return nil, fmt.Errorf("%s is empty: %w", name, ErrNoRow)
	}
	if zipped(start) {
		hash := sha256.New()
		if _, err := io.Copy(hash, whole()); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		return openZip(name, r, size, hex.EncodeToString(hash.Sum(nil)), choices)
	}
	if kind := foreign(start); kind != "" {
		return nil, fmt.Errorf("%s is %s, not a table in text: save it as CSV", name, kind)
	}
	hash, seen := sha256.New(), &inspector{}
	if _, err := io.Copy(io.MultiWriter(seen, hash), whole()); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	p := &Part{
		Name: name, source: filepath.Base(name), sha256: hex.EncodeToString(hash.Sum(nil)), seen: seen,
		open: func() (io.ReadCloser, error) { return io.NopCloser(whole()), nil }, choices: choices,
	}
	if err := p.recognise(); err != nil {
		return nil, err
	}
	return &File{Parts: []*Part{p}}, nil
}

// foreign names what people often give in place of a table, by its first bytes.
func foreign(start []byte) string {
	for begins, kind := range map[string]string{
		"\xd0\xcf\x11\xe0": "an old Excel workbook",
		"\x1f\x8b":         "a gzip file",
		"%PDF":             "a PDF",
		"7z\xbc\xaf":       "a 7z archive",
		"Rar!":             "a RAR archive",
		"\x89PNG":          "a picture",
		"SQLite f":         "a SQLite database",
		"{\\rtf":           "an RTF document",
	} {
		if bytes.HasPrefix(start, []byte(begins)) {
			return kind
		}
	}
	return ""
}

// Spool copies a stream, which can be read only once, to where [Open] can read it. It
// stops with an error at the first byte that no table has.
func Spool(to io.Writer, from io.Reader) error {
	in := bufio.NewReader(from)
	if start, _ := in.Peek(4); !zipped(start) {
		to = io.MultiWriter(&inspector{}, to)
	}
	_, err := io.Copy(to, in)
	return err
}

func zipped(start []byte) bool {
	return bytes.HasPrefix(start, []byte("PK\x03\x04")) || bytes.HasPrefix(start, []byte("PK\x05\x06"))
}

func openZip(name string, r io.ReaderAt, size int64, sum string, choices Choices) (*File, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("%s is a damaged zip file: %w", name, err)
	}
	f, unpacked := &File{}, int64(0)
	var unclear error
	for _, entry := range z.File {
		at := path.Join(name, entry.Name)
		if entry.Name == "[Content_Types].xml" {
			return nil, fmt.Errorf("%s is an office document, not a table in text: save it as CSV", name)
		}
		if entry.FileInfo().IsDir() || strings.HasPrefix(entry.Name, "__MACOSX/") {
			continue
		}
		if entry.Flags&1 != 0 {
			return nil, fmt.Errorf("%s is encrypted: unpack it first", at)
		}
		switch strings.ToLower(path.Ext(entry.Name)) {
		case ".zip":
			return nil, fmt.Errorf("%s is a zip file in a zip file: unpack it first", at)
		case ".csv", ".tsv", ".txt":
		default:
			continue
		}
		p := &Part{
			Name: at, source: filepath.Base(name) + "/" + path.Base(entry.Name), sha256: sum,
			seen: &inspector{}, open: entry.Open, choices: choices,
		}
		n, err := p.unpack(entry, maxUnpacked-unpacked)
		if err != nil {
			return nil, err
		}
		unpacked += n
		if err := p.recognise(); err != nil {
			if _, ok := errors.AsType[*ColumnError](err); ok && unclear == nil {
				unclear = err
			}
			f.PassedOver = append(f.PassedOver, err.Error())
			continue
		}
		f.Parts = append(f.Parts, p)
	}
	f.choose()
	// What is skipped, because there is a known program's export needs no answer.
	if unclear != nil && !slices.ContainsFunc(f.Parts, (*Part).program) {
		return nil, unclear
	}
	if len(f.Parts) == 0 {
		return nil, fmt.Errorf("%s has no table of subscribers", name)
	}
	return f, nil
}

// unpack reads through an entry once and gives its length. So a damaged or malicious
// one is found before anything is done with the others.
func (p *Part) unpack(entry *zip.File, most int64) (int64, error) {
	bomb := fmt.Errorf("%s is far too long when unpacked", p.Name)
	most = min(most, freeRatio+maxRatio*int64(min(entry.CompressedSize64, maxUnpacked)))
	if entry.UncompressedSize64 > uint64(most) {
		return 0, bomb
	}
	in, err := entry.Open()
	if err != nil {
		return 0, fmt.Errorf("unpack %s: %w", p.Name, err)
	}
	defer in.Close()
	n, err := io.Copy(p.seen, io.LimitReader(in, most+1))
	if err != nil {
		return n, fmt.Errorf("%s: %w", p.Name, err)
	}
	if n > most {
		return n, bomb
	}
	return n, nil
}

// choose leaves out tables that nobody's format explains if a program's export lies
// beside them: Substack, for one, adds a table of who opened what. Parts that
// suppress come first, so that who is in two files is never on the list in between.
func (f *File) choose() {
	program := slices.ContainsFunc(f.Parts, (*Part).program)
	f.Parts = slices.DeleteFunc(f.Parts, func(p *Part) bool {
		over := program && !p.program()
		if over {
			f.PassedOver = append(f.PassedOver, p.Name+" is skipped, because there is a known program's export")
		}
		return over
	})
	slices.SortStableFunc(f.Parts, func(a, b *Part) int { return a.rank() - b.rank() })
}
