package bounce

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vesper/digest/whole"
	"vesper/subscribers"
)

// collected is a folder of messages that came back, with what they mean in a file
// labels.jsonl. Without it those are read that lie beside the project.
var collected = flag.String("bounces", "", "a folder of bounces with their labels.jsonl")

// label is what is known of a message: the class of each address that it speaks of, or the
// addresses alone.
type label struct {
	File, Act            string
	Expect               []meaning
	Permanent, Temporary []string
}

type meaning struct {
	Act, Reason string
	Address     string `json:"recipient_peer"`
}

// score counts what was read of a set.
type score struct {
	messages, acts, causes, sets, wrongRemoves int
}

// TestCollectedBouncesAreReadAsTheyAreMeant reads three sets, and holds each to what is
// promised of it. Nobody is removed whose label says otherwise.
func TestCollectedBouncesAreReadAsTheyAreMeant(t *testing.T) {
	whole.NotRaced(t)
	if *collected != "" {
		got := read(t, *collected)
		if got.tell(t, *collected); got.wrongRemoves > 0 {
			t.Errorf("%d readers are removed whose label says otherwise", got.wrongRemoves)
		}
		return
	}
	const shared = "../../../shared/data/bounces"
	if _, err := os.Stat(shared); err != nil {
		t.Skip("the collected bounces lie beside the project: ", err)
	}
	for _, c := range []struct {
		set                string
		acts, causes, sets float64 // the least share of its messages
	}{
		{"sisimai", 0.97, 0.85, 0},
		{"flufl", 0, 0, 64.0 / 69},
		{"ours", 1, 0, 0},
	} {
		got := read(t, filepath.Join(shared, c.set))
		all := float64(got.messages)
		got.tell(t, c.set)
		if got.messages == 0 || float64(got.acts) < c.acts*all || float64(got.causes) < c.causes*all ||
			float64(got.sets) < c.sets*all || got.wrongRemoves > 0 {
			t.Errorf("%s: not as promised", c.set)
		}
	}
}

// tell logs how much of a set was read as it is meant.
func (s score) tell(t *testing.T, set string) {
	t.Helper()
	part := func(n int) float64 { return 100 * float64(n) / float64(max(1, s.messages)) }
	t.Logf("%s: of %d messages %d by class (%.1f %%), %d by cause (%.1f %%), %d by addresses (%.1f %%); %d wrong removes",
		set, s.messages, s.acts, part(s.acts), s.causes, part(s.causes), s.sets, part(s.sets), s.wrongRemoves)
}

// TestWrittenBouncesAreReadAsTheyAreMeant reads messages of our own, in the shapes of many
// programs and languages: each asks of the list what it means, and those that only look
// like a dead address remove nobody.
func TestWrittenBouncesAreReadAsTheyAreMeant(t *testing.T) {
	whole.NotRaced(t)
	got := read(t, "testdata/written")
	t.Logf("of %d messages %d by class, %d by cause", got.messages, got.acts, got.causes)
	if got.messages < 300 || got.acts < got.messages || got.wrongRemoves > 0 {
		t.Errorf("%+v: not every one is read as it is meant", got)
	}
}

func read(t *testing.T, folder string) (s score) {
	t.Helper()
	f, err := os.Open(filepath.Join(folder, "labels.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Buffer(nil, 1<<20); lines.Scan(); {
		var l label
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(filepath.Join(folder, l.File))
		if err != nil {
			t.Fatal(err)
		}
		report, err := Read(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		s.messages++
		if l.Permanent != nil || l.Temporary != nil {
			s.addresses(t, l, report)
		} else {
			s.classes(t, l, report)
		}
	}
	return s
}

// classes compares what a message asks of the list for each address.
func (s *score) classes(t *testing.T, l label, report Mail) {
	t.Helper()
	if l.Act != "" {
		l.Expect = []meaning{{Act: l.Act}}
	}
	acts, causes := true, true
	for i, want := range l.Expect {
		var got Recipient
		if report.Kind == Reply {
			got.Cause = subscribers.AutoReply // a person's reply asks no more of the list than a machine's
		}
		if i < len(report.Recipients) {
			got = report.Recipients[i]
		}
		for _, r := range report.Recipients {
			if strings.EqualFold(r.Address, want.Address) {
				got = r
			}
		}
		if string(got.Class()) != want.Act {
			acts = false
			t.Logf("%s, address %d: %s (%s, by %s), want %s %s", l.File, i+1, got.Class(), got.Cause, got.Rule, want.Act,
				want.Reason)
			if got.Class() == subscribers.ClassRemove {
				s.wrongRemoves++
			}
		}
		causes = causes && got.Cause == theirs[want.Reason]
	}
	if acts {
		s.acts++
	}
	if acts && causes {
		s.causes++
	}
}

// addresses compares of whom a message speaks.
func (s *score) addresses(t *testing.T, l label, report Mail) {
	t.Helper()
	var got []string
	for _, r := range report.Recipients {
		if r.Address != "" && report.Kind == Failure {
			got = append(got, r.Address)
		}
		if r.Class() == subscribers.ClassRemove && holds(l.Temporary, r.Address) {
			s.wrongRemoves++
		}
	}
	want := append(l.Permanent, l.Temporary...)
	same := len(got) == len(want)
	for _, a := range want {
		same = same && holds(got, a)
	}
	if same {
		s.sets++
	} else {
		t.Logf("%s: %v, want %v", l.File, got, want)
	}
}

// theirs are the causes by the names of the set's authors.
var theirs = map[string]subscribers.Cause{
	"userunknown": subscribers.UserUnknown, "hostunknown": subscribers.HostUnknown, "hasmoved": subscribers.Moved,
	"mailboxfull": subscribers.MailboxFull, "suspend": subscribers.Suspended, "filtered": subscribers.Filtered,
	"notaccept": subscribers.AcceptsNoMail, "exceedlimit": subscribers.OverLimit, "mesgtoobig": subscribers.TooBig,
	"systemfull": subscribers.SystemFull, "blocked": subscribers.Blocked, "badreputation": subscribers.BadReputation,
	"spamdetected": subscribers.Spam, "policyviolation": subscribers.Policy, "authfailure": subscribers.Authentication,
	"requireptr": subscribers.NoReverseDNS, "rejected": subscribers.SenderRefused,
	"notcompliantrfc": subscribers.NotCompliant, "norelaying": subscribers.NoRelaying,
	"securityerror": subscribers.Security, "virusdetected": subscribers.Virus, "contenterror": subscribers.Content,
	"speeding": subscribers.TooFast, "toomanyconn": subscribers.TooManyAtOnce, "syntaxerror": subscribers.Protocol,
	"failedstarttls": subscribers.NoTLS, "expired": subscribers.TimeOver, "networkerror": subscribers.Network,
	"systemerror": subscribers.System, "mailererror": subscribers.MailProgram, "onhold": subscribers.OnHold,
	"undefined": subscribers.NotSaid, "feedback": subscribers.Complained, "vacation": subscribers.AutoReply,
	"reply": subscribers.AutoReply, "notspam": subscribers.NotSpam,
	"delivered": subscribers.Delivered,
}
