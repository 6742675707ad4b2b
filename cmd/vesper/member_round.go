package main

import (
	"context"
	"errors"
	"time"

	"vesper/digest"
	"vesper/digest/publish"
)

// Why a machine does no more what one machine does for the house: it was told to leave off, or it is
// worse at it than another one. It opens nothing without the shared folders, or where it can't tell what was sent
// from there, and at the wrong time with a wrong clock.
var (
	errDrained  = errors.New("this machine is drained")
	errUnseeing = errors.New("this machine does not see a shared folder, and another one does")
	errLate     = errors.New("this machine's clock is wrong, and another one's is right")
	errUnready  = errors.New("this machine may send nothing, and another one may")
	errSilent   = errors.New("PostgreSQL answers this machine nothing but that it has the lock")
	errAway     = errors.New("this machine's letters get to no relay, and another one's may")
)

const (
	// yieldsFor is how long nobody has had the lock when a machine takes it that is worse at it.
	yieldsFor = 15 * time.Second
	// keepsAtLeast is how long one has it that took it back.
	keepsAtLeast = 5 * time.Minute
	// unreadyFor is how long a machine may send nothing when it gives the lock away. Where that is so of all of
	// them, since the database is held, each has said so by then.
	unreadyFor = 15 * time.Second
	// silentFor is how long nothing is heard from PostgreSQL but for the lock.
	silentFor = 30 * time.Second
)

// sends gives a context that ends with ctx, or by errDrained as the machine is to leave off, or by
// errUnseeing, errLate, errUnready, errSilent or errAway as it gives the lock away. The function releases it.
func (m *member) sends(ctx context.Context) (context.Context, func()) {
	if m == nil {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-m.drains:
			cancel(errDrained)
		case <-ctx.Done():
		}
	}()
	m.leads.Lock()
	defer m.leads.Unlock()
	m.ends = cancel
	return ctx, func() {
		m.lead(false)
		cancel(nil)
	}
}

// lead notes whether this machine does what one machine does for the house.
func (m *member) lead(does bool) {
	if m == nil {
		return
	}
	m.leads.Lock()
	defer m.leads.Unlock()
	m.leading = does
}

// givesAway has this machine give the lock away where another one is better at what it is for, or may be: who hears
// nothing does not know.
func (m *member) givesAway(heard digest.Heard, err error) {
	why := m.worse()
	others := heard.Others
	if errors.Is(why, errAway) || errors.Is(why, errUnready) {
		others = heard.Fit
	}
	if why == nil || !errors.Is(why, errSilent) && (err != nil || others == 0) {
		return
	}
	m.leads.Lock()
	defer m.leads.Unlock()
	if !m.leading || !m.gaveAwayAt.IsZero() && time.Since(m.gaveAwayAt) < keepsAtLeast {
		return
	}
	m.leading, m.gaveAwayAt = false, time.Now()
	m.ends(why)
}

// worse says why this machine leaves to others what one machine does for the house; nil: it does not.
func (m *member) worse() error {
	switch {
	case m.silent.Load():
		return errSilent
	case m.unseeing.Load():
		return errUnseeing
	case m.late.Load():
		return errLate
	case m.unready.Load():
		return errUnready
	case m.away.Load() != nil:
		return errAway
	}
	return nil
}

// isReady notes whether this machine may send.
func (m *member) isReady(err error, now time.Time) {
	switch {
	case err == nil:
		m.unreadySince = time.Time{}
	case m.unreadySince.IsZero():
		m.unreadySince = now
	}
	m.unready.Store(err != nil && now.Sub(m.unreadySince) >= unreadyFor)
}

// reaches notes whether letters and alarms reach a relay from here: editions know by their chunks.
func (m *member) reaches() {
	why := m.house.publisher.Away()
	if why.Class == "" {
		m.away.Store(nil)
		return
	}
	said := "it reaches no relay: " + why.Reason()
	if why.Class == digest.Account {
		said = "the relay refuses it: " + why.Reason()
	}
	m.away.Store(&said)
}

// unfitWhy says to the others why this machine does no part of what is sent; "" if it does.
func (m *member) unfitWhy() string {
	said, unnoted := m.away.Load(), m.house.file.Unnoted()
	switch {
	case m.why == "" && said != nil:
		return *said
	case m.why == "" && unnoted != nil:
		return unnoted.Error()
	}
	return m.why
}

// notes keeps what the others are to hear of this machine, and says where the server's clock is taken
// for wrong.
func (m *member) notes(heard digest.Heard, err, unfit error, now time.Time) {
	if err != nil {
		return
	}
	if m.why = ""; unfit != nil {
		m.why = unfit.Error()
	}
	wrong := heard.Timely == 0 && heard.Clock.Sub(now).Abs() > digest.ClocksDiffer
	if wrong && !m.wrongClock {
		m.log.Warn("PostgreSQL's clock agrees with no machine's: it is taken for wrong, and the machines go on",
			"here", now.UTC().Format(time.RFC3339), "there", heard.Clock.UTC().Format(time.RFC3339))
	}
	m.wrongClock = wrong
	if heard.Newer != "" && !m.newer {
		m.log.Warn("the database is a step newer than this program, which goes on with it", "newer", heard.Newer,
			"hint", hintStep)
	}
	m.newer = heard.Newer != ""
}

// hintStep is what to do about a database that is a step newer than the program.
const hintStep = "begin the service of this machine anew with the newer program"

// stepNewer says that it is, and which program has made it so.
func stepNewer(program string) string {
	return "the database is a step newer than this program, which goes on with it: " + program
}

// isOutdated has this machine leave off, since the database has a form that its program can't work on. Nobody heard
// of it when that was made: of one that is heard of the end is waited for.
func (m *member) isOutdated(err error) {
	m.outdated.Store(&err)
	m.log.Error("this program is too old for the database: nothing is sent from here, and the readers' pages say "+
		"that they are away", "err", err, "hint", hintNewer)
	m.once.Do(func() { close(m.drains) })
}

// tooOld says why this machine's program may not work on the database any more; "" if it may.
func (m *member) tooOld() string {
	if m == nil || m.outdated.Load() == nil {
		return ""
	}
	return (*m.outdated.Load()).Error()
}

// yields gives a lock that this machine leaves to the others while they are better at what it is for: it
// takes it only where nobody has had it for yieldsFor.
func (m *member) yields(lock publish.Lock) publish.Lock {
	if m == nil {
		return lock
	}
	var free time.Time
	return func() (publish.Right, error) {
		if m.worse() == nil {
			return lock()
		}
		held, err := m.house.file.Holder()
		switch {
		case err != nil:
			return publish.Right{}, err
		case held != nil:
			free = time.Time{}
			return publish.Right{}, held
		case free.IsZero():
			free = time.Now()
		}
		if time.Since(free) < yieldsFor {
			return publish.Right{}, &digest.HeldError{Host: "another machine"}
		}
		return lock()
	}
}
