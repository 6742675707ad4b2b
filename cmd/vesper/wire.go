package main

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/spf13/cobra"

	"vesper/cmd/vesper/config"
	"vesper/digest"
	"vesper/digest/deliver"
	"vesper/digest/intake"
	"vesper/digest/publish"
	"vesper/digest/relay"
	"vesper/digest/render"
	"vesper/subscribers/sqlite"
	"vesper/templates"
)

// house is an open configuration: the parts that it describes, tied together.
type house struct {
	config    *config.Config
	zone      *time.Location
	slots     []digest.Slot
	store     *sqlite.Store
	desk      *intake.Desk
	renderer  *render.Renderer
	publisher *publish.Publisher
	relays    *relay.Pool
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
	return a.build(ctx, c, looks)
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
	zone, err := time.LoadLocation(c.Publication.Timezone)
	if err != nil {
		return nil, err
	}
	h := &house{config: c, zone: zone}
	signer, err := signer(c)
	if err != nil {
		// Only who sends needs the keys; nothing goes out unsigned meanwhile.
		h.unsigned, signer = err, unable{err}
	}
	tables := map[string]publish.Timetable{}
	for _, e := range c.Edition {
		if tables[e.Slot], err = publish.ParseTimetable(e.Schedule, zone); err != nil {
			return nil, err
		}
		h.slots = append(h.slots, digest.Slot{
			Name: e.Slot, Title: e.Title, Schedule: e.Schedule,
			MinArticles: e.MinArticles, MaxArticles: e.MaxArticles,
			Grace: time.Duration(e.Grace), MaxAge: time.Duration(e.MaxAge),
		})
	}
	if h.store, err = sqlite.Open(ctx, c.Path(c.Database.Path)); err != nil {
		return nil, err
	}
	h.desk = &intake.Desk{Dir: c.Path(c.Desk.Dir), Zone: zone}
	h.renderer = &render.Renderer{
		Publication: publication(c, zone),
		Layout:      layout(c),
		Templates:   looks,
	}
	h.relays = relays(c)
	outbox := h.store.Outbox()
	h.publisher = &publish.Publisher{
		Slots: h.slots, Timetables: tables, Zone: zone,
		Source: h.desk, Book: h.store, Course: h.store, Past: h.store, Renderer: h.renderer, Signer: signer,
		Deliverer: a.deliverer(h, h.store, mostConnections(c)),
		Letters:   a.deliverer(h, outbox, 1), Outbox: outbox,
		ReturnPath: c.Delivery.ReturnPath, Hold: c.Delivery.InDoubt == "hold", Now: a.now,
	}
	h.logTo(a.quiet())
	return h, nil
}

// unable signs nothing.
type unable struct{ why error }

func (u unable) Sign([]byte, time.Time) ([]byte, error) { return nil, u.why }

// logTo has all parts log to one place.
func (h *house) logTo(log *slog.Logger) {
	h.relays.Log, h.publisher.Log, h.publisher.Deliverer.Log, h.publisher.Letters.Log = log, log, log, log
	for _, r := range h.relays.Relays {
		r.Log = log
	}
}

// deliverer gives one that works through a ledger by the configured policies.
func (a *app) deliverer(h *house, l deliver.Ledger, connections int) *deliver.Deliverer {
	d := h.config.Delivery
	return &deliver.Deliverer{
		Ledger: l, Relay: h.relays, Connections: connections,
		Hold: d.InDoubt == "hold", GiveUpAfter: time.Duration(d.GiveUpAfter),
		Now: a.now, Jitter: rand.Float64,
	}
}

func (h *house) close() { h.store.Close() }

// makeDatabase makes the database and the keys in it.
func makeDatabase(ctx context.Context, path string) error {
	store, err := sqlite.Open(ctx, path)
	if err != nil {
		return err
	}
	return store.Close()
}
