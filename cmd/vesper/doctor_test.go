package main

import (
	"strings"
	"testing"

	"vesper/digest"
	"vesper/digest/whole"
)

func TestDoctorFindsNothingWhereAllIsWell(t *testing.T) {
	t.Parallel()
	whole.NotRaced(t)
	w := newWard(t)
	w.open()
	code, all := w.looks()
	for _, f := range all {
		if f.Result != "ok" && f.Name != "round trip" && f.Name != "leave by mail" &&
			f.Name != "backups" {
			t.Errorf("got %+v", f)
		}
	}
	if code != exitDone || len(all) < 18 {
		t.Errorf("exit status %d, %d findings, want 0 and all", code, len(all))
	}
}

// TestDoctorSaysWhyACheckCantBeMade: who asks for one check alone is told what is in its way,
// and is not told that nothing failed.
func TestDoctorSaysWhyACheckCantBeMade(t *testing.T) {
	t.Parallel()
	for cause, do := range map[string]func(*ward){
		"configuration": func(w *ward) { w.replace("[web]", "[web]\nlisten_to = \"x\"") },
		"database":      onDatabase("PRAGMA user_version = 99"),
	} {
		w := newWard(t)
		do(w)
		w.open()
		code, all := w.looks("pages")
		if code != exitFailed || len(all) < 2 || all[0].Name != cause || all[len(all)-1].Result != "skipped" {
			t.Errorf("%s: exit status %d, got %+v", cause, code, all)
		}
	}
}

// TestDoctorKnowsOfAMailboxForBounces: what comes back is heard where it is looked into.
func TestDoctorKnowsOfAMailboxForBounces(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	w.replace("listen = \"BOUNCES\"", "[bounces.imap]\nhost = \"127.0.0.1\"\nport = 1\ntls = \"none\"\n"+
		"username = \"bounces\"\npassword = \"hunter2\"")
	w.open()
	_, all := w.looks("bounces")
	for _, f := range all {
		if f.Name == "bounces" && (f.Result != "ok" || !strings.Contains(f.Message, "a mailbox at 127.0.0.1")) {
			t.Errorf("got %+v", f)
		}
	}
	if len(all) < 2 {
		t.Errorf("got %+v", all)
	}
}

// breakage is one thing that is broken, and the line that doctor gives for it.
type breakage struct {
	name string
	// do breaks it, before the world is opened.
	do func(w *ward)
	// check is the one that is made, finding the name of what it says.
	check, finding string
	result         digest.Result
	message, hint  string
}

func TestDoctorSaysWhatIsBroken(t *testing.T) {
	t.Parallel()
	said := map[string]string{}
	for _, group := range [][]breakage{
		houseBreakages, relayBreakages, dnsBreakages, dmarcBreakages, pageBreakages,
		inBreakages,
	} {
		for _, b := range group {
			if other := said[b.finding+b.message]; other != "" {
				t.Errorf("%s and %s expect the same line", b.name, other)
			}
			said[b.finding+b.message] = b.name
			t.Run(b.name, func(t *testing.T) {
				// Each group looks in its own way, and side by side; its kinds are one for the race detector.
				if b.name != group[0].name {
					whole.NotRaced(t)
				}
				b.holds(t)
			})
		}
	}
	if len(said) < 40 {
		t.Errorf("%d breakages, want 40", len(said))
	}
}

func (b breakage) holds(t *testing.T) {
	w := newWard(t)
	b.do(w)
	w.open()
	code, all := w.looks(b.check)
	if want := map[digest.Result]int{digest.Fail: exitFailed}[b.result]; code != want {
		t.Errorf("exit status %d, want %d", code, want)
	}
	for _, f := range all {
		// A port or an address follows in the name of a relay and of a feed.
		if strings.HasPrefix(f.Name, strings.TrimSuffix(b.finding,
			"SITE")) && f.Result == string(b.result) && strings.Contains(f.Message, b.message) {
			if b.hint == "" || !strings.Contains(f.Hint, b.hint) {
				t.Errorf("got the hint %q, want %q", f.Hint, b.hint)
			}
			if text := f.Message + f.Hint; strings.Contains(text, "secret") || strings.Contains(text, "evening@") {
				t.Errorf("%q has a secret or an address", text)
			}
			return
		}
	}
	t.Errorf("got %+v, want %s %s %q", all, b.result, b.finding, b.message)
}
