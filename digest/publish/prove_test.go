package publish

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vesper/digest"
)

// proofBook keeps proofs and acts in memory, by the contracts of the seams.
type proofBook struct {
	mu       sync.Mutex
	store    *book
	proofs   []digest.KeptProof
	openings []digest.Opening
	letters  []digest.Letter
	acts     []digest.Act
	// beforeKeep, if set, is called before a proof is kept.
	beforeKeep func()
}

func (s *proofBook) Proofs(_ context.Context, id digest.ID) (all []digest.KeptProof, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, o := range s.openings {
		if o.Edition.ID == id {
			all = append(all, s.proofs[i])
		}
	}
	return all, nil
}

func (s *proofBook) Proof(_ context.Context, key int64) (digest.Opening, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.openings[key-1], nil
}

func (s *proofBook) KeepProof(
	ctx context.Context, o digest.Opening, after int64, letters []digest.Letter, now time.Time,
) error {
	if s.beforeKeep != nil {
		s.beforeKeep()
	}
	all, _ := s.Proofs(ctx, o.Edition.ID)
	r, err := s.store.Record(ctx, o.Edition.ID)
	if err == nil && r.State != digest.Held || len(all) > 0 && all[len(all)-1].Key != after ||
		len(all) == 0 && after != 0 {
		return digest.ErrExists
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.openings = append(s.openings, o)
	s.proofs = append(s.proofs, digest.KeptProof{
		Key: int64(len(s.openings)), Hash: o.Hash(), At: now, Letters: len(letters),
	})
	s.letters = append(s.letters, letters...)
	return nil
}

func (s *proofBook) Act(_ context.Context, a digest.Act, _ string) (was, is digest.Record, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acts = append(s.acts, a)
	for i := range s.proofs {
		if s.proofs[i].Hash == a.Hash {
			s.proofs[i].Approved, s.proofs[i].Approval = a.At, int64(len(s.acts))
		}
	}
	return was, is, nil
}

func (s *proofBook) Acts(context.Context, digest.ID) ([]digest.Act, error) { return s.acts, nil }

// proved is an evening whose editions are proved twenty minutes before their time.
func proved(t *testing.T, approval bool) (*evening, *proofBook) {
	t.Helper()
	v := newEvening(t)
	s := &proofBook{store: v.store}
	v.Slots[0].ProofBefore, v.Slots[0].NeedsApproval = 20*time.Minute, approval
	v.Prover, v.Acts = &Prover{Proofs: s, To: []string{"desk@news.example"}}, s
	v.started()
	return v, s
}

// proves looks for proofs at a time of a day, and says how many letters there are then.
func (v *evening) proves(t *testing.T, s *proofBook, day, hour, minute, want int) {
	t.Helper()
	v.now = time.Date(2026, 11, day, hour, minute, 0, 0, v.Zone)
	v.proveDue(t.Context())
	if len(s.letters) != want {
		t.Errorf("at %d:%02d there are %d letters, want %d", hour, minute, len(s.letters), want)
	}
}

func TestAnEditionIsProvedOnceBeforeItsTimeAndAgainWhereItDiffers(t *testing.T) {
	v, s := proved(t, false)
	v.write("Night trains return")
	v.proves(t, s, 20, 17, 39, 0)
	v.proves(t, s, 20, 17, 40, 1)
	v.proves(t, s, 20, 17, 41, 1)
	v.write("Libraries open late")
	v.proves(t, s, 20, 17, 44, 1) // not twice in five minutes
	v.proves(t, s, 20, 17, 45, 2)
	if letter := string(s.letters[1].Bytes); !strings.Contains(letter, "new, number 1: Libraries open late") {
		t.Error("the second proof does not say what differs")
	}
	// A clock that goes back, and another process, mail nothing again.
	v.proves(t, s, 20, 17, 41, 2)
	other := v.publisher(t)
	other.Slots, other.Prover = v.Slots, v.Prover
	other.proveDue(t.Context())
	v.write("Too late for a proof")
	v.at(t, 20, 18, 0)
	v.proves(t, s, 20, 18, 5, 2)
	v.expect(t, "2026-11-20-evening done sent=2")
}

func TestAProofOfAnotherProcessIsNotMailedTwice(t *testing.T) {
	v, s := proved(t, false)
	v.write("Night trains return")
	s.beforeKeep = func() {
		s.beforeKeep = nil
		v.proveDue(t.Context())
	}
	v.proves(t, s, 20, 17, 50, 1)
}

func TestAnEditionThatIsHeldIsProvedAndOneThatIsOverIsNot(t *testing.T) {
	v, s := proved(t, false)
	v.write("Night trains return")
	held := digest.Record{ID: on(20), State: digest.Held, Reason: "by maria"}
	v.store.editions = append(v.store.editions, &edition{Record: held})
	v.proves(t, s, 20, 17, 40, 1)
	if !strings.Contains(string(s.letters[0].Bytes), "It is held by maria") {
		t.Error("the proof does not say that it is held")
	}
	v.write("Libraries open late")
	v.proves(t, s, 20, 19, 0, 2)
	missed := digest.Record{ID: on(21), State: digest.Missed, Reason: "cancelled by maria"}
	v.store.editions = append(v.store.editions, &edition{Record: missed})
	v.proves(t, s, 21, 17, 50, 2)
}

func TestADeskThatIsBrokenAtTheProofIsAnAlarmAndTheEditionGoes(t *testing.T) {
	v, s := proved(t, false)
	v.write("Night trains return")
	v.desk.err = errors.New("the desk is not mounted")
	v.proves(t, s, 20, 17, 40, 0)
	alarms := func() (said []string) {
		all, err := v.proofAlarms(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range all {
			said = append(said, string(a.Kind)+": "+a.Reason)
		}
		return said
	}
	if got := alarms(); len(got) != 1 || got[0] != "proof: the proof can't be made: the desk is not mounted" {
		t.Errorf("got %q", got)
	}
	v.desk.err, v.desk.flaws = nil, []*digest.Flaw{{File: "harbour.txt", Line: 3, Problem: "it has no Quick Looks"}}
	v.proves(t, s, 20, 17, 41, 1)
	if got := alarms(); len(got) != 1 || !strings.Contains(got[0], "harbour.txt:3") {
		t.Errorf("got %q", got)
	}
	// A letter that the relay does not take is said after two minutes.
	v.now = v.now.Add(3 * time.Minute)
	if got := alarms(); len(got) != 2 || got[1] != "proof: the proof waits for the relay since 17:41 CET" {
		t.Errorf("got %q", got)
	}
	v.at(t, 20, 18, 0)
	v.expect(t, "2026-11-20-evening done sent=2")
	if got := alarms(); len(got) != 0 {
		t.Errorf("got %q", got)
	}
}

func TestWhatWasApprovedGoesWhateverTheDeskHasByThen(t *testing.T) {
	v, s := proved(t, true)
	v.write("Night trains return")
	act := digest.Act{Edition: on(20), By: "maria"}
	if _, err := v.Approve(t.Context(), act, "", false); err == nil {
		t.Error("it was approved before its proof")
	}
	v.proves(t, s, 20, 17, 40, 1)
	version, err := v.Approve(t.Context(), act, "", false)
	if err != nil || version != s.proofs[0].Hash {
		t.Fatal(version, err)
	}
	v.write("Libraries open late")
	v.store.pins = map[string][]string{"evening": {"Libraries open late"}}
	if _, err := v.Approve(t.Context(), act, "", false); err == nil {
		t.Error("a desk that has changed was approved unseen")
	}
	v.proves(t, s, 20, 17, 50, 2)
	v.at(t, 20, 18, 0)
	v.expect(t, "2026-11-20-evening done sent=2")
	e, err := v.store.byID(on(20))
	if err != nil || e.opening.Hash() != version || len(e.opening.Edition.Articles) != 1 {
		t.Errorf("another version went: %v, %v", e.opening.Edition.Articles, err)
	}
}

func TestWhatNobodyApprovesWaitsAndIsMissed(t *testing.T) {
	v, s := proved(t, true)
	v.write("Night trains return")
	v.at(t, 20, 18, 0)
	v.expect(t)
	// A service that comes late proves it, and it goes at once when it is approved.
	v.proves(t, s, 20, 18, 30, 1)
	all, err := v.proofAlarms(t.Context())
	if err != nil || !slices.ContainsFunc(all, func(a digest.Alarm) bool { return a.Kind == digest.AlarmHeld }) {
		t.Errorf("got %+v, %v", all, err)
	}
	act := digest.Act{Edition: on(20), By: "tom"}
	if _, err := v.Approve(t.Context(), act, s.proofs[0].Hash.String(), false); err != nil {
		t.Fatal(err)
	}
	v.at(t, 20, 18, 31)
	v.expect(t, "2026-11-20-evening done sent=2")
	v.write("Libraries open late")
	v.at(t, 21, 22, 1)
	v.expect(t, "2026-11-20-evening done sent=2", "2026-11-21-evening missed sent=0")
	if r, _ := v.store.Record(t.Context(), on(21)); !strings.HasPrefix(r.Reason, "nobody has approved it within") {
		t.Errorf("got %q", r.Reason)
	}
}

// TestAnApprovalIsNoneWhereItsStoryIsPrintedMeanwhile: no story is printed twice, and a paper
// that was numbered meanwhile has the next number.
func TestAnApprovalIsNoneWhereItsStoryIsPrintedMeanwhile(t *testing.T) {
	v, s := proved(t, true)
	v.write("Night trains return")
	v.proves(t, s, 20, 17, 40, 1)
	if _, err := v.Approve(t.Context(), digest.Act{Edition: on(20), By: "tom"}, "", false); err != nil {
		t.Fatal(err)
	}
	morning := digest.ID{Date: on(20).Date, Slot: "morning", Sequence: 1}
	v.store.editions = append(v.store.editions, &edition{
		Record:  digest.Record{ID: morning, State: digest.Missed},
		opening: digest.Opening{Edition: digest.Edition{ID: morning, Articles: s.openings[0].Edition.Articles}},
	})
	v.at(t, 20, 18, 0)
	if _, err := v.store.Record(t.Context(), on(20)); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("it was decided: %v", err)
	}
}

// A day with too few articles has nothing to approve: it is a quiet one, and no missed one.
func TestAQuietDayNeedsNoApproval(t *testing.T) {
	v, _ := proved(t, true)
	v.Slots[0].MinArticles = 2
	v.write("Night trains return")
	v.at(t, 20, 18, 0)
	v.expect(t, "2026-11-20-evening empty sent=0")
}

// An alarm says that an edition waits although somebody has approved a version of it.
func TestThereIsAnAlarmWhereAnApprovalIsNoneAnyMore(t *testing.T) {
	v, s := proved(t, true)
	v.write("Night trains return")
	v.write("Libraries open late")
	v.proves(t, s, 20, 17, 40, 1)
	if _, err := v.Approve(t.Context(), digest.Act{Edition: on(20), By: "tom"}, "", false); err != nil {
		t.Fatal(err)
	}
	held := func() []digest.Alarm {
		all, err := v.proofAlarms(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return slices.DeleteFunc(all, func(a digest.Alarm) bool { return a.Kind != digest.AlarmHeld })
	}
	extra := digest.ID{Date: on(20).Date, Slot: "extra", Sequence: 1}
	v.store.editions = append(v.store.editions, &edition{
		Record:  digest.Record{ID: extra, State: digest.Missed},
		opening: digest.Opening{Edition: digest.Edition{ID: extra, Articles: s.openings[0].Edition.Articles[:1]}},
	})
	if got := held(); len(got) > 0 {
		t.Errorf("before its time: %+v", got)
	}
	v.at(t, 20, 18, 0)
	if got := held(); len(got) != 1 || !strings.Contains(got[0].Reason, "edition 2026-11-20-extra has printed") {
		t.Errorf("got %+v", got)
	}
	// And the next proof does not say that what was approved goes.
	v.proves(t, s, 20, 18, 10, 2)
	all, err := s.Proofs(t.Context(), on(20))
	if err != nil {
		t.Fatal(err)
	}
	said, err := v.remarks(t.Context(), Decision{
		Slot: v.Slots[0], Edition: s.openings[1].Edition, Due: time.Date(2026, 11, 20, 18, 0, 0, 0, v.Zone),
	}, s.openings[1], all)
	if err != nil || !strings.Contains(strings.Join(said, " "), "if somebody approves it") {
		t.Errorf("the proof says %q, %v", said, err)
	}
}
