package journal

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// Keeper has the journals of a database follow it. One that can't be reached holds up
// neither the others nor who leaves: it is caught up later.
type Keeper struct {
	Files []*File
	Log   *slog.Logger

	mu   sync.Mutex
	down map[*File]bool
}

// How often a journal is looked at even if nobody left, and how often it says that nothing
// is missing.
const (
	looks = time.Minute
	beats = 15 * time.Minute
)

// patient is how long one waits for journals when the program ends.
const patient = 5 * time.Second

// Serve keeps the journals until ctx ends. It is told by departed that somebody left.
func (k *Keeper) Serve(ctx context.Context, departed <-chan struct{}) {
	var all sync.WaitGroup
	var told []chan struct{}
	for _, f := range k.Files {
		tell := make(chan struct{}, 1)
		told = append(told, tell)
		all.Go(func() { k.keep(ctx, f, tell) })
	}
	for {
		select {
		case <-departed:
			for _, tell := range told {
				select {
				case tell <- struct{}{}:
				default:
				}
			}
		case <-ctx.Done():
			wait(&all)
			return
		}
	}
}

// wait waits for all, but not for a disk that does not answer.
func wait(all *sync.WaitGroup) {
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	late := time.NewTimer(patient)
	defer late.Stop()
	select {
	case <-done:
	case <-late.C:
	}
}

func (k *Keeper) keep(ctx context.Context, f *File, told <-chan struct{}) {
	look, beat := time.NewTicker(looks), time.NewTicker(beats)
	defer look.Stop()
	defer beat.Stop()
	k.follow(ctx, f, true)
	for {
		select {
		case <-told:
			k.follow(ctx, f, false)
		case <-look.C:
			k.follow(ctx, f, false)
		case <-beat.C:
			k.follow(ctx, f, true)
		case <-ctx.Done():
			return
		}
	}
}

// CatchUp adds what is missing in all journals, and says that nothing is. Of one whose disk
// does not answer it does not wait for the end.
func (k *Keeper) CatchUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patient)
	defer cancel()
	var all sync.WaitGroup
	for _, f := range k.Files {
		all.Go(func() { k.follow(ctx, f, true) })
	}
	wait(&all)
}

// follow brings one journal up. That it can't be is said once, and so is that it can again.
func (k *Keeper) follow(ctx context.Context, f *File, beat bool) {
	err := f.Follow(ctx, beat)
	aside, kept := errors.AsType[*AsideError](err)
	if kept {
		k.Log.Error("a journal has departures that the database does not know, and was given another name: "+
			`"vesper restore --accept" replays it, and "vesper restore FILE --journal KEPT"`, "journal", f.Path,
			"kept", aside.Kept)
	}
	if ctx.Err() != nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.down == nil {
		k.down = map[*File]bool{}
	}
	is := err != nil && !kept
	switch {
	case is && !k.down[f]:
		k.Log.Error("can't write the journal of departures; it is caught up once that is possible", "journal", f.Path,
			"err", err)
	case !is && k.down[f]:
		k.Log.Info("the journal of departures is written again, and nothing is missing", "journal", f.Path)
	}
	k.down[f] = is
}
