package digest

import (
	"fmt"
	"testing"
)

func TestReasonsAreAddedUp(t *testing.T) {
	var r Reasons
	for i := range 15 {
		for range i + 1 {
			r.Add(Failed, 550, "", fmt.Sprintf("reason %02d", i), "")
		}
	}
	got := r.Counts()
	total := 0
	for _, one := range got {
		total += one.Readers
	}
	if len(got) != mostReasons+1 || got[0].Readers != 15 || got[0].Why != "reason 14" || total != 15*16/2 {
		t.Errorf("got %d reasons of %d readers: %+v", len(got), total, got)
	}
	if last := got[mostReasons]; last.Why != "other reasons" || last.Step != "" || last.Readers != 1+2+3+4+5 {
		t.Errorf("got %+v", last)
	}
}

func TestAReasonSaysWhatWasSaidMostOften(t *testing.T) {
	var r Reasons
	for i := range 10 * mostSaid {
		r.Add(Failed, 550, "5.1.1", "user unknown", fmt.Sprintf("said %d", i))
		if i%2 == 0 {
			r.Add(Failed, 550, "5.1.1", "user unknown", "said often")
		}
		r.Add(Failed, 550, "5.1.1", "user unknown", "")
	}
	got := r.Counts()
	if len(got) != 1 || got[0].Readers != 25*mostSaid || got[0].Said != "said often" {
		t.Errorf("got %+v", got)
	}
	if n := len(r.said[ReasonCount{Step: Failed, Code: 550, Enhanced: "5.1.1", Why: "user unknown"}]); n > mostSaid {
		t.Errorf("%d different words are held in memory", n)
	}
}

func TestASmallDomainIsNotNamed(t *testing.T) {
	tallies := []DomainTally{
		{Domain: "large.example", Tally: Tally{Opened: 100, Failed: 1, Sent: 99}},
		{Domain: "good.example", Tally: Tally{Opened: 100, Sent: 100}},
		{Domain: "ines-okafor.example", Tally: Tally{Opened: 1, Expired: 1}},
		{Domain: "house.example", Tally: Tally{Opened: fewReaders - 1, Skipped: 2, Sent: 2}},
		{Domain: "", Tally: Tally{Opened: 50, Unknown: 3, Sent: 47}},
	}
	for i := range mostDomains + 1 {
		tally := Tally{Opened: 20, Failed: 10 + i}
		tallies = append(tallies, DomainTally{Domain: fmt.Sprintf("d%02d.example", i), Tally: tally})
	}
	got := DomainsNotSent(tallies)
	if len(got) != mostDomains+1 {
		t.Fatalf("got %+v", got)
	}
	for i, d := range got[:mostDomains] {
		if want := fmt.Sprintf("d%02d.example", mostDomains-i); d.Name != want {
			t.Errorf("number %d is %s, want %s", i, d.Name, want)
		}
	}
	// d00, large, ines-okafor, house, and those who are gone.
	want := DomainCount{Others: 5, Readers: 20 + 100 + 1 + 4 + 50, NotSent: 10 + 1 + 1 + 2 + 3}
	if got[mostDomains] != want {
		t.Errorf("got %+v, want %+v", got[mostDomains], want)
	}
}
