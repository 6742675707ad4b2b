package subscribers_test

import (
	"bufio"
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"vesper/subscribers"
)

var collected = flag.String("addresses", "../../shared/data/addresses/addresses.jsonl",
	"a `FILE` of collected addresses to score the grammar on")

// specimen is a line of such a file: an address, and what its collectors say.
type specimen struct{ Set, ID, Category, Address string }

// expected is what they say of it: take, refuse or, of what is legal in some
// grammar and had by no reader, either; "" of what is no address.
func (s specimen) expected() string {
	switch s.Set {
	case "isemail-3.05", "isemail-original":
		switch s.Category {
		case "ISEMAIL_ERR":
			return "refuse"
		case "ISEMAIL_VALID_CATEGORY", "ISEMAIL_DNSWARN":
			return "take"
		}
		return "either"
	case "flanker":
		if strings.HasPrefix(s.ID, "domain_typos") {
			return "" // domains alone, for a corrector
		}
		return map[string]string{"valid": "take", "invalid": "refuse"}[s.Category]
	case "joshdata":
		switch s.ID {
		case "test_email_valid_only_if_quoted_local_part":
			return "either"
		case "test_email_valid", "test_email_valid_intl_local_part", "test_email_invalid_character_smtputf8_off":
			return "take" // the last is refused only where SMTPUTF8 is not to be had
		}
		return "refuse"
	}
	return ""
}

// address is what is scored: flanker's local parts get a domain.
func (s specimen) address() string {
	if strings.HasPrefix(s.ID, "abridged_localpart") {
		return s.Address + "@reader.example"
	}
	return s.Address
}

// disagreements are the kinds of address on which we differ from a collector,
// and why. Whatever is of no kind is a bug of the grammar's or of the table's.
var disagreements = []struct {
	expected, why string
	is            func(address string) bool
}{
	{
		"take", "a name and angle brackets: a mailbox is asked for, not a header's value; lists take them apart",
		func(a string) bool { return strings.HasSuffix(a, ">") },
	},
	{"take", "a quoted local part: legal by RFC 5321 4.1.2 and had by no reader, " +
		"and SMTP commands have been smuggled in by one", has(`"`)},
	{"take", "a comment: legal in a header (RFC 5322 3.2.2), never in an SMTP command", has("(")},
	{
		"take", "a number for a domain: RFC 5321 2.3.5 wants a name",
		func(a string) bool { return domainOf(a, func(c rune) bool { return c >= '0' && c <= '9' || c == '.' }) },
	},
	{
		"take", "a domain of one label: mail to dotless domains is not delivered (RFC 7085)",
		func(a string) bool { return domainOf(a, func(c rune) bool { return c != '.' }) },
	},
	{"refuse", "a special-use domain: a name by the grammar; " +
		"whether mail gets there is the relay's to say, and our tests live at one", func(a string) bool {
		return slices.ContainsFunc([]string{".arpa", ".onion", ".test"},
			func(end string) bool { return strings.HasSuffix(a, end) })
	}},
	{"refuse", "a top-level domain with digits: none is there, " +
		"RFC 5321 4.1.2 allows it, and isemail holds it for valid", func(a string) bool {
		return strings.ContainsAny(a[strings.LastIndexByte(a, '.')+1:], "0123456789")
	}},
	{
		"refuse", "too long only after normalisation: what is sent is what was given, and that is not",
		func(a string) bool { return strings.Contains(a, "\u05e9") || strings.Contains(a, "\ufb2c") },
	},
}

func has(s string) func(string) bool { return func(a string) bool { return strings.Contains(a, s) } }

func domainOf(a string, all func(rune) bool) bool {
	domain := a[strings.LastIndexByte(a, '@')+1:]
	return domain != "" && !strings.ContainsFunc(domain, func(r rune) bool { return !all(r) })
}

type score struct{ right, explained, either int }

// TestCollectedAddressesAreJudgedAlike scores the grammar. Run it with -v for the
// scores and the disagreements.
func TestCollectedAddressesAreJudgedAlike(t *testing.T) {
	f, err := os.Open(*collected)
	if err != nil {
		t.Skip("the collected addresses are not here: ", err)
	}
	defer f.Close()
	scores, why := map[string]*score{}, map[string][]string{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var s specimen
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			t.Fatal(err)
		}
		want, a := s.expected(), s.address()
		if want == "" {
			continue
		}
		if scores[s.Set] == nil {
			scores[s.Set] = &score{}
		}
		scoreSpecimen(t, scores[s.Set], why, want, a)
	}
	if err := lines.Err(); err != nil || len(scores) == 0 {
		t.Fatalf("%d sets, %v", len(scores), err)
	}
	for set, s := range scores {
		t.Logf("%s: %d taken alike, %d otherwise for a reason, %d that may be either", set, s.right, s.explained,
			s.either)
	}
	for reason, addresses := range why {
		t.Logf("%d × %s: %q", len(addresses), reason, addresses)
	}
}

func scoreSpecimen(t *testing.T, s *score, why map[string][]string, want, address string) {
	t.Helper()
	_, err := subscribers.ParseAddress(address)
	got := map[bool]string{true: "take", false: "refuse"}[err == nil]
	switch {
	case want == "either":
		s.either++
		// Nobody is turned away whose address is odd and can be sent to, but none
		// of these has been.
		if got == "take" {
			t.Errorf("%q is odd and taken", address)
		}
	case got == want:
		s.right++
	default:
		for _, d := range disagreements {
			if d.expected == want && d.is(address) {
				s.explained++
				why[d.why] = append(why[d.why], address)
				return
			}
		}
		t.Errorf("%q: we %s it (%v), which nothing explains", address, got, err)
	}
}
