package main

import (
	"strings"
	"testing"
	"time"

	"vesper/digest"
)

func TestDoctorSaysWhichMachinesAreNotWell(t *testing.T) {
	serving := func(host string) digest.Machine {
		return digest.Machine{
			Owner: host, Host: host, Role: "serve", Alive: true, Alike: digest.Alike("").With("[delivery]", "a"),
		}
	}
	well, other := serving("one"), serving("two")
	other.Since = well.Since.Add(time.Hour)
	silent, unfit, differs, drained, hand := other, other, other, other, other
	silent.Alive, silent.Silent = false, time.Minute
	unfit.Unfit = "its clock is wrong"
	differs.Alike = digest.Alike("").With("[delivery]", "b")
	drained.Alive, drained.Drained = false, true
	hand.Role, hand.Alive = "by hand", false
	for name, c := range map[string]struct {
		all  []digest.Machine
		want string
	}{
		"none":          {nil, ""},
		"all are well":  {[]digest.Machine{well, other}, "2 services, all alike"},
		"one is silent": {[]digest.Machine{well, silent}, "two was not heard of for 1m0s, and nobody stopped it"},
		"it is back":    {[]digest.Machine{well, other, silent}, "2 services, all alike"},
		"one is unfit":  {[]digest.Machine{well, unfit}, "two does no part of the editions: its clock is wrong"},
		"one differs": {
			[]digest.Machine{well, differs}, "the configuration of two differs from that of one: [delivery]",
		},
		"one was told to leave": {[]digest.Machine{well, drained}, "1 service, all alike"},
		"somebody sent by hand": {[]digest.Machine{well, hand}, "1 service, all alike"},
	} {
		t.Run(name, func(t *testing.T) {
			var f findings
			f.among(c.all)
			if got := texts(f); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestDoctorSaysHowTheClockStandsToPostgreSQLs(t *testing.T) {
	for ahead, want := range map[time.Duration]string{
		0: "", 30 * time.Second: "", 10 * time.Minute: "the clock is 10m0s behind PostgreSQL's",
		-31 * time.Second: "the clock is 31s ahead of PostgreSQL's",
	} {
		var f findings
		f.clockBeside(ahead)
		if got, _, _ := strings.Cut(texts(f), ":"); got != want {
			t.Errorf("PostgreSQL's is %s ahead: got %q, want %q", ahead, got, want)
		}
	}
}

func texts(f findings) string {
	var all []string
	for _, one := range f.all {
		all = append(all, one.Message)
	}
	return strings.Join(all, "; ")
}
