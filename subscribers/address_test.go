package subscribers_test

import (
	"strings"
	"testing"

	"vesper/subscribers"
)

func TestAddressesThatReadersHaveAreTaken(t *testing.T) {
	for in, mailbox := range map[string]string{
		"ines@news.example":             "ines@news.example",
		"Ines.Okafor+news@News.Example": "Ines.Okafor+news@news.example",
		"o'neil_1@a-b.news.example":     "o'neil_1@a-b.news.example",
		"ines@bücher.example":           "ines@xn--bcher-kva.example",
		"用户@例え.example":                 "用户@xn--r8jz45g.example",
	} {
		a, err := subscribers.ParseAddress(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if a.Mailbox() != mailbox || a.String() != in {
			t.Errorf("%s: got mailbox %s, want %s", in, a.Mailbox(), mailbox)
		}
		if got := a.Key(); got != strings.ToLower(mailbox) {
			t.Errorf("%s: got key %s", in, got)
		}
	}
}

func TestAddressesThatSmuggleOrCannotBeReachedAreRefused(t *testing.T) {
	for _, in := range []string{
		"", "ines", "@news.example", "ines@", "ines@localhost", "a@b", "a@[127.0.0.1]", "a@127.0.0.1",
		`"a@b> NOTIFY=NEVER"@x.example`, `"quoted"@news.example`, "a b@news.example", "a@news.example ",
		" a@news.example",
		"Ines <ines@news.example>", "a(comment)@news.example", "a@news..example", "a@news.example.", ".a@news.example",
		"a.@news.example", "a..b@news.example",
		"a@-news.example", "a@news-.example", "a\r\nRCPT TO:<b@c.example>@news.example", "a\x00@news.example",
		"a@news.example\r\n",
		strings.Repeat("a", 65) + "@news.example", "a@" + strings.Repeat("b", 64) + ".example",
		"a@" + strings.Repeat("bcdefgh.", 32) + "example", "a\u202eb@news.example", "\xff@news.example",
		"a@news_desk.example",
	} {
		if a, err := subscribers.ParseAddress(in); err == nil {
			t.Errorf("%q: taken as %s", in, a.Mailbox())
		} else if strings.ContainsAny(err.Error(), "\r\n") {
			t.Errorf("%q: the error has more than one line: %q", in, err)
		}
	}
}

func TestSameMailboxSameKey(t *testing.T) {
	a, err := subscribers.ParseAddress("Ines@BÜCHER.example")
	if err != nil {
		t.Fatal(err)
	}
	b, err := subscribers.ParseAddress("ines@xn--bcher-kva.example")
	if err != nil {
		t.Fatal(err)
	}
	if a.Key() != b.Key() {
		t.Errorf("%s and %s differ", a.Key(), b.Key())
	}
}

func TestOneLetterWrittenInTwoWaysIsOneKey(t *testing.T) {
	for _, c := range [][2]string{
		{"jose\u0301@news.example", "jos\u00e9@news.example"},
		{"JOSE\u0301@news.example", "jos\u00e9@news.example"},
		{"a\u030angstrom@news.example", "\u212bngstrom@news.example"},
		{"\u1100\u1161@news.example", "\uac00@news.example"},
	} {
		a, err := subscribers.ParseAddress(c[0])
		if err != nil {
			t.Fatal(err)
		}
		b, err := subscribers.ParseAddress(c[1])
		if err != nil {
			t.Fatal(err)
		}
		if a.Key() != b.Key() {
			t.Errorf("%+q and %+q differ", a.Key(), b.Key())
		}
		if a.String() != c[0] || a.Mailbox() == b.Mailbox() {
			t.Errorf("%+q is not kept as given: %+q", c[0], a.Mailbox())
		}
	}
}

func FuzzAddress(f *testing.F) {
	for _, s := range []string{
		"ines@news.example", `"a@b"@x.example`, "a@b.c\r\n", "用户@例え.example", "a@xn--.example",
		"a@1.2.3.4",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		a, err := subscribers.ParseAddress(in)
		if err != nil {
			return
		}
		if a.String() != in || strings.ContainsAny(a.Mailbox(), "\r\n <>\"\x00,;:()[]\\") ||
			strings.Count(a.Mailbox(), "@") != 1 {
			t.Fatalf("%q became %q", in, a.Mailbox())
		}
		again, err := subscribers.ParseAddress(a.Mailbox())
		if err != nil || again.Key() != a.Key() {
			t.Fatalf("%q: its mailbox %q reads as %q, %v", in, a.Mailbox(), again.Key(), err)
		}
	})
}

func TestWhatNobodySeesIsCutRoundAnAddressAndRefusedInside(t *testing.T) {
	for _, mark := range []string{
		"\u200b", "\ufeff", "\u00ad", "\u200d", "\u2066", "\u034f", "\U000e0041", "\t", "\u00a0",
	} {
		a, err := subscribers.ReadAddress(mark + "ines@reader.example" + mark + mark)
		if err != nil || a.String() != "ines@reader.example" {
			t.Errorf("%+q round an address: got %q, %v", mark, a, err)
		}
		for _, inside := range []string{"in" + mark + "es@reader.example", "ines@rea" + mark + "der.example"} {
			if a, err := subscribers.ReadAddress(inside); err == nil {
				t.Errorf("%+q was taken as %q", inside, a)
			}
		}
	}
}

// TestALongAddressCostsNoMoreThanAShortOne: to bring a domain into its ASCII form costs
// the square of its length, so lengths are looked at first.
func TestALongAddressCostsNoMoreThanAShortOne(t *testing.T) {
	for _, part := range []string{"ü", "ü.", "字", "a", "\u0301", "xn--a.", "\u200b"} {
		for _, form := range []string{"ines@%s.example", "%s@news.example", "%s", "%s.example"} {
			work := func(n int) float64 {
				address := strings.Replace(form, "%s", strings.Repeat(part, n), 1)
				return testing.AllocsPerRun(1, func() {
					if _, err := subscribers.ReadAddress(address); err == nil || len(err.Error()) > 16_000 {
						t.Errorf("%.20s of %d octets: %.200v", address, len(address), err)
					}
				})
			}
			if short, long := work(1200), work(64_000); long > short+8 {
				t.Errorf("%s of %+q: %.0f objects, and of a longer one %.0f", form, part, short, long)
			}
		}
	}
	// Letters that all differ are the worst: 96 kB took 24 seconds.
	var letters strings.Builder
	for r := rune(0x4e00); r < 0x9000; r++ {
		letters.WriteRune(r)
	}
	objects := testing.AllocsPerRun(1, func() {
		_, err := subscribers.ParseAddress("ines@" + letters.String() + ".example")
		if err == nil || len(err.Error()) > 200 {
			t.Errorf("got %.300v", err)
		}
	})
	if objects > 20 {
		t.Errorf("a domain of %d octets: %.0f objects", letters.Len(), objects)
	}
}

func TestAMaskedAddressIsKnownToItsOwnerAlone(t *testing.T) {
	for given, want := range map[string]string{
		"ines.roth@reader.example.org": "i•••@r•••.org", "i@x.org": "i•••@x•••.org",
		"ü@münchen.example": "ü•••@m•••.example",
	} {
		a, err := subscribers.ParseAddress(given)
		if err != nil || a.Masked() != want {
			t.Errorf("%s: %q, %v", given, a.Masked(), err)
		}
	}
	if got := (subscribers.Address{}).Masked(); got != "•••" {
		t.Errorf("no address: %q", got)
	}
}
