package relay

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheFirstLineOfEHLOOffersNothing(t *testing.T) {
	for text, want := range map[string]offers{
		"":                          {},
		"PIPELINING":                {},
		"starttls\nsize":            {"SIZE": ""},
		"a\n\n \nSIZE 5\nsize=6 7":  {"SIZE": "5 6 7"},
		"a\n=x\n-\nX-Y z\n\tauth=a": {"-": "", "X-Y": "z", "AUTH": "a"},
		"a\nST\u0430RTTLS\nAUTH\tx": {"ST": "\u0430RTTLS", "AUTH": "x"},
	} {
		if diff := cmp.Diff(want, offersOf(reply{250, text})); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

func FuzzOffers(f *testing.F) {
	for _, s := range []string{
		"sink\nstarttls\nauth plain login\nsmtputf8", "a\nAUTH=LOGIN\nAUTH PLAIN", "a\nSIZE  1\t2\n",
		"\n\n\x00\xff =", "a\n8bitmıme",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, rest, _ := strings.Cut(text, "\n")
		got := offersOf(reply{250, text})
		for keyword, parameters := range got {
			if strings.Trim(keyword, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" || keyword == "" {
				t.Errorf("%q: the keyword %q", text, keyword)
			}
			if strings.TrimSpace(parameters) != parameters || strings.Contains(parameters, "\n") {
				t.Errorf("%q: %s has the parameters %q", text, keyword, parameters)
			}
		}
		// Neither the relay's name nor the case of letters changes what is offered.
		if !maps.Equal(got, offersOf(reply{250, "\n" + rest})) {
			t.Errorf("%q: the first line offers something", text)
		}
	})
}
