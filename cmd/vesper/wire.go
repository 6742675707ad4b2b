package main

import (
	"context"
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
// This file and wire_database.go alone know which database they lie in.
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
