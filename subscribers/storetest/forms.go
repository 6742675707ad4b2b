package storetest

import (
	"errors"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// aProofKeepsItsForm: which form a reader filled in is kept from the sign-up to the
// reader who has confirmed, and with it the words that stood there, as they were.
func aProofKeepsItsForm(t *testing.T, open Open) {
	s := open(t, Options{})
	first, second := subscribers.FormOf("en\nGet the Quay\n[Subscribe]"), subscribers.FormOf("en\nGet it\n[Subscribe]")
	const blog = "https://blog.quay.example"
	later := evening.AddDate(0, 0, 9)
	for _, up := range []struct {
		address string
		form    subscribers.Form
		at      time.Time
	}{
		{"ana@quay.example", first, evening},
		{"bo@quay.example", first, evening.Add(time.Hour)},
		{"cy@quay.example", subscribers.Form{Version: blog}, evening},
		{"ana@quay.example", second, later},
	} {
		_, err := s.Inbox.Receive(t.Context(), subscribers.SignUp{
			Address: address(t, up.address), At: up.at, Form: up.form,
		}, limits)
		if err != nil {
			t.Fatal(err)
		}
		if n := look(t, s); n != 1 {
			t.Fatalf("%s: %d letters were posted, want 1", up.address, n)
		}
	}
	// Nobody signed up with what a limit kept out.
	kept := subscribers.FormOf("kept out")
	up := subscribers.SignUp{Address: address(t, "di@quay.example"), At: later, Form: kept}
	if delay, err := s.Inbox.Receive(t.Context(), up, subscribers.Limits{}); err != nil || delay.Wait == 0 {
		t.Fatalf("got %+v, %v, want a delay", delay, err)
	}

	s = open(t, Options{})
	for version, want := range map[string]subscribers.Form{
		first.Version:  {Words: first.Words, FirstUsed: evening},
		second.Version: {Words: second.Words, FirstUsed: later},
		blog:           {}, kept.Version: {}, "": {},
	} {
		got, err := s.List.Form(t.Context(), version)
		if got.Words != want.Words || !got.FirstUsed.Equal(want.FirstUsed) ||
			errors.Is(err, digest.ErrNotFound) != (want.Words == "") {
			t.Errorf("form %q: got %+v, %v", version, got, err)
		}
	}
	for a, want := range map[string]string{
		"ana@quay.example": second.Version, "bo@quay.example": first.Version, "cy@quay.example": blog,
	} {
		is := facts(t, s, address(t, a))
		if is.Consent.Form != want || is.Confirmations[len(is.Confirmations)-1].Form != want {
			t.Errorf("%s: before it is confirmed: form %q, letters %+v, want %q", a, is.Consent.Form, is.Confirmations, want)
		}
		if !confirmReader(t, s, is.PublicID, "192.0.2.7", later.Add(time.Minute)) {
			t.Fatalf("%s is not confirmed", a)
		}
		r, err := s.List.Reader(t.Context(), is.PublicID)
		if r.Consent.Form != want || err != nil {
			t.Errorf("%s: got form %q, %v, want %q", a, r.Consent.Form, err, want)
		}
	}
	// One who left and comes back proves it by the form of that day.
	ana := facts(t, s, address(t, "ana@quay.example"))
	unsubscribe(t, s, ana.PublicID, later.Add(time.Hour))
	up = subscribers.SignUp{Address: ana.Address, At: later.AddDate(0, 0, 1), Form: first}
	if _, err := s.Inbox.Receive(t.Context(), up, limits); err != nil || look(t, s) != 1 {
		t.Fatal(err)
	}
	if is := facts(t, s, ana.Address); is.Consent.Form != second.Version {
		t.Errorf("anybody may have asked, but the proof has changed to form %q", is.Consent.Form)
	}
	if !confirmReader(t, s, ana.PublicID, "192.0.2.7", up.At.Add(time.Minute)) ||
		facts(t, s, ana.Address).Consent.Form != first.Version {
		t.Errorf("who came back has the form %q", facts(t, s, ana.Address).Consent.Form)
	}
}
