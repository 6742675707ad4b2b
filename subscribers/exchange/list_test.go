package exchange

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// told gives what Read said, a line each.
func told(r io.Reader) []string {
	var lines []string
	for row, err := range Read("list.txt", r) {
		if err != nil {
			lines = append(lines, err.Error())
			continue
		}
		lines = append(lines, fmt.Sprintf("%d %s", row.Line, row.Address))
	}
	return lines
}

func TestReadTakesAddressesAndNamesBadLines(t *testing.T) {
	full := strings.Repeat(" ", maxLine-len("c@d.example")) + "c@d.example"
	for _, c := range []struct {
		name, list string
		want       []string
	}{
		{"empty", "", nil},
		{"plain", "a@b.example\nc@d.example\n", []string{"1 a@b.example", "2 c@d.example"}},
		{"no end of line", "a@b.example", []string{"1 a@b.example"}},
		{"mark, CRLF, blanks and comments", "\ufeffa@b.example\r\n\r\n# friends\r\n \t c@d.example \r\n  #\n", []string{"1 a@b.example", "4 c@d.example"}},
		{"mark before a comment", "\ufeff# x\n", nil},
		{"as given", "Ines@News.Example\nines@news.example\n", []string{"1 Ines@News.Example", "2 ines@news.example"}},
		{"bad line in the middle", "a@b.example\nnobody\nc@d.example\n", []string{"1 a@b.example", `list.txt:2: "nobody" has no @`, "3 c@d.example"}},
		{"a name", "Ines <ines@b.example>\n", []string{"list.txt:1: the line is not a bare address"}},
		{"fields", "a@b.example,Ines\na@b.example;c@d.example\na@b.example\tIda\n", []string{
			"list.txt:1: the line has more than one field", "list.txt:2: the line has more than one field", "list.txt:3: the line has more than one field",
		}},
		{"the longest line", "\ufeff" + full + "\r\na@b.example", []string{"1 c@d.example", "2 a@b.example"}},
		{"one octet more", " " + full + "\na@b.example", []string{"list.txt:1: the line is longer than 1024 octets", "2 a@b.example"}},
		{"very long", strings.Repeat("x", 100_000) + "\na@b.example\n" + strings.Repeat("y", 5000), []string{
			"list.txt:1: the line is longer than 1024 octets", "2 a@b.example", "list.txt:3: the line is longer than 1024 octets",
		}},
		{"not text", "\xff\xfea@b.example\n", []string{"list.txt:1: the address is not UTF-8 text"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, told(strings.NewReader(c.list))); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.want, told(iotest.OneByteReader(strings.NewReader(c.list)))); diff != "" {
				t.Errorf("a byte at a time: %s", diff)
			}
		})
	}
}

func TestAnErrorOfTheReaderComesLast(t *testing.T) {
	broken := errors.New("the disk is gone")
	var rows int
	var last error
	for _, err := range Read("list.txt", io.MultiReader(strings.NewReader("a@b.example\n"), iotest.ErrReader(broken))) {
		if err == nil {
			rows++
		}
		last = err
	}
	if rows != 1 || !errors.Is(last, broken) {
		t.Errorf("got %d rows and %v, want 1 and %v", rows, last, broken)
	}
}

func TestReadingStopsWhenAsked(t *testing.T) {
	for range Read("list.txt", io.MultiReader(strings.NewReader("nobody\n"), iotest.ErrReader(errors.New("read on")))) {
		return
	}
	t.Error("the bad line was not given")
}

func FuzzRead(f *testing.F) {
	for _, list := range []string{"", "a@b.example\r\n#x\n\nnobody", "\ufeffa@b.example", "a\xffb@c.example\n", "a@b.example,c\r\r\n", strings.Repeat("a", 1100) + "\n@"} {
		f.Add([]byte(list))
	}
	f.Fuzz(func(t *testing.T, list []byte) {
		most := bytes.Count(list, []byte("\n")) + 1
		last := 0
		for row, err := range Read("f", bytes.NewReader(list)) {
			if row.Line <= last || row.Line > most {
				t.Fatalf("line %d after %d, of %d", row.Line, last, most)
			}
			last = row.Line
			if rejected, bad := errors.AsType[*Reject](err); bad {
				if rejected.Line != row.Line || strings.ContainsAny(rejected.Problem, "\r\n") {
					t.Fatalf("reject %+v of line %d", rejected, row.Line)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(list, []byte(row.Address.String())) {
				t.Fatalf("%q is not in the list", row.Address)
			}
		}
	})
}
