package main

import (
	"slices"
	"testing"
	"time"

	"vesper/digest"
)

func TestAMachineThatIsGoneOrDoesNothingIsAnAlarm(t *testing.T) {
	lives := func(host string) digest.Machine {
		return digest.Machine{Host: host, Place: "/var/lib/vesper", Role: "serve", Alive: true}
	}
	gone := lives("db2")
	gone.Alive, gone.Silent = false, 3*time.Minute
	anew := gone
	anew.Silent = time.Minute
	drained := gone
	drained.Drained = true
	byHand := gone
	byHand.Role = "by hand"
	unfit := lives("db2")
	unfit.Unfit, unfit.UnfitFor = "the relay refuses it", 11*time.Minute
	moment := unfit
	moment.UnfitFor = 9 * time.Minute
	also := unfit
	also.Host = "db1"
	late := lives("db2")
	late.Ahead = -time.Minute
	later := lives("db1")
	later.Ahead = time.Minute
	const machine, clock = digest.AlarmMachine, digest.AlarmClock
	for name, c := range map[string]struct {
		all  []digest.Machine
		want []digest.AlarmKind
	}{
		"all is well":                  {[]digest.Machine{lives("db1"), lives("db2")}, nil},
		"one is gone":                  {[]digest.Machine{lives("db1"), gone}, []digest.AlarmKind{machine}},
		"it begins anew":               {[]digest.Machine{lives("db1"), anew}, nil},
		"it is back":                   {[]digest.Machine{lives("db1"), lives("db2"), gone}, nil},
		"it was drained":               {[]digest.Machine{lives("db1"), drained}, nil},
		"it was a command":             {[]digest.Machine{lives("db1"), byHand}, nil},
		"one does nothing":             {[]digest.Machine{lives("db1"), unfit}, []digest.AlarmKind{machine}},
		"one did nothing for a moment": {[]digest.Machine{lives("db1"), moment}, nil},
		"all do nothing":               {[]digest.Machine{also, unfit}, nil},
		"one clock is off":             {[]digest.Machine{lives("db1"), late}, nil},
		"the server's clock is off":    {[]digest.Machine{later, late}, []digest.AlarmKind{clock}},
	} {
		var got []digest.AlarmKind
		for _, a := range machineAlarms(c.all) {
			if got = append(got, a.Kind); a.Kind == machine && a.About != "db2" {
				t.Errorf("%s: it is about %s", name, a.About)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

func TestMachinesWithOtherConfigurationsAreAnAlarm(t *testing.T) {
	was := digest.Alike("").With("base_url", "a1").With("[dkim]", "b1")
	at := func(host string, began time.Duration, alike digest.Alike) digest.Machine {
		return digest.Machine{
			Owner: host, Host: host, Role: "serve", Alive: true, Alike: alike,
			Since: time.Unix(0, 0).Add(began), Beat: time.Unix(0, 0).Add(time.Hour),
		}
	}
	first, rotated := at("db1", 0, was), digest.Alike("").With("base_url", "a1").With("[dkim]", "b2")
	for name, c := range map[string]struct {
		other digest.Machine
		want  string
	}{
		"all is alike":             {at("db2", time.Minute, was), ""},
		"another key":              {at("db2", time.Minute, rotated), "its configuration differs from that of db1: [dkim]"},
		"changed a moment ago":     {at("db2", 58*time.Minute, rotated), ""},
		"an older program's":       {at("db2", time.Minute, ""), ""},
		"a newer one's knows more": {at("db2", time.Minute, was.With("[next]", "c1")), ""},
	} {
		got := ""
		for _, a := range unlikeAlarms([]digest.Machine{c.other, first}) {
			got += a.Reason
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// Where every machine found itself unfit by the server's clock, nobody would do anything.
func TestAWrongClockOfTheServerStopsNobody(t *testing.T) {
	now := time.Now()
	heard := digest.Heard{Machines: 2, Clock: now.Add(time.Minute)}
	if isLate(heard, now) {
		t.Error("a machine is unfit although no clock agrees with the server's")
	}
	heard.Timely = 1
	if !isLate(heard, now) {
		t.Error("a machine whose own clock is wrong is fit")
	}
}
