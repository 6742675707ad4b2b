package exchange

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// FuzzOpen reads anything as a file: it never fails in any way but the promised
// ones, and reads the same twice.
func FuzzOpen(f *testing.F) {
	for _, pattern := range []string{"testdata/exports/*"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range files {
			content, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(content)
		}
	}
	f.Add(packed(f, "a.csv", "email\nines@reader.example\n", "b.txt", "x"))
	f.Add([]byte(ownHeader + "a@b.example,,active,,every,,plain,,,,2026-11-22T17:00:00Z,2026-11-22T17:00:00Z,\n"))
	f.Add([]byte(`{"address":"a@b.example","status":"suppressed","reason":"manual",` +
		`"evenings":"every","variant":"plain"}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		file, err := Open("f", bytes.NewReader(content), int64(len(content)), Choices{})
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n") {
				t.Fatalf("not one line: %q", err)
			}
			return
		}
		for _, p := range file.Parts {
			if first, again := rowsOf(t, p), rowsOf(t, p); !slices.Equal(first, again) {
				t.Fatalf("first %q, then %q", first, again)
			}
		}
	})
}

func rowsOf(t *testing.T, p *Part) (all []string) {
	last := 0
	for row, err := range p.Rows() {
		if row.Line <= last {
			t.Fatalf("line %d after %d", row.Line, last)
		}
		last = row.Line
		if reject, ok := errors.AsType[*Reject](err); ok {
			if reject.Line != row.Line || strings.ContainsAny(reject.Problem, "\r\n") {
				t.Fatalf("reject %+v of line %d", reject, row.Line)
			}
			all = append(all, reject.Problem)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(row.Subscriber.Name, "\r\n\x00") {
			t.Fatalf("a name of more than one line: %q", row.Subscriber.Name)
		}
		all = append(all, told(row))
	}
	return all
}

// FuzzRecords reads well-formed tables as encoding/csv does.
func FuzzRecords(f *testing.F) {
	for _, s := range []string{
		"a,b\n1,2\n", "a\n\"x\ny\"\n", "\"a\"\"b\",c\r\n\r\nd", "a,\"b\nc", "a\"b,c\n\"d\"e\n",
		"\"\n\"\n\"", "# x\n,\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !strings.Contains(text, "#") {
			want := csv.NewReader(strings.NewReader(strings.ToValidUTF8(text, "?")))
			want.FieldsPerRecord = -1
			if all, err := want.ReadAll(); err == nil {
				compare(t, text, all)
			}
		}
		r := newRecords(strings.NewReader(text), ',')
		for n := 0; ; n++ {
			rec, err := r.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil || n > strings.Count(text, "\n") {
				t.Fatalf("record %d of %q: %v", n, text, err)
			}
			if rec.problem == "" && len(rec.fields) == 0 {
				t.Fatalf("no fields in %q", rec.text)
			}
		}
	})
}

func compare(t *testing.T, text string, want [][]string) {
	r := newRecords(strings.NewReader(strings.ToValidUTF8(text, "?")), ',')
	for _, fields := range want {
		if !slices.ContainsFunc(fields, func(f string) bool { return strings.TrimSpace(f) != "" }) {
			continue
		}
		rec, err := r.next()
		if err != nil || rec.problem != "" || !slices.Equal(rec.fields, fields) {
			t.Fatalf("%q: got %q, %q, %v, want %q", text, rec.fields, rec.problem, err, fields)
		}
	}
	if rec, err := r.next(); !errors.Is(err, io.EOF) {
		t.Fatalf("%q: and then %q, %v", text, rec.fields, err)
	}
}
