package archive

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

var texts = map[string]string{"vesper.db": "a database", "files/vesper.toml": "[publication]\n"}

func named(name, role string) File {
	sum := sha256.Sum256([]byte(texts[name]))
	return File{
		Name: name, Role: role, Path: name, Size: int64(len(texts[name])), SHA256: hex.EncodeToString(sum[:]),
	}
}

func manifest() Manifest {
	return Manifest{
		Format: Format, Source: "0123456789abcdef", MadeAt: time.Unix(1_800_000_000, 0).UTC(), Scheduled: true,
		Files: []File{named("vesper.db", Database), named("files/vesper.toml", Configuration)},
	}
}

// good gives an archive as it should be.
func good(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, manifest())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range manifest().Files {
		if err := w.Add(strings.NewReader(texts[f.Name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// all reads an archive to its end.
func all(b []byte) (map[string]string, error) {
	a, err := NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	for {
		f, err := a.Next()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(a)
		if err != nil {
			return nil, err
		}
		found[f.Name] = string(text)
	}
}

func TestWhatWasPackedIsUnpackedAsItWas(t *testing.T) {
	found, err := all(good(t))
	if err != nil || len(found) != 2 {
		t.Fatal(found, err)
	}
	for name, text := range texts {
		if found[name] != text {
			t.Errorf("%s: got %q, want %q", name, found[name], text)
		}
	}
	if got := ScheduledOf(bytes.NewReader(good(t))); got != manifest().Source {
		t.Errorf("it is one of the service of %q, want %q", got, manifest().Source)
	}
}

// packed writes an archive whose parts need not fit together.
func packed(t testing.TB, m Manifest, headers []tar.Header, contents []string) []byte {
	t.Helper()
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	w := tar.NewWriter(zip)
	headers = append([]tar.Header{{Name: ManifestName, Size: int64(len(text)), Typeflag: tar.TypeReg}}, headers...)
	for i, h := range headers {
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if content := append([]string{string(text)}, contents...)[i]; h.Size > 0 {
			if _, err := io.WriteString(w, content); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := errors.Join(w.Close(), zip.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bads are archives that are not to be believed, each with a word of why.
func bads(t testing.TB) map[string][]byte {
	file := func(name string) tar.Header {
		return tar.Header{Name: name, Size: int64(len(texts[name])), Typeflag: tar.TypeReg}
	}
	two := []tar.Header{file("vesper.db"), file("files/vesper.toml")}
	twoTexts := []string{texts["vesper.db"], texts["files/vesper.toml"]}
	with := func(change func(m *Manifest)) []byte {
		m := manifest()
		change(&m)
		return packed(t, m, two, twoTexts)
	}
	link := []tar.Header{{Name: "vesper.db", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}, two[1]}
	return map[string][]byte{
		"damaged":        []byte("dear reader"),
		"ends too early": good(t)[:len(good(t))/2],
		`names a file "../../etc/cron.d/x"`: with(func(m *Manifest) {
			m.Files[1].Name = "../../etc/cron.d/x"
		}),
		`names a file "/etc/passwd"`: with(func(m *Manifest) { m.Files[1].Name = "/etc/passwd" }),
		"twice":                      with(func(m *Manifest) { m.Files[1].Name = "vesper.db" }),
		"a newer program made it":    with(func(m *Manifest) { m.Format = 2 }),
		"0 databases":                with(func(m *Manifest) { m.Files[0].Role = Key }),
		"has the role":               with(func(m *Manifest) { m.Files[1].Role = "service" }),
		"has 999999999999 bytes":     with(func(m *Manifest) { m.Files[1].Size = 999999999999 }),
		"bytes, not":                 with(func(m *Manifest) { m.Files[0].Size = 1 << 40 }),
		"not as it was":              with(func(m *Manifest) { m.Files[0].SHA256 = strings.Repeat("0", 64) }),
		"is not a file":              packed(t, manifest(), link, twoTexts),
		"where \"vesper.db\" should": packed(t, manifest(), []tar.Header{two[1], two[0]}, []string{twoTexts[1], twoTexts[0]}),
		"does not name": packed(t, manifest(), append(two, tar.Header{Name: "more", Typeflag: tar.TypeReg}),
			append(twoTexts, "")),
	}
}

func TestAnArchiveThatIsNotWholeIsRefusedInOneLine(t *testing.T) {
	for want, b := range bads(t) {
		found, err := all(b)
		if !errors.Is(err, ErrForm) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, %v", want, found, err)
		}
	}
}

// Wherever an archive is cut or a bit of it is turned, it is refused, or is as it was.
func TestNoDamageGoesUnseen(t *testing.T) {
	whole := good(t)
	for i := range whole {
		if _, err := all(whole[:i]); !errors.Is(err, ErrForm) {
			t.Fatalf("cut at %d: %v", i, err)
		}
		damaged := bytes.Clone(whole)
		damaged[i] ^= 0x10
		found, err := all(damaged)
		if err != nil {
			if !errors.Is(err, ErrForm) {
				t.Fatalf("at %d: %v", i, err)
			}
			continue
		}
		for name, text := range texts {
			if found[name] != text {
				t.Fatalf("a bit of byte %d: %s is %q", i, name, found[name])
			}
		}
	}
}

func FuzzAnArchiveOfAnybody(f *testing.F) {
	for _, b := range append(slices.Collect(maps.Values(bads(f))), good(f)) {
		f.Add(b)
		if zip, err := gzip.NewReader(bytes.NewReader(b)); err == nil {
			plain, _ := io.ReadAll(zip)
			f.Add(plain)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		// Compression hides the form from what draws the bytes: so they are also taken as
		// what is compressed.
		var zipped bytes.Buffer
		zip := gzip.NewWriter(&zipped)
		zip.Write(b)
		zip.Close()
		for _, b := range [][]byte{b, zipped.Bytes()} {
			found, err := all(b)
			if err != nil && !errors.Is(err, ErrForm) {
				t.Fatalf("%v is no ErrForm", err)
			}
			for name := range found {
				if strings.HasPrefix(name, "/") || strings.Contains(name, "..") {
					t.Fatalf("%q leads out", name)
				}
			}
			ScheduledOf(bytes.NewReader(b))
		}
	})
}
