package subscribers

import (
	"slices"
	"time"
)

// Move is a reader's wish to get editions at another address, and what became of it.
type Move struct {
	// To is the new address. AskedAt is when it was asked for, which tells the reader's wishes
	// apart, in whole seconds. From is the IP address of whoever asked on a page, By the admin
	// who did.
	To       Address
	AskedAt  time.Time
	From, By string
	// MovedAt is when it was confirmed there, or by an admin's word; zero for not yet. Former
	// is the address before.
	MovedAt time.Time
	Former  Address
	// ConfirmedFrom is the IP address from which the new address confirmed it.
	ConfirmedFrom string
	// UndoneAt is when it was taken back at the former address; zero for never.
	UndoneAt time.Time
}

const (
	// MoveWithin is how long a move may be confirmed at the new address.
	MoveWithin = ConfirmWithin
	// UndoMoveWithin is how long it may be taken back at the former one.
	UndoMoveWithin = 7 * day
	// mostMoves is how many a reader may ask for in a day: each is a letter to an address
	// that may be anybody's.
	mostMoves = 3
	// restAfterUndo is how long pages take no wish of a reader who took a move back: somebody
	// else has their link.
	restAfterUndo = 30 * day
)

// MayGo says whether a letter may ask at this address, of which to is what is known: not where
// anything stands against it, nor where a stranger was asked lately.
func (s Facts) MayGo(to Facts, byDesk bool, now time.Time) bool {
	return to.Address.Key() != s.Address.Key() && len(to.Suppressions) == 0 && !to.Status.Off() &&
		(byDesk || !to.askedLately(now))
}

// MayAsk is the rule of asking for another address. Before are the reader's wishes up to now.
func (s Facts) MayAsk(before []Move, byDesk bool, now time.Time) bool {
	if s.Status != Active {
		return false
	}
	lately := 0
	for _, m := range before {
		if m.AskedAt.After(now.Add(-day)) {
			lately++
		}
		if m.UndoneAt.After(now.Add(-restAfterUndo)) && !byDesk {
			return false
		}
	}
	return byDesk || lately < mostMoves
}

// Moves is the rule of a move that is confirmed now at the new address. It says no if the wish
// is too old or was heard before, the reader has left, or anything stands against the address.
func (s Facts) Moves(m Move, to Facts, now time.Time) bool {
	return s.Status == Active && m.MovedAt.IsZero() && !now.Before(m.AskedAt) &&
		now.Before(m.AskedAt.Add(MoveWithin)) && len(to.Suppressions) == 0 && !to.Status.Off() &&
		to.Address.Key() != s.Address.Key()
}

// MovesBack is the rule of taking a move back, whatever moves came after it. It says no if it
// is too long ago, or anybody but the other address has spoken against the reader meanwhile.
func (s Facts) MovesBack(m Move, now time.Time) bool {
	there := s.Status == Active || s.leftSince(m.MovedAt)
	return there && m.Former != (Address{}) && !m.MovedAt.IsZero() && m.UndoneAt.IsZero() && !now.Before(m.MovedAt) &&
		now.Before(m.MovedAt.Add(UndoMoveWithin))
}

// leftSince says whether the reader left by their own word, or whoever had their link, at a
// time or after it, and nothing else stands.
func (s Facts) leftSince(at time.Time) bool {
	return s.Status == Unsubscribed && s.Reason == leftByReader && !s.Left.Before(at) &&
		slices.Equal(s.Suppressions, []string{ByReader})
}

// Vacant says whether a reader may have this address back. Somebody who signed it up, and did
// not confirm, must not keep them from it.
func (s Facts) Vacant() bool {
	return len(s.Suppressions) == 0 && (s.Status == "" || s.Status == Unconfirmed)
}
