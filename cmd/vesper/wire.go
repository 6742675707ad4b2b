package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"vesper/cmd/vesper/config"
	"vesper/digest"
	"vesper/digest/ahead"
	"vesper/digest/alarm"
	"vesper/digest/deliver"
	"vesper/digest/gather"
	"vesper/digest/intake"
	"vesper/digest/marker"
	"vesper/digest/publish"
	"vesper/digest/relay"
	"vesper/digest/render"
	"vesper/subscribers"
	"vesper/subscribers/journal"
	"vesper/subscribers/returns"
	"vesper/subscribers/store"
	"vesper/templates"
)

// house is an open configuration: the parts that it describes, tied together.
// This file alone knows which database they lie in.
type house struct {
	config    *config.Config
	zone      *time.Location
	desk      *intake.Desk
	renderer  *render.Renderer
	publisher *publish.Publisher
	relays    *relay.Pool
	// gatherer brings the feeds' stories to the desk.
	gatherer *gather.Gatherer
	// file is the database, and the others are its parts.
	file   *store.File
	list   *store.List
	book   *store.Book
	outbox *store.Outbox
	tests  *store.Tests
	// folders are those that all machines of a house share; nil where the database is a file.
	folders *marker.House
	// unmarked says that it was said that one of them gets no marker.
	unmarked bool
	// again has serve begin anew with the configuration as it is.
	again func()
	// journal keeps who left, for a database that is put back from a backup.
	journal *journal.Keeper
	// alarms tells somebody that something needs a look.
	alarms *alarm.Desk
	// returns takes what comes back, and has it weighed.
	returns *returns.Desk
	// member is what this process does with others on one database; nil where it is a file.
	member *member
	// unsigned says why mail can't be signed, although it is to be.
	unsigned error
}

// open loads the configuration and opens the house that it describes. The
// caller closes it.
func (a *app) open(ctx context.Context) (*house, error) {
	c, looks, err := a.load()
	if err != nil {
		return nil, err
	}
	h, err := a.build(ctx, c, looks)
	if err == nil {
		context.AfterFunc(ctx, h.ends)
	}
	if err == nil && h.file.Made() {
		a.tell("vesper: made a new database, %s\n", c.Place())
	}
	return h, err
}

// ends says that the house is about to close: what waits for a database that is away waits no
// longer than what is on the wire.
func (h *house) ends() { h.file.EndsIn(deliver.Drain - time.Second) }

// pageWithin is how long a reader waits for a database that is away, until the page says so.
const pageWithin = 6 * time.Second

// inTime has whoever asks for a page hear within [pageWithin] that the database is away.
func inTime(pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pages.ServeHTTP(w, r.WithContext(store.InHurry(r.Context(), time.Now().Add(pageWithin))))
	})
}

// inHouse makes a verb's function the command's, for verbs that work in an open
// house.
func (a *app) inHouse(f func(*cobra.Command, *house, []string) error) func(*cobra.Command, []string) error {
	return does(func(cmd *cobra.Command, args []string) error {
		h, err := a.open(cmd.Context())
		if err != nil {
			return err
		}
		defer h.close()
		return f(cmd, h, args)
	})
}

// build ties the parts together.
func (a *app) build(ctx context.Context, c *config.Config, looks *templates.Set) (*house, error) {
	a.logAs(c)
	zone, err := time.LoadLocation(c.Publication.Timezone)
	if err != nil {
		return nil, err
	}
	slots, err := slots(c, zone)
	if err != nil {
		return nil, err
	}
	h := &house{
		config: c, zone: zone, desk: deskOf(c, zone),
		relays: relays(c, a.now),
	}
	signer, err := signer(c)
	if err != nil {
		// Only who sends needs the keys; nothing goes out unsigned meanwhile.
		h.unsigned, signer = err, unable{err}
	}
	if h.file, err = a.openStore(ctx, c); err != nil {
		return nil, err
	}
	h.list, h.book, h.outbox = h.file.List(), h.file.Book(), h.file.Outbox()
	h.returns = &returns.Desk{
		Store: h.list, Scales: h.list, Now: a.now,
		Rules: subscribers.Rules{SoftBounces: c.Bounces.SoftBounces, SoftFor: time.Duration(c.Bounces.SoftFor)},
	}
	h.tests = h.file.Tests()
	h.journal = a.keeper(h)
	h.renderer = &render.Renderer{
		Publication: publication(c, zone), Layout: layout(c), Templates: looks, LeaveBy: a.leaveBy(h),
	}
	watch := &publish.Watch{Now: a.now, Boot: sinceBoot}
	h.publisher = &publish.Publisher{
		Slots: slots, Zone: zone, Source: h.desk, Tomorrows: h.desk, Renderer: h.renderer,
		Signer: signer, Signing: signing(signer), Known: known(c),
		Book: h.book, Past: h.book, Looks: h.book, Runs: h.book, Course: h.book, Acts: h.book, Editor: h.book, Paces: h.book,
		Corrections: h.book, Corrected: h.book,
		Counts:     tallies{h.book, h.list},
		Cautions:   h.list,
		Newest:     h.book,
		Ledger:     func(number uint32) deliver.Ledger { return h.file.Ledger(number) },
		Taken:      h.book.Taken,
		Outbox:     publish.Outbox{Ledger: h.outbox, Composer: h.outbox, Post: h.outbox},
		ReturnPath: c.Delivery.ReturnPath,
		Deliverer: &deliver.Deliverer{
			Hold: c.Delivery.InDoubt == "hold", GiveUpAfter: time.Duration(c.Delivery.GiveUpAfter),
			Now: a.now, Jumped: watch.Jumped, Jitter: rand.Float64,
		},
		Watch:      watch,
		Signatures: signatures{ahead.Folder{Database: c.Beside()}},
		Edition:    func(number uint32) deliver.Relay { return h.relays.Edition(number) },
		Letters:    h.relays.Letters(), Connections: mostConnections(c), Now: a.now,
		Rate: c.Relay[0].Rate,
		Full: c.Layout.Lead + c.Layout.Stories, Sections: c.Desk.Sections,
	}
	if h.member = newMember(h); h.member != nil {
		h.publisher.Chunks = h.member
	}
	h.publisher.Reporter = &publish.Reporter{Reports: h.book, Facts: h.runReport, Letters: a.reportLetters(h)}
	h.publisher.Prover = &publish.Prover{Proofs: h.book, To: c.Newsroom.Provers(), Link: h.deskLink}
	h.returns.Post = returns.Post{Keys: h.list, Leaver: a.door(h, a.quiet()), Tests: h.tests}
	if err := a.addFeeds(h); err != nil {
		h.close()
		return nil, err
	}
	if err := a.shareFolders(ctx, h); err != nil {
		h.close()
		return nil, err
	}
	if h.folders != nil {
		h.publisher.Seen = h.folders.See
	}
	h.alarms = a.alarmDesk(h)
	h.logTo(a.quiet())
	return h, nil
}

// deskOf gives the desk.
func deskOf(c *config.Config, zone *time.Location) *intake.Desk {
	return &intake.Desk{
		Dir: c.Path(c.Desk.Dir), Zone: zone, Publication: c.Publication.Name, Editions: titles(c),
	}
}

// openStore opens the database that a configuration names.
func (a *app) openStore(ctx context.Context, c *config.Config) (*store.File, error) {
	if c.Database.OnServer() {
		f, err := store.OpenServer(ctx, c.Database.Address(), c.Beside(), a.database())
		return f, outOfReach(err)
	}
	return store.Open(ctx, c.Path(c.Database.Path), a.database())
}

// outOfReach gives the error of a server that can't be reached, or of which the database is
// missing, with its hint.
func outOfReach(err error) error {
	if errors.Is(err, digest.ErrGone) {
		return &exitError{exitHeld, err, store.HintEmptied}
	}
	if errors.Is(err, store.ErrNoURL) {
		return usage(err,
			`write "postgres://USER@HOST/NAME"; sslmode may be disable, prefer, require, verify-ca, verify-full`)
	}
	if u, ok := errors.AsType[*store.Unreached](err); ok {
		return &exitError{exitFailed, err, u.Hint}
	}
	return err
}

// database is how the database is opened. Who waits for another process hears of it.
func (a *app) database() store.Options {
	return store.Options{Now: a.now, Lease: a.lease, Chunk: a.chunk, Program: version(), Waits: func() {
		a.tell("vesper: another process is writing to the database; waiting for it, up to a minute\n")
	}, Upgraded: func(from, to int, before string) {
		if before == "" {
			a.tell("vesper: the database was brought from version %d up to %d\n", from, to)
			return
		}
		a.tell("vesper: the database was brought from version %d up to %d. As it was it lies at %s\n", from, to, before)
		a.tell("hint: delete that copy once all is well: who is erased from now on is still in it\n")
	}}
}

// tallies is what a publisher has counted: readers in the list, deliveries in the
// book.
type tallies struct {
	*store.Book
	list *store.List
}

func (t tallies) Count(ctx context.Context, id digest.ID) (int, error) { return t.list.Count(ctx, id) }

func (t tallies) Waves(ctx context.Context, number uint32) ([]digest.Wave, error) {
	return t.Book.Waves(ctx, number)
}

func (t tallies) Zones(ctx context.Context, id digest.ID) ([]digest.Zone, error) {
	return t.list.Zones(ctx, id)
}

// unable signs nothing.
type unable struct{ why error }

func (u unable) Sign([]byte, time.Time) ([]byte, error) { return nil, u.why }

// logTo has all parts log to one place.
func (h *house) logTo(log *slog.Logger) {
	h.relays.Log, h.publisher.Log, h.returns.Log = log, log, log
	for _, r := range h.relays.Relays {
		r.Log = log
	}
	h.gatherer.Log, h.journal.Log = log, log
	h.alarms.Log = log
	if h.member != nil {
		h.member.log = log
	}
}

// lock gives the lock that gives the right to deliver, to be taken for a process
// of this role.
func (h *house) lock(role string) publish.Lock {
	return func() (publish.Right, error) {
		lock, err := h.file.Lock(role)
		if err != nil {
			return publish.Right{}, outOfReach(err)
		}
		return publish.Right{Release: lock.Unlock, Lost: lock.Lost}, nil
	}
}

// chunksAtOnce is how many chunks a machine has in hand: while one comes to its end, another goes on.
const chunksAtOnce = 2

// crew is what this machine does of editions that several work on.
func (h *house) crew(m *member) store.Crew {
	return store.Crew{Work: m.work, AtOnce: chunksAtOnce, Log: m.log}
}

func (h *house) close() {
	h.catchUp(context.Background(), false)
	h.file.Close()
}

// makeDatabase makes the database and the keys in it.
func makeDatabase(ctx context.Context, path string, now func() time.Time) error {
	file, err := store.Open(ctx, path, store.Options{Now: now, Program: version()})
	if err != nil {
		return err
	}
	return file.Close()
}

// replaceDatabase makes an empty database in the place of one that is gone. Its
// editions have numbers above those that were used here.
func replaceDatabase(ctx context.Context, path string, now func() time.Time) error {
	file, err := store.Open(ctx, path, store.Options{Now: now, Program: version(), New: true})
	if err != nil {
		return err
	}
	return errors.Join(file.Accept(ctx), file.Close())
}

// examineDatabase looks at a database before it is opened, and changes nothing in it. It
// says whether it can be opened.
func examineDatabase(ctx context.Context, c *config.Config) ([]digest.Finding, bool) {
	if c.Database.OnServer() {
		return store.ExamineServer(ctx, c.Database.Address(), c.Beside())
	}
	return store.Examine(ctx, c.Path(c.Database.Path))
}

// What is done with a backup that is put in the database's place.
type (
	restoring = store.Restoring
	restored  = store.Restored
)

// putBack puts a backup in the database's place, or says what would become of it.
func putBack(ctx context.Context, path, file string, how restoring, dryRun bool) (done restored, err error) {
	if dryRun {
		done, err = store.Fit(ctx, path, file, how)
	} else {
		done, err = store.Restore(ctx, path, file, how)
	}
	return done, unfit(file, err)
}

// openHeld opens a database without the rest of the house, one that is elsewhere now too: that
// of the configuration, which it gives too, or the file at path. On a server one that is missing is made where it is
// to be accepted.
func (a *app) openHeld(ctx context.Context, path string, accept bool) (f *store.File, c *config.Config, err error) {
	o := a.database()
	o.Elsewhere = true
	if path != "" {
		f, err = store.Open(ctx, path, o)
		return f, nil, err
	}
	if c, _, err = a.load(); err != nil {
		return nil, nil, err
	}
	if c.Database.OnServer() {
		o.New = accept
		f, err = store.OpenServer(ctx, c.Database.Address(), c.Beside(), o)
		return f, c, outOfReach(err)
	}
	f, err = store.Open(ctx, c.Path(c.Database.Path), o)
	return f, c, err
}

// move moves the database that a configuration names to where another one has it, or looks
// what would be moved.
func (a *app) move(
	ctx context.Context, from, to *config.Config, dryRun bool, told func(done, total int64),
) (store.Moved, error) {
	moved, err := store.Move(ctx, store.Moving{
		From: place(from), To: place(to), DryRun: dryRun, Told: told, Options: a.database(),
	})
	switch {
	case errors.Is(err, store.ErrOccupied), errors.Is(err, digest.ErrForeign):
		err = usage(fmt.Errorf("move to %s: %w", place(to), err),
			"nothing was changed; name an empty database, or a file that is not there")
	case errors.Is(err, fs.ErrNotExist) && !to.Database.OnServer():
		err = usage(fmt.Errorf("move to %s: %w", place(to), err), "make the folder of that file first; nothing was changed")
	case errors.Is(err, digest.ErrNoRight):
		err = &exitError{
			exitFailed, fmt.Errorf("move to %s: %w", place(to), err),
			"nothing was changed; as PostgreSQL's admin: ALTER DATABASE NAME OWNER TO USER",
		}
	case errors.Is(err, fs.ErrPermission) && !to.Database.OnServer():
		err = &exitError{
			exitFailed, fmt.Errorf("move to %s: %w", place(to), err),
			"nothing was changed; give Vesper's user the right to write there",
		}
	case errors.Is(err, store.ErrInUse):
		err = &exitError{exitHeld, err, "end every other process of Vesper, also on other machines, then run it again"}
	case errors.Is(err, store.ErrUnderWay):
		err = &exitError{
			exitHeld, err, `"vesper serve" brings them to their end, or "vesper edition send" with their --slot and --date`,
		}
	}
	return moved, outOfReach(err)
}

// place gives where a configuration has its database.
func place(c *config.Config) store.Place {
	p := store.Place{Path: c.Beside()}
	if c.Database.OnServer() {
		p.URL = c.Database.Address()
	}
	return p
}

// unfit is the error of a wrong backup, which is a wrong argument.
func unfit(file string, err error) error {
	unread, ok := errors.AsType[*fs.PathError](err)
	switch {
	case !errors.Is(err, store.ErrUnfit):
		return err
	case ok:
		return wrongly("restore", notRead(unread.Path, unread))
	}
	return usage(fmt.Errorf("restore %s: %w", file, err), "nothing was changed; name a backup of this database")
}
