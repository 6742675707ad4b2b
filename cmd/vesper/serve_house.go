package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"vesper/digest"
)

const (
	// foldersLooked is how often each machine looks whether it sees the shared folders.
	foldersLooked = 5 * time.Second
	// serverLooked is how often it looks how far the database is, and on which server.
	serverLooked = time.Minute
)

// openToServe opens the house for serve. Where its own templates can't be read since the folder
// that all machines share is not seen from here, it is opened without them: nothing is sent then,
// and the readers' pages are up.
func (a *app) openToServe(ctx context.Context) (*house, error) {
	p := &patient{app: a}
	p.config, p.flaws, p.looks, p.unread = a.read()
	if p.unread != nil || p.config == nil || p.looks != nil || !p.config.Database.OnServer() {
		return a.open(ctx)
	}
	if p.withoutTemplates(); len(p.flaws) > 0 {
		return a.open(ctx)
	}
	h, err := a.build(ctx, p.config, p.looks)
	if err != nil || h.isUnseen(ctx) != nil {
		return h, err
	}
	h.close()
	return a.open(ctx)
}

// mayServe is mayLeave. Keys in a folder that is not seen from here are waited for.
func (a *app) mayServe(h *house, unseen *digest.UnseenError) error {
	err := a.mayLeave(h, false)
	if unseen != nil && err != nil && errors.Is(err, h.unsigned) {
		return nil
	}
	return err
}

// seesToServe says at the start whether the shared folders are seen. Where they are, the
// templates are read again: they may have been mounted after that was done.
func (a *app) seesToServe(ctx context.Context, h *house, log *slog.Logger) (*digest.UnseenError, error) {
	if h.folders == nil {
		return nil, nil
	}
	a.markToServe(ctx, h, log)
	if unseen := h.isUnseen(ctx); unseen != nil || h.config.Templates.Dir == "" {
		return unseen, nil
	}
	looks, err := loadLooks(looksOf(h.config))
	if err == nil {
		h.renderer.Templates = looks
	}
	return nil, err
}

// markToServe makes markers, and says so.
func (a *app) markToServe(ctx context.Context, h *house, log *slog.Logger) {
	made, err := h.markFolders(ctx)
	for _, f := range made {
		log.Info("the shared folder has a marker from now on: a machine that does not see it opens nothing",
			"kind", f.Kind, "folder", f.Dir)
	}
	if err != nil && ctx.Err() == nil && !h.unmarked {
		h.unmarked = true
		log.Warn("a shared folder gets no marker: nobody would notice that it is not mounted", "err", err)
	}
}

// untilSeen waits at the start for the shared folders, and then has the service begin anew: what
// was read without them may be another's.
func (a *app) untilSeen(ctx context.Context, h *house, unseen *digest.UnseenError, log *slog.Logger, pages net.Addr) {
	log.Error("standing by: a shared folder is not seen from this machine, and the readers' pages are up",
		"pages", pages, "err", unseen, "hint", unseen.Hint)
	a.notify("READY=1", "STATUS=standing by: a shared folder is not seen")
	telling, stop := context.WithCancel(ctx)
	var told sync.WaitGroup
	told.Go(func() { a.tellsAlone(telling, h) })
	defer told.Wait()
	defer stop()
	for rests(ctx, foldersLooked) {
		if h.sees(ctx) == nil {
			h.again()
			// With a flaw in it the configuration stays as it was, and is asked for once more.
			rests(ctx, serverLooked)
		}
	}
}

// watchHouse looks, on each machine of a house, whether it sees the shared folders, how far the
// database is and on which server, until ctx ends.
func (a *app) watchHouse(ctx context.Context, h *house, log *slog.Logger) {
	w := &houseWatch{app: a, house: h, log: log}
	if w.host, _ = os.Hostname(); w.host == "" {
		w.host = "localhost"
	}
	for round := time.Duration(0); ; round++ {
		often := round%(serverLooked/foldersLooked) == 0
		w.lookAtFolders(ctx, often)
		if often {
			w.lookAtServer(ctx)
		}
		if !rests(ctx, foldersLooked) {
			break
		}
	}
	if w.unseen {
		// A machine that does not serve any more opens nothing anyway.
		h.alarms.Well(context.WithoutCancel(ctx), digest.AlarmFolder, w.host)
	}
}

// rests waits, and says whether ctx goes on.
func rests(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// houseWatch is what a machine has seen of its house.
type houseWatch struct {
	*app
	house *house
	log   *slog.Logger
	host  string
	// unseen says that a shared folder was not seen when it was last looked, begun that it was
	// looked once, and behind what was said of the database.
	unseen, begun bool
	behind        string
}

func (w *houseWatch) lookAtFolders(ctx context.Context, often bool) {
	if often {
		w.markToServe(ctx, w.house, w.log)
	}
	err := w.house.sees(ctx)
	unseen, is := errors.AsType[*digest.UnseenError](err)
	switch {
	case ctx.Err() != nil || err != nil && !is:
		return // who asks the database says what is wrong with it
	case is && (!w.unseen || often):
		if w.begun && !w.unseen {
			w.log.Error("a shared folder is not seen any more: this machine opens nothing", "err", unseen,
				"hint", unseen.Hint)
		}
		w.house.alarms.Raise(ctx, digest.Alarm{
			Kind: digest.AlarmFolder, About: w.host, Reason: unseen.Error(), Hint: unseen.Hint,
		})
	case !is && (w.unseen || !w.begun):
		w.house.alarms.Well(ctx, digest.AlarmFolder, w.host)
		if w.unseen {
			w.log.Info("the shared folders are seen again")
		}
	}
	// One look may be a moment's fault of the share.
	w.house.member.unseeing.Store(is && w.unseen)
	w.unseen, w.begun = is, true
}

// lookAtServer keeps on this machine how far the database is, and says where it is behind that,
// or on another server.
func (w *houseWatch) lookAtServer(ctx context.Context) {
	said := ""
	if err := w.house.file.NoteSeen(ctx); err != nil {
		said = err.Error()
	}
	if ctx.Err() != nil {
		return
	}
	if said != "" && said != w.behind {
		w.log.Error("this machine would send nothing", "err", said)
	}
	w.behind = said
	own := w.house.file.House()
	now, before, err := own.Timelines(ctx)
	if err != nil || !now.Seen.IsZero() {
		return
	}
	if t := (turnover{now, before}); t.is() {
		w.log.Warn("the database has a new timeline", "reason", t.reason(), "hint", hintTurnover)
		a := digest.Alarm{Kind: digest.AlarmFailover, About: t.name(), Reason: t.reason(), Hint: hintTurnover}
		w.house.alarms.Raise(ctx, a)
		// It is told once: nothing becomes well by itself.
		w.house.alarms.Well(ctx, a.Kind, a.About)
	}
	if err := own.SawTimeline(ctx, now, w.now()); err != nil && ctx.Err() == nil {
		w.log.Warn("can't keep which timeline the database is on", "err", err)
	}
}

// turnover is that a database goes on in another history than before.
type turnover struct{ now, before digest.Timeline }

// is says whether it does.
func (t turnover) is() bool { return t.before.Number != 0 }

func (t turnover) name() string { return fmt.Sprintf("timeline %d", t.now.Number) }

// hintTurnover is what to do about it.
const hintTurnover = `make sure that the former server is gone for good; "vesper edition list" shows what was sent`

// reason says what it may mean.
func (t turnover) reason() string {
	if t.now.Server != t.before.Server {
		return "the database lies on another PostgreSQL than before: what was not brought there is in doubt"
	}
	return fmt.Sprintf("another PostgreSQL has taken over, or a backup was put back (timeline %d after %d): outcomes "+
		"that had not reached it are in doubt, and their messages may be sent again", t.now.Number, t.before.Number)
}
