package archive

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
)

// Reader reads an archive: its manifest at once, and the files in their order. What is not
// as the manifest says is an ErrForm.
type Reader struct {
	Manifest Manifest

	zip  *gzip.Reader
	tar  *tar.Reader
	next int
	// sum and left are of the file that is being read.
	sum  hash.Hash
	left int64
}

// NewReader reads the manifest of an archive.
func NewReader(r io.Reader) (*Reader, error) {
	zip, err := gzip.NewReader(bufio.NewReader(r))
	if err != nil {
		return nil, bad("", err)
	}
	zip.Multistream(false)
	a := &Reader{zip: zip, tar: tar.NewReader(zip)}
	h, err := a.tar.Next()
	if err != nil {
		return nil, bad("", err)
	}
	if h.Name != ManifestName || h.Typeflag != tar.TypeReg {
		return nil, fmt.Errorf("%w: it does not begin with %s", ErrForm, ManifestName)
	}
	text, err := io.ReadAll(io.LimitReader(a.tar, MostManifest+1))
	if err != nil {
		return nil, bad(ManifestName, err)
	}
	if len(text) > MostManifest {
		return nil, fmt.Errorf("%w: its manifest is too large", ErrForm)
	}
	if err := json.Unmarshal(text, &a.Manifest); err != nil {
		return nil, fmt.Errorf("%w: its manifest can't be read: %w", ErrForm, err)
	}
	return a, a.Manifest.check()
}

// bad gives the error of something that can't be read: what is wrong with the file itself is
// told as it is.
func bad(what string, err error) error {
	if what != "" {
		what = ": " + what
	}
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w%s: it ends too early", ErrForm, what)
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.Is(err, tar.ErrHeader),
		strings.HasPrefix(err.Error(), "flate:"):
		return fmt.Errorf("%w%s: it is damaged", ErrForm, what)
	}
	return fmt.Errorf("%w%s: %w", ErrForm, what, err)
}

// Next gives the next file, to be read from the Reader to its end; io.EOF once all were
// given and nothing follows them.
func (a *Reader) Next() (File, error) {
	if a.sum != nil && a.left > 0 {
		return File{}, errors.New("the file before was not read to its end")
	}
	h, err := a.tar.Next()
	if errors.Is(err, io.EOF) && a.next == len(a.Manifest.Files) {
		return File{}, a.ends()
	}
	if err != nil {
		return File{}, bad("", err)
	}
	if a.next == len(a.Manifest.Files) {
		return File{}, fmt.Errorf("%w: it has the file %q, which its manifest does not name", ErrForm, h.Name)
	}
	f := a.Manifest.Files[a.next]
	switch {
	case h.Name != f.Name:
		return File{}, fmt.Errorf("%w: it has the file %q where %q should be", ErrForm, h.Name, f.Name)
	case h.Typeflag != tar.TypeReg:
		return File{}, fmt.Errorf("%w: %q is not a file", ErrForm, f.Name)
	case h.Size != f.Size:
		return File{}, fmt.Errorf("%w: %q has %d bytes, not %d", ErrForm, f.Name, h.Size, f.Size)
	}
	a.next++
	a.sum, a.left = sha256.New(), f.Size
	return f, nil
}

// ends reads what follows the last file, for the checksum of the compression, and gives
// io.EOF if that is nothing.
func (a *Reader) ends() error {
	rest := make([]byte, 4096)
	for {
		n, err := a.zip.Read(rest)
		if len(bytes.Trim(rest[:n], "\x00")) > 0 {
			return fmt.Errorf("%w: something follows its last file", ErrForm)
		}
		if errors.Is(err, io.EOF) {
			return io.EOF
		}
		if err != nil {
			return bad("", err)
		}
	}
}

// Read reads the file that Next gave. Its end is given only if the file is as the manifest
// says.
func (a *Reader) Read(p []byte) (int, error) {
	if a.sum == nil {
		return 0, io.EOF
	}
	f := a.Manifest.Files[a.next-1]
	n, err := a.tar.Read(p)
	a.sum.Write(p[:n])
	a.left -= int64(n)
	switch {
	case err == nil:
		return n, nil
	case !errors.Is(err, io.EOF):
		return n, bad(f.Name, err)
	case a.left != 0:
		return n, fmt.Errorf("%w: %s: it ends too early", ErrForm, f.Name)
	case hex.EncodeToString(a.sum.Sum(nil)) != f.SHA256:
		return n, fmt.Errorf("%w: %s is not as it was when the backup was made", ErrForm, f.Name)
	}
	return n, io.EOF
}

// IsOne says whether a file begins as an archive does: compressed, which no database is.
func IsOne(head []byte) bool { return len(head) >= 2 && head[0] == 0x1f && head[1] == 0x8b }

// ScheduledOf gives the name of the database whose service made an archive by itself; "" if
// it was made in another way. It reads no more than the beginning.
func ScheduledOf(r io.Reader) string {
	zip, err := gzip.NewReader(r)
	if err != nil {
		return ""
	}
	source, ok := strings.CutPrefix(zip.Comment, scheduledPrefix)
	if !ok {
		return ""
	}
	return source
}
