package archive

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Writer writes an archive.
type Writer struct {
	zip   *gzip.Writer
	tar   *tar.Writer
	files []File
	at    time.Time
}

// NewWriter begins an archive with its manifest. The files follow, in its order.
func NewWriter(w io.Writer, m Manifest) (*Writer, error) {
	m.Format = Format
	if err := m.check(); err != nil {
		return nil, err
	}
	// The addresses of readers hardly get smaller with more effort, and an edition may be
	// sent beside this.
	zip, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	zip.Comment, zip.ModTime = m.comment(), m.MadeAt
	a := &Writer{zip: zip, tar: tar.NewWriter(zip), files: m.Files, at: m.MadeAt}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, err
	}
	text = append(text, '\n')
	if len(text) > MostManifest {
		return nil, errors.New("the backup would have too many files")
	}
	return a, a.add(ManifestName, int64(len(text)), bytes.NewReader(text))
}

// Add writes the next file of the manifest.
func (a *Writer) Add(r io.Reader) error {
	if len(a.files) == 0 {
		return errors.New("the manifest names no further file")
	}
	f := a.files[0]
	a.files = a.files[1:]
	return a.add(f.Name, f.Size, r)
}

func (a *Writer) add(name string, size int64, r io.Reader) error {
	h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: a.at, Format: tar.FormatPAX}
	if err := a.tar.WriteHeader(h); err != nil {
		return err
	}
	n, err := io.Copy(a.tar, io.LimitReader(r, size))
	if err == nil && n != size {
		err = fmt.Errorf("%s has %d bytes, not %d", name, n, size)
	}
	return err
}

// Close ends the archive. It does not close what it was written to.
func (a *Writer) Close() error {
	if len(a.files) > 0 {
		return fmt.Errorf("%s is missing", a.files[0].Name)
	}
	return errors.Join(a.tar.Close(), a.zip.Close())
}
