package digest

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// ActKind is what somebody does to an edition.
type ActKind string

// The acts on an edition. One to come is held, and released; one under way is paused, and
// resumed. What is held while it is under way is paused, and what is released then is resumed.
// One that is cancelled stays so.
const (
	Hold    ActKind = "hold"
	Release ActKind = "release"
	Halt    ActKind = "pause"
	Resume  ActKind = "resume"
	Cancel  ActKind = "cancel"
	// Approve is a word that a version of an edition to come may go.
	Approve ActKind = "approve"
	// Edit is a change of what an edition to come prints, made on its desk page. The reason
	// says what was changed.
	Edit ActKind = "edit"
)

// Act is somebody's word on an edition, as it is kept.
type Act struct {
	Edition ID
	Kind    ActKind
	// By is who said it, by name, and Reason why; a reason may be empty.
	By, Reason string
	At         time.Time
	// Until is how long from At what goes on may be begun; zero leaves that as it is.
	Until time.Duration
	// Hash names the version that is approved; zero for any other act.
	Hash ContentHash
}

// ErrUnchanged says that an act changes nothing: the edition is so already.
var ErrUnchanged = errors.New("nothing changes")

// ErrUnfit says that an edition is not in a state for an act.
var ErrUnfit = errors.New("that can't be done to it")

// mostOfAct is how long a name or a reason may be, in bytes.
const mostOfAct = 500

// Check says what is wrong with the name or the reason.
func (a Act) Check() error {
	for _, w := range []struct{ what, said string }{{"by", a.By}, {"reason", a.Reason}} {
		switch {
		case len(w.said) > mostOfAct:
			return fmt.Errorf("--%s is longer than %d bytes", w.what, mostOfAct)
		case strings.ContainsFunc(w.said, unicode.IsControl):
			return fmt.Errorf("--%s has a control character in it", w.what)
		}
	}
	if a.By == "" {
		return errors.New("--by is empty")
	}
	return nil
}

// Said gives who did it and why, for people.
func (a Act) Said() string {
	if a.Reason == "" {
		return "by " + a.By
	}
	return "by " + a.By + ": " + a.Reason
}

// Kept is the reason that a cancelled edition has for it.
func (a Act) Kept() string { return "cancelled " + a.Said() }

// After gives the state in which an act leaves an edition; Due is one that the book does not
// have. The error is ErrUnchanged if it is so already, and ErrUnfit if the act does not go
// with its state.
func (r Record) After(act ActKind) (State, error) {
	halted := r.State == Paused && r.Pause == PausedDesk
	over := r.State == Done || r.State == Cancelled || !r.CancelAt.IsZero()
	cancelled := r.State == Cancelled || !r.CancelAt.IsZero()
	switch act {
	case Hold, Halt:
		switch {
		case over || r.State == Empty || r.State == Missed, act == Halt && !r.State.UnderWay():
			return r.State, ErrUnfit
		case r.State == Held, halted:
			return r.State, ErrUnchanged
		case r.State.UnderWay():
			return Paused, nil
		}
		return Held, nil
	case Edit:
		if r.State == Due || r.State == Held || r.Ahead() {
			return r.State, nil
		}
		return r.State, ErrUnfit
	case Approve:
		if r.State == Due || r.State == Held {
			return r.State, nil
		}
		return r.State, ErrUnfit
	case Release, Resume:
		switch {
		case over || r.State == Empty || r.State == Missed, act == Resume && !r.State.UnderWay():
			return r.State, ErrUnfit
		case r.State == Held:
			return Due, nil
		case halted, r.State == Paused && act == Resume:
			return Sending, nil
		}
		return r.State, ErrUnchanged
	}
	switch {
	case cancelled, r.State == Missed:
		return r.State, ErrUnchanged
	case over || r.State == Empty:
		return r.State, ErrUnfit
	case r.State.UnderWay():
		return Cancelled, nil
	}
	return Missed, nil
}
