package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// traces wants clues to lead to a report's reader and edition, by a proof.
func traces(t testing.TB, s Store, c subscribers.Clues, want subscribers.Found) {
	t.Helper()
	got, err := s.Reports.Trace(t.Context(), c)
	if got != want || err != nil {
		t.Errorf("%+v: got %+v, %v, want %+v", c, got, err, want)
	}
}

// deliveries gives what is owed of an edition, by subscriber.
func deliveries(t testing.TB, s Store, number uint32) map[int64]digest.Delivery {
	t.Helper()
	all := map[int64]digest.Delivery{}
	for _, d := range owed(t, s.Ledger(number), evening.AddDate(1, 0, 0)) {
		all[d.Key] = d
	}
	return all
}

func aTokenProvesReaderAndEdition(t *testing.T, open Open) {
	s := open(t, Options{})
	rs := addReaders(t, s, 2)
	first := mustOpen(t, s, 0)
	of := deliveries(t, s, first)
	sendAll(t, s, first, evening)
	id, err := s.List.Rotate(t.Context(), evening)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.List.Retire(t.Context(), id-3, evening); err == nil {
		t.Log("the first key is retired")
	}
	token, other := of[rs[0].ID].ReturnPath, of[rs[1].ID].ReturnPath
	want := subscribers.Found{Proof: subscribers.ByReturnPath, Subscriber: rs[0].ID, Edition: first}
	traces(t, s, subscribers.Clues{Tokens: []string{strings.ToUpper(token), other}}, want)
	for address, other := range map[string]bool{
		rs[0].Address.String(): false, rs[1].Address.String(): true, "no address": false,
	} {
		want.Other = other
		traces(t, s, subscribers.Clues{Tokens: []string{token}, Address: address}, want)
	}
	broken := []byte(token)
	broken[20] ^= 1
	traces(t, s, subscribers.Clues{Tokens: []string{string(broken), strings.Repeat("a", 36)}}, subscribers.Found{})
	key, err := s.List.SigningKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	traces(t, s, subscribers.Clues{Tokens: []string{key.LetterReturnPath(rs[1].PublicID)}},
		subscribers.Found{Proof: subscribers.ByReturnPath, Subscriber: rs[1].ID})
	link := subscribers.Found{Proof: subscribers.ByLink, Subscriber: rs[0].ID}
	links := []string{of[rs[0].ID].Unsubscribe}
	traces(t, s, subscribers.Clues{Links: links}, link)
	link.Edition = first
	traces(t, s, subscribers.Clues{Links: links, MessageIDs: []string{of[rs[0].ID].MessageID + "@news.example"}}, link)
	traces(t, s, subscribers.Clues{Links: []string{of[rs[0].ID].Preferences}}, subscribers.Found{})
}

func aTokenOfWhatWasNotSentProvesNothing(t *testing.T, open Open) {
	s := open(t, Options{})
	r := addReaders(t, s, 1)[0]
	n := mustOpen(t, s, 0)
	d := deliveries(t, s, n)[r.ID]
	clues := subscribers.Clues{Tokens: []string{d.ReturnPath}}
	traces(t, s, clues, subscribers.Found{})
	byID := subscribers.Clues{Address: r.Address.String(), MessageIDs: []string{d.MessageID + "@x"}}
	traces(t, s, byID, subscribers.Found{})
	key, err := s.List.SigningKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	traces(t, s, subscribers.Clues{Tokens: []string{key.ReturnPath(r.PublicID, n+1)}}, subscribers.Found{})
	sendAll(t, s, n, evening)
	traces(t, s, clues, subscribers.Found{Proof: subscribers.ByReturnPath, Subscriber: r.ID, Edition: n})
}

func aMessageIDProvesWhoHasTheAddress(t *testing.T, open Open) {
	s := open(t, Options{})
	tagged := addReader(t, s, "Ana.Lima+paper@Quay.example")
	addReader(t, s, "ben@quay.example")
	sendDay(t, s, 0)
	n := mustOpen(t, s, 1)
	id := deliveries(t, s, n)[tagged.ID].MessageID + "@news.example"
	sendAll(t, s, n, Opening(1).At)
	want := subscribers.Found{Proof: subscribers.ByMessageID, Subscriber: tagged.ID, Edition: n}
	for _, address := range []string{
		"Ana.Lima+paper@Quay.example", "ana.lima+PAPER@quay.example", "ana.lima@quay.example",
	} {
		traces(t, s, subscribers.Clues{Address: address, MessageIDs: []string{"other@x", strings.ToUpper(id)}}, want)
	}
	traces(t, s, subscribers.Clues{Address: "ben@quay.example", MessageIDs: []string{id}}, subscribers.Found{})
	traces(t, s, subscribers.Clues{MessageIDs: []string{id}}, subscribers.Found{})
}

func aRedactedComplaintIsFoundByItsDate(t *testing.T, open Open) {
	s := open(t, Options{})
	rs := addReaders(t, s, 30)
	sendDay(t, s, 0)
	n := mustOpen(t, s, 1)
	id := deliveries(t, s, n)[rs[17].ID].MessageID + "@news.example"
	sendAll(t, s, n, Opening(1).At)
	at := Opening(1).At
	want := subscribers.Found{Proof: subscribers.ByMessageID, Subscriber: rs[17].ID, Edition: n}
	for _, c := range []struct {
		sent time.Time
		want subscribers.Found
	}{
		{at, want},
		{at.Add(70 * time.Hour), want},
		{at.Add(-70 * time.Hour), want},
		{at.Add(80 * time.Hour), subscribers.Found{}},
	} {
		traces(t, s, subscribers.Clues{MessageIDs: []string{id}, Sent: c.sent}, c.want)
	}
	// Somebody to whom the reader's mail is passed on has another address.
	want.Other = true
	traces(t, s, subscribers.Clues{Address: "ana@quay.example", MessageIDs: []string{id}, Sent: at}, want)
}

func aQueuesNameProvesWhoHasTheAddress(t *testing.T, open Open) {
	s := open(t, Options{})
	rs := addReaders(t, s, 2)
	n := sendDay(t, s, 0)
	names := []string{"", "x", "q1.1"}
	want := subscribers.Found{Proof: subscribers.ByQueueID, Subscriber: rs[0].ID, Edition: n}
	traces(t, s, subscribers.Clues{Address: rs[0].Address.String(), QueueIDs: names}, want)
	traces(t, s, subscribers.Clues{Address: rs[1].Address.String(), QueueIDs: names}, subscribers.Found{})
	traces(t, s, subscribers.Clues{Address: rs[1].Address.String(), QueueIDs: []string{""}}, subscribers.Found{})
	traces(t, s, subscribers.Clues{QueueIDs: names}, subscribers.Found{})
}

func anAddressAloneProvesNothing(t *testing.T, open Open) {
	s := open(t, Options{})
	r := addReaders(t, s, 1)[0]
	sendDay(t, s, 0)
	c := subscribers.Clues{Address: r.Address.String()}
	traces(t, s, c, subscribers.Found{})
	c.Verified = true
	traces(t, s, c, subscribers.Found{Proof: subscribers.ByWebhookSecret, Subscriber: r.ID})
	traces(t, s, subscribers.Clues{Address: "ana@quay.example", Verified: true}, subscribers.Found{})
	traces(t, s, subscribers.Clues{Address: "no address", Verified: true}, subscribers.Found{})
}

func ofAReaderWhoIsGoneNoAddressIsKept(t *testing.T, open Open) {
	s := open(t, Options{})
	rs := addReaders(t, s, 2)
	n := mustOpen(t, s, 0)
	d := deliveries(t, s, n)[rs[0].ID]
	sendAll(t, s, n, evening)
	if found, err := s.List.Erase(t.Context(), rs[0].Address, evening); !found || err != nil {
		t.Fatal(found, err)
	}
	traces(t, s, subscribers.Clues{Tokens: []string{d.ReturnPath}},
		subscribers.Found{Proof: subscribers.ByReturnPath, Edition: n})
	// A provider tells of the message by its Message-ID, or by the name that it gave.
	c := subscribers.Clues{Address: rs[0].Address.String(), Verified: true, Sent: evening}
	traces(t, s, c, subscribers.Found{})
	c.QueueIDs = []string{fmt.Sprintf("q%d.%d", n, rs[0].ID)}
	traces(t, s, c, subscribers.Found{Proof: subscribers.ByQueueID, Edition: n})
	c.Verified = false
	traces(t, s, c, subscribers.Found{})
	c.Verified, c.MessageIDs = true, []string{d.MessageID + "@news.example"}
	traces(t, s, c, subscribers.Found{Proof: subscribers.ByMessageID, Edition: n})
	c.MessageIDs = []string{"another@news.example"}
	traces(t, s, c, subscribers.Found{})
	record(t, s, report("token", 0, n, evening), unproven("address", "Reader1@news.example", evening))
	weighAll(t, s, evening)
	for _, r := range reports(t, s, subscribers.ReportFilter{}) {
		raw, err := s.Reports.Raw(t.Context(), r.ID)
		if r.Address != "" || raw != nil || err != nil || r.Subscriber != 0 || r.Diagnostic != "" ||
			r.Key == "token" && r.Edition != n {
			t.Errorf("got %+v with %q, %v", r, raw, err)
		}
	}
	if sums, err := s.Reports.ReportSums(t.Context(), n); sums.Bounced != 1 || err != nil {
		t.Errorf("got %+v, %v", sums, err)
	}
}
