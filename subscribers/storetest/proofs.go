package storetest

import (
	"errors"
	"testing"
	"time"

	"vesper/digest"
)

// prove keeps a proof of the first edition with this subject, after the one with a key.
func prove(t testing.TB, s Store, subject string, after int64, letters ...digest.Letter) (digest.ContentHash, error) {
	t.Helper()
	o := Opening(0)
	o.Messages[0].Subject = subject
	return o.Hash(), s.Book.KeepProof(t.Context(), o, after, letters, evening)
}

func proofs(t testing.TB, s Store) []digest.KeptProof {
	t.Helper()
	all, err := s.Book.Proofs(t.Context(), Opening(0).Edition.ID)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// aProofIsMailedOnce: with its letters or not at all, and never beside another one.
func aProofIsMailedOnce(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	letter := digest.Letter{Kind: digest.Proof, Address: "desk@news.example", Bytes: []byte("Subject: a proof\r\n\r\n")}
	hash, err := prove(t, s, "first", 0, letter, letter)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := prove(t, s, "second", 0, letter); !errors.Is(err, digest.ErrExists) {
		t.Errorf("got %v, want ErrExists", err)
	}
	all := proofs(t, s)
	if len(all) != 1 || all[0].Hash != hash || all[0].Letters != 2 || all[0].Waiting() != 2 || !all[0].At.Equal(evening) {
		t.Fatalf("got %+v", all)
	}
	act(t, s, 0, digest.Hold)
	if _, err := prove(t, s, "second", all[0].Key); err != nil {
		t.Errorf("one that is held can't be proved: %v", err)
	}
	act(t, s, 0, digest.Release)
	mustOpen(t, s, 0)
	last := proofs(t, s)[1]
	if _, err := prove(t, s, "third", last.Key, letter); !errors.Is(err, digest.ErrExists) {
		t.Errorf("got %v for one that is open, want ErrExists", err)
	}
	if _, err := s.Book.Proof(t.Context(), all[0].Key); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound: it is neither the last nor approved", err)
	}
}

// whatWasApprovedIsKept as it was, whatever is proved later, and the last approval counts.
func whatWasApprovedIsKept(t *testing.T, open Open) {
	s := open(t, Options{})
	id := Opening(0).Edition.ID
	approve := func(hash digest.ContentHash, at time.Time) error {
		_, is, err := s.Book.Act(t.Context(), digest.Act{
			Edition: id, Kind: digest.Approve, By: "maria", Hash: hash, At: at,
		}, "")
		if err == nil && is.State != digest.Due {
			t.Errorf("it is %s", is.State)
		}
		return err
	}
	first, err := prove(t, s, "first", 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := approve(first, evening); err != nil {
		t.Fatal(err)
	}
	if err := approve(first, evening); !errors.Is(err, digest.ErrUnchanged) {
		t.Errorf("got %v, want ErrUnchanged", err)
	}
	key := int64(0)
	for _, subject := range []string{"second", "third"} {
		key = proofs(t, s)[len(proofs(t, s))-1].Key
		if _, err := prove(t, s, subject, key); err != nil {
			t.Fatal(err)
		}
	}
	second := proofs(t, s)[1].Hash
	if err := approve(second, evening); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("got %v for a version that is gone, want ErrNotFound", err)
	}
	approved, ok := digest.Approved(proofs(t, s))
	if !ok || approved.Hash != first || !approved.Approved.Equal(evening) {
		t.Errorf("got %+v", approved)
	}
	o, err := s.Book.Proof(t.Context(), approved.Key)
	if err != nil || o.Hash() != first || o.Messages[0].Subject != "first" || len(o.Edition.Articles) == 0 {
		t.Errorf("got %+v, %v", o.Edition, err)
	}
	third := proofs(t, s)[2].Hash
	if err := approve(third, evening.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if approved, _ := digest.Approved(proofs(t, s)); approved.Hash != third {
		t.Errorf("%s is approved, want %s", approved.Hash, third)
	}
	// Tomorrow's proof is tomorrow's.
	next := Opening(1)
	if err := s.Book.KeepProof(t.Context(), next, 0, nil, evening); err != nil {
		t.Fatal(err)
	}
	approved, _ = digest.Approved(proofs(t, s))
	if o, err := s.Book.Proof(t.Context(), approved.Key); err != nil || o.Hash() != third {
		t.Errorf("the approved version is gone with the next day's proof: %v", err)
	}
	acts, err := s.Book.Acts(t.Context(), id)
	if len(acts) != 2 || err != nil || acts[0].Hash != first || acts[1].Hash != third {
		t.Errorf("got %+v, %v", acts, err)
	}
}

// approvalsEndWithACancel: what a lawyer stopped does not go by an approval from before.
func approvalsEndWithACancel(t *testing.T, open Open) {
	s := open(t, Options{})
	id := Opening(0).Edition.ID
	hash, err := prove(t, s, "first", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []digest.ActKind{digest.Approve, digest.Cancel} {
		act := digest.Act{Edition: id, Kind: kind, By: "maria", Hash: hash, At: evening}
		if _, _, err := s.Book.Act(t.Context(), act, "Evening Edition"); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Book.Forget(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if approved, ok := digest.Approved(proofs(t, s)); ok {
		t.Errorf("%s is approved still", approved.Hash)
	}
}
