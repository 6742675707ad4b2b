package exchange

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTimesAreReadAsTheirProgramsWriteThem(t *testing.T) {
	for in, want := range map[string]string{
		"2023-04-21 11:16:57":                           "2023-04-21T11:16:57Z",
		"2023-03-24 10:23:10 UTC":                       "2023-03-24T10:23:10Z",
		"2021-02-04 07:55:20 +0000":                     "2021-02-04T07:55:20Z",
		"2021-02-04 07:55:20 +0200":                     "2021-02-04T05:55:20Z",
		"2024-01-02 15:04:05.123456 +0000 UTC":          "2024-01-02T15:04:05Z",
		"2024-01-02 15:04:05.1 +0100 CET m=+0.01":       "2024-01-02T14:04:05Z",
		"2024-01-02 15:04:05.999999999 -0330 -0330":     "2024-01-02T18:34:05Z",
		"2021-07-06T16:20:44.000Z":                      "2021-07-06T16:20:44Z",
		"2024-01-02 15:04:05+00:00":                     "2024-01-02T15:04:05Z",
		"2024-01-02T15:04:05+0530":                      "2024-01-02T09:34:05Z",
		"2024-01-02T15:04:05":                           "2024-01-02T15:04:05Z",
		"2024-03-01":                                    "2024-03-01T00:00:00Z",
		"":                                              "",
		"02/01/2024":                                    "bad",
		"4/21/2023 11:16":                               "bad",
		"2024-13-01":                                    "bad",
		"0001-01-01 00:00:00 +0000 UTC":                 "bad",
		"2024-01-02 15:04:05 EST":                       "bad",
		"yesterday":                                     "bad",
		"=NOW()":                                        "bad",
		strings.Repeat("2", 100_000):                    "bad",
		"2024-01-02 15:04:05 +0000 UTC and then much x": "2024-01-02T15:04:05Z",
	} {
		got, err := parseTime(in)
		if said := stamp(got); err != nil && want != "bad" || err == nil && said != want {
			t.Errorf("%.40q: got %q, %v, want %q", in, said, err, want)
		}
	}
}

func TestListsInOneCellKeepTheirSeparators(t *testing.T) {
	for _, c := range []struct {
		cell, separators string
		want             []string
	}{
		{"", ",", nil},
		{`"Editors"`, ",", []string{"Editors"}},
		{"Editors", ",", []string{"Editors"}},
		{`"Editors","Night, late"`, ",", []string{"Editors", "Night, late"}},
		{`"say ""hi""", b ,a,b`, ",", []string{`say "hi"`, "b", "a"}},
		{"a;b; ;c,d", ";", []string{"a", "b", "c,d"}},
		{"Lorem | Ipsum Dolor | Simet", ",;|", []string{"Lorem", "Ipsum Dolor", "Simet"}},
		{`"never closed, b`, ",", []string{"never closed, b"}},
		{`"a"junk,b`, ",", []string{"a", "b"}},
	} {
		got := splitList(c.cell, c.separators)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.cell, diff)
		}
		if diff := cmp.Diff(got, splitList(joinList(got), ",")); diff != "" {
			t.Errorf("%s, joined again: %s", c.cell, diff)
		}
	}
}

func TestZonesInLowerCaseAreFound(t *testing.T) {
	for in, want := range map[string]string{
		"europe/zurich": "Europe/Zurich", "america/new_york": "America/New_York",
		"america/argentina/buenos_aires": "America/Argentina/Buenos_Aires",
		"america/port-au-prince":         "America/Port-au-Prince", "africa/dar_es_salaam": "Africa/Dar_es_Salaam",
		"us/eastern":    "US/Eastern",
		"Europe/Lisbon": "Europe/Lisbon", "utc": "UTC", "etc/gmt+5": "Etc/GMT+5",
		"antarctica/dumontdurville": "Antarctica/DumontDUrville",
		"mars/base":                 "", "local": "", "../../etc/passwd": "", "-05:00": "", "": "",
	} {
		if got := (zones{}).name(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// TestEveryZoneIsFoundInLowerCase reads the machine's own list of zones.
func TestEveryZoneIsFoundInLowerCase(t *testing.T) {
	list, err := os.ReadFile("/usr/share/zoneinfo/tzdata.zi")
	if err != nil {
		t.Skip("the machine has no list of zones: ", err)
	}
	n := 0
	for line := range strings.Lines(string(list)) {
		f := strings.Fields(line)
		name := ""
		switch {
		case len(f) > 2 && f[0] == "Z":
			name = f[1]
		case len(f) == 3 && f[0] == "L":
			name = f[2]
		}
		if name == "" || !strings.Contains(name, "/") {
			continue
		}
		if _, err := time.LoadLocation(name); err != nil {
			continue
		}
		n++
		if got := (zones{}).name(strings.ToLower(name)); got != name {
			t.Errorf("got %q, want %s", got, name)
		}
	}
	if n < 300 {
		t.Errorf("only %d zones were looked at", n)
	}
}

func TestAFormulaIsUndoneWhateverTheCell(t *testing.T) {
	for _, cell := range []string{
		"", "a", "'", "''", "'tis", "=1", "'=1", "''=1", "+x@y.example", "-", "@a", "\tx",
		"\rx", "'\t", "O'Neil", " =1",
	} {
		safe := harmless(cell)
		if formula(safe) {
			t.Errorf("%q: %q is a formula", cell, safe)
		}
		if got := harmful(safe); got != cell {
			t.Errorf("%q: became %q and then %q", cell, safe, got)
		}
	}
}

func TestACellForPeopleIsTextAndNothingElse(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "Ines Okafor": "Ines Okafor", "=1+1": "'=1+1", "+x@reader.example": "'+x@reader.example", "@a": "'@a",
		"-1": "'-1", "'=1": "''=1",
		"a\x1b[2Jb": "a [2Jb", "\x00\x07": "  ", "a\r\nb\tc": "a  b c", "a\u202eb\u0085c": "a b c", "\x7f": " ",
		"Ha\xff": "Ha\ufffd", "Zoë": "Zoë",
	} {
		if got := Cell(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
