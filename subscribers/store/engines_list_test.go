package store

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// one draws one of these.
func one[V any](h *engines, of ...V) V { return of[h.IntN(len(of))] }

// often is true that many times in a hundred.
func (h *engines) often(percent int) bool { return h.IntN(100) < percent }

// anyAddress draws one of few addresses, so that acts meet, in one of its spellings.
func (h *engines) anyAddress() subscribers.Address {
	h.t.Helper()
	n := h.IntN(40)
	local := one(h, "reader%d", "Reader%d", "reader%d", "reader%d+news")
	domain := []string{"paper.example", "news.example", "bücher.example", "gmail.com"}[n%4]
	return address(h.t, fmt.Sprintf(local, n)+"@"+domain)
}

// anyReader draws a reader who is there, or none.
func (h *engines) anyReader() subscribers.Subscriber {
	h.t.Helper()
	all := h.everybody()
	if len(all) == 0 || h.often(3) {
		return subscribers.Subscriber{PublicID: 7, ID: 9999, Address: h.anyAddress()}
	}
	return all[h.IntN(len(all))]
}

func (h *engines) everybody() (all []subscribers.Subscriber) {
	h.t.Helper()
	for s, err := range h.file.List().Subscribers(h.t.Context()) {
		if err != nil {
			h.t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

func (h *engines) choices() subscribers.Preferences {
	p := subscribers.Preferences{
		Evenings: subscribers.Evenings(1 + h.IntN(127)), Variant: one(h, digest.Designed, digest.Plain),
		Timezone: one(h, "", "", "America/New_York", "Asia/Tokyo"),
	}
	if h.often(70) {
		p.Evenings = subscribers.EveryEvening
	}
	if h.often(20) {
		p.Slots = one(h, []string{"evening"}, []string{"morning"}, []string{"evening", "morning"})
	}
	if h.often(15) {
		p.PausedUntil = h.now.AddDate(0, 0, h.IntN(9)-2).Format(time.DateOnly)
	}
	return p
}

func (h *engines) newReader() subscribers.Subscriber {
	s := subscribers.Subscriber{
		Address: h.anyAddress(), Name: one(h, "", "Ana", "Šime Đ. O'Brien", "名前"), Preferences: h.choices(),
		Status: one(h, subscribers.Active, subscribers.Active, subscribers.Unconfirmed),
	}
	if h.often(30) {
		s.Tags = one(h, []string{"press"}, []string{"press", "VIP"}, []string{"a b", "ž"})
	}
	if h.often(30) {
		s.Created, s.Confirmed = h.now.AddDate(0, 0, -9), h.now.AddDate(0, 0, -8)
	}
	return s
}

// anyRow is a row of a file, which may say of a reader what it likes.
func (h *engines) anyRow(line int) subscribers.Row {
	s := h.newReader()
	r := subscribers.Row{Line: line, Keep: h.often(50)}
	switch h.IntN(6) {
	case 0:
		s.Status, s.Suppressions = subscribers.Suppressed, []string{one(h, subscribers.Reasons...)}
	case 1:
		s.Status, s.Suppressions = subscribers.Unsubscribed, []string{subscribers.ByReader}
		s.Left = h.now.AddDate(0, 0, -1)
	}
	s.Provenance = subscribers.Provenance{Source: "old.csv", SHA256: "aa", Row: line}
	r.Subscriber = s
	return r
}

func (h *engines) letter(to subscribers.Address, kind digest.LetterKind) digest.Letter {
	return digest.Letter{
		Kind: kind, Address: to.Mailbox(), ReturnPath: one(h, "", "back+t0k3n@post.example"),
		Bytes: fmt.Appendf(nil, "To: %s\r\n\r\nHello %d", to.Mailbox(), h.IntN(1000)),
	}
}

func (h *engines) from() string {
	return one(h, "", "192.0.2.1", "192.0.2.9", "2001:db8::7", "198.51.100.1")
}

// publicID is a number for a row that has none yet.
func (h *engines) publicID() uint64 { return h.Uint64()>>1 | 1<<40 }

// listActs are all that is done to the list of readers.
func (h *engines) listActs() []func() {
	ctx := h.t.Context()
	return []func(){
		h.adds, h.adds, h.adds, h.imports, h.signsUp, h.signsUp, h.typesIn, h.looksIntoInbox, h.confirms, h.confirms,
		h.leaves, h.leaves, h.moves, h.edits, h.edits, h.suppresses, h.removes, h.rotates,
		func() {
			before := h.now.Add(-time.Duration(h.IntN(5)) * 24 * time.Hour)
			both(h, "expire", func(s *File) (int, error) { return s.List().Expire(ctx, before) })
		},
		func() {
			r, p := h.anyReader(), h.choices()
			h.does("prefer "+r.Address.String(), func(s *File) error { return s.List().Prefer(ctx, r.PublicID, p) })
		},
		func() {
			if a := h.anyAddress(); h.often(30) {
				both(h, "erase "+a.String(), func(s *File) (bool, error) { return s.List().Erase(ctx, a, h.now) })
			}
		},
	}
}

func (h *engines) adds() {
	r := h.newReader()
	both(h, "add "+r.Address.String(), func(s *File) (bool, error) {
		_, added, err := s.List().Add(h.t.Context(), r, h.now)
		return added, err
	})
}

func (h *engines) imports() {
	var all []subscribers.Row
	for i := range 1 + h.IntN(9) {
		all = append(all, h.anyRow(i+1))
	}
	both(h, "plan", func(s *File) (subscribers.Counts, error) {
		return s.List().EnrolPlan(h.t.Context(), slices.Values(all))
	})
	both(h, "import", func(s *File) (subscribers.Counts, error) {
		return s.List().EnrolAll(h.t.Context(), slices.Values(all), h.now)
	})
}

// signsUp has an address asked, as a door does that has looked, or that looked too early.
func (h *engines) signsUp() {
	a := h.anyAddress()
	q := subscribers.Asking{At: h.now, From: h.from(), ByDesk: h.often(30)}
	f, err := both(h, "facts "+a.String(), func(s *File) (subscribers.Facts, error) {
		return s.List().Facts(h.t.Context(), a)
	})
	id := f.PublicID
	if err != nil || id == 0 || h.often(5) {
		id = h.publicID()
	}
	if h.often(20) {
		row := h.anyRow(3).Subscriber
		row.Address, q.Once, q.ByDesk = a, &row, true
	}
	letter := h.letter(a, digest.Confirmation)
	h.does("ask "+a.String(), func(s *File) error { return s.List().SignUp(h.t.Context(), a, q, id, letter) })
}

// typesIn is somebody who fills in the form.
func (h *engines) typesIn() {
	up := subscribers.SignUp{Address: h.anyAddress(), At: h.now, From: h.from()}
	if up.From != "" {
		up.Client = netip.MustParseAddr(up.From)
	}
	if h.often(60) {
		up.Form = one(h, subscribers.FormOf("Yes, send it to me."), subscribers.FormOf("Evening news"))
	}
	limits := subscribers.Limits{Network: 2, Site: 3, Provider: 4, All: 6, New: 3}
	both(h, "type "+up.Address.String(), func(s *File) (subscribers.Delay, error) {
		return s.List().Receive(h.t.Context(), up, limits)
	})
}

func (h *engines) looksIntoInbox() {
	all, _ := both(h, "inbox", func(s *File) ([]subscribers.SignUp, error) {
		return s.List().Waiting(h.t.Context(), 0, 20)
	})
	for _, up := range all {
		q := subscribers.Asking{At: h.now, From: up.From, Form: up.Form.Version, SignUp: up.ID}
		letter := h.letter(up.Address, digest.Confirmation)
		id := h.publicID()
		if f, err := h.file.List().Facts(h.t.Context(), up.Address); err == nil && f.PublicID != 0 {
			id = f.PublicID
		}
		err := h.does("answer "+up.Address.String(), func(s *File) error {
			return s.List().SignUp(h.t.Context(), up.Address, q, id, letter)
		})
		if err != nil {
			h.does("close", func(s *File) error { return s.List().Close(h.t.Context(), up.ID) })
		}
	}
}
