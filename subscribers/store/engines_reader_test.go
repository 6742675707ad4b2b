package store

import (
	"slices"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

func (h *engines) confirms() {
	r := h.anyReader()
	from, letter := h.from(), h.letter(r.Address, digest.Welcome)
	h.does("confirm "+r.Address.String(), func(s *File) error {
		return s.List().Confirm(h.t.Context(), r.PublicID, from, letter, h.now)
	})
}

func (h *engines) leaves() {
	r := h.anyReader()
	if h.often(40) {
		both(h, "return "+r.Address.String(), func(s *File) (bool, error) {
			return s.List().Return(h.t.Context(), r.PublicID, r.Left, h.now)
		})
		return
	}
	if h.often(50) {
		both(h, "unsubscribe "+r.Address.String(), func(s *File) (bool, error) {
			return s.List().Unsubscribe(h.t.Context(), r.PublicID, h.now)
		})
		return
	}
	letter := h.letter(r.Address, digest.Goodbye)
	both(h, "leave "+r.Address.String(), func(s *File) (bool, error) {
		return s.List().Leave(h.t.Context(), r.PublicID, &letter, h.now)
	})
}

func (h *engines) moves() {
	ctx, r, to, from := h.t.Context(), h.anyReader(), h.anyAddress(), h.from()
	m := subscribers.Move{To: to, AskedAt: h.now, From: from}
	letter := h.letter(to, digest.Move)
	h.does("askmove "+r.Address.String()+" to "+to.String(), func(s *File) error {
		return s.List().AskMove(ctx, r.PublicID, m, &letter)
	})
	if h.often(20) {
		told := h.letter(r.Address, digest.Moved)
		m.By = "maria"
		h.does("moveatonce "+r.Address.String(), func(s *File) error {
			return s.List().MoveAtOnce(ctx, r.PublicID, m, told, h.now)
		})
		return
	}
	asked := h.now
	h.later(time.Hour)
	told := h.letter(r.Address, digest.Moved)
	if h.often(70) {
		h.does("move "+r.Address.String(), func(s *File) error {
			return s.List().Move(ctx, r.PublicID, asked, from, told, h.now)
		})
	}
	moved := h.now
	h.later(time.Hour)
	if h.often(30) {
		both(h, "moveback "+r.Address.String(), func(s *File) (bool, error) {
			return s.List().MoveBack(ctx, r.PublicID, moved, h.now)
		})
	}
	both(h, "moves", func(s *File) ([]subscribers.Move, error) { return s.List().Moves(ctx, r.ID) })
}

func (h *engines) edits() {
	r := h.anyReader()
	p, name := h.choices(), one(h, "", "Bo", "é")
	var e subscribers.Edit
	for _, part := range []func(){
		func() { e.Name = &name }, func() { e.Timezone = &p.Timezone }, func() { e.Variant = &p.Variant },
		func() { e.Evenings = &p.Evenings }, func() { e.Tag = []string{one(h, "press", "new")} },
		func() { e.Untag = []string{one(h, "press", "VIP")} },
	} {
		if h.often(40) {
			part()
		}
	}
	both(h, "edit "+r.Address.String(), func(s *File) ([2]subscribers.Subscriber, error) {
		was, is, err := s.List().Edit(h.t.Context(), r.Address, e)
		return [2]subscribers.Subscriber{was, is}, err
	})
}

func (h *engines) suppresses() {
	ctx, a, reason := h.t.Context(), h.anyAddress(), one(h, subscribers.Reasons...)
	switch h.IntN(4) {
	case 0:
		all := []subscribers.Address{a, h.anyAddress(), h.anyAddress(), a}
		both(h, "suppressall "+reason, func(s *File) (int, error) { return s.List().SuppressAll(ctx, all, reason, h.now) })
	case 1:
		both(h, "suppress "+a.String()+" "+reason, func(s *File) (bool, error) {
			return s.List().Suppress(ctx, a, reason, h.now)
		})
	default:
		both(h, "unsuppress "+a.String(), func(s *File) (bool, error) { return s.List().Unsuppress(ctx, a, h.now) })
	}
}

func (h *engines) removes() {
	ctx, a, b := h.t.Context(), h.anyAddress(), h.anyAddress()
	switch h.IntN(3) {
	case 0:
		letter := h.letter(a, digest.Goodbye)
		both(h, "remove "+a.String(), func(s *File) (bool, error) { return s.List().Remove(ctx, a, &letter, h.now) })
	case 1:
		both(h, "removeall", func(s *File) (int, error) {
			return s.List().RemoveAll(ctx, slices.Values([]subscribers.Address{a, b, a}), h.now)
		})
	}
}

func (h *engines) rotates() {
	if h.often(70) {
		return
	}
	id, _ := both(h, "rotate", func(s *File) (byte, error) { return s.List().Rotate(h.t.Context(), h.now) })
	if h.often(50) && id > 0 {
		of := byte(1 + h.IntN(int(id)))
		both(h, "keyuse", func(s *File) (subscribers.KeyUse, error) { return s.List().KeyUse(h.t.Context(), of, h.now) })
		h.does("retire", func(s *File) error { return s.List().Retire(h.t.Context(), of, h.now) })
	}
}
