package digest

import (
	"errors"
	"strings"
	"testing"
)

func TestWordsThatWouldMakeABadEmailAreRefused(t *testing.T) {
	for _, test := range []struct {
		words          Words
		field, problem string
	}{
		{Words{Subject: strings.Repeat("é", MaxSubject+1)}, "subject", "longer than 150"},
		{Words{Subject: "Re: yesterday"}, "subject", "begins like a reply"},
		{Words{Subject: " FWD : yesterday"}, "subject", "begins like a reply"},
		{Words{Subject: "aw:yesterday"}, "subject", "begins like a reply"},
		{Words{Subject: "One\r\nBcc: two"}, "subject", "control character"},
		{Words{Note: "One\ntwo"}, "note", "control character"},
		{Words{Note: "One\u0085two"}, "note", "control character"},
		{Words{Note: "One\x7ftwo"}, "note", "control character"},
	} {
		var flaw *WordsFlaw
		err := test.words.Check()
		if !errors.As(err, &flaw) || flaw.Field != test.field || !strings.Contains(flaw.Problem, test.problem) {
			t.Errorf("%q: got %v, want %q of the %s", test.words, err, test.problem, test.field)
		}
	}
	for _, w := range []Words{
		{},
		{Subject: strings.Repeat("é", MaxSubject)},
		{Subject: "Reform: the vote", Note: "We were late – sorry."},
		{Subject: "Trains return, re: Marrowdale"},
	} {
		if err := w.Check(); err != nil {
			t.Errorf("%q: %v", w, err)
		}
	}
}

func TestWordsOfTheMomentStandInPlaceOfThoseKeptFieldByField(t *testing.T) {
	kept := Words{Subject: "kept subject", Note: "kept note"}
	for _, test := range []struct{ said, want Words }{
		{Words{}, kept},
		{Words{Subject: "new"}, Words{Subject: "new", Note: "kept note"}},
		{Words{Note: "new"}, Words{Subject: "kept subject", Note: "new"}},
		{Words{Subject: "a", Note: "b"}, Words{Subject: "a", Note: "b"}},
	} {
		if got := test.said.Over(kept); got != test.want {
			t.Errorf("%q over %q: got %q, want %q", test.said, kept, got, test.want)
		}
	}
}
