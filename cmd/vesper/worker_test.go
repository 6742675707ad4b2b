package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"vesper/digest"
	"vesper/digest/deliver"
	"vesper/digest/relay"
	"vesper/digest/render"
	"vesper/subscribers/store"
)

// runWorker is a process that delivers an edition, as one of several machines
// would: it has no lock, and only leases keep the others from its rows. It works
// until nobody is owed the edition, and says "ready" when it begins.
func runWorker() {
	path := flag.String("db", "", "the database `FILE`, or the URL of one on a server")
	number := flag.Uint("edition", 1, "the edition's `NUMBER`")
	lease := flag.Duration("lease", 20*time.Second, "how long a row is this process's")
	port := flag.Int("port", 0, "the relay's `PORT`")
	connections := flag.Int("connections", 4, "how many at once")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := work(ctx, *path, uint32(*number), *lease, *port, *connections); err != nil {
		log.Fatal(err)
	}
}

func work(ctx context.Context, path string, number uint32, lease time.Duration, port, connections int) error {
	o := store.Options{Lease: lease}
	file, err := openAnywhere(ctx, path, o)
	if err != nil {
		return err
	}
	defer file.Close()
	messages, err := file.Book().Messages(ctx, number)
	if err != nil {
		return err
	}
	composer, err := render.NewComposer(messages, "bounces+{token}@news.example")
	if err != nil {
		return err
	}
	pool := &relay.Pool{Relays: []*relay.Relay{{
		Host: "127.0.0.1", Port: port, TLS: relay.None,
		Connections: connections + 1,
	}}}
	d := &deliver.Deliverer{GiveUpAfter: time.Hour, Now: time.Now, Jitter: rand.Float64}
	run := deliver.Run{
		Ledger: file.Ledger(number), Relay: pool.Edition(number), Composer: composer, Range: digest.Whole(),
		Connections: connections, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)), Row: "subscriber",
	}
	fmt.Println("ready")
	for tick := time.NewTicker(100 * time.Millisecond); ctx.Err() == nil; {
		if _, err := d.Work(ctx, run); err != nil {
			return err
		}
		if over, err := settled(ctx, file.Book(), number); err != nil || over {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	return nil
}

// openAnywhere opens a database in a file or on a server.
func openAnywhere(ctx context.Context, path string, o store.Options) (*store.File, error) {
	if !strings.HasPrefix(path, "postgres://") {
		return store.Open(ctx, path, o)
	}
	machine, err := os.MkdirTemp("", "machine")
	if err != nil {
		return nil, err
	}
	return store.OpenServer(ctx, path, filepath.Join(machine, "vesper"), o)
}

// settled says whether nobody is owed an edition any more.
func settled(ctx context.Context, book *store.Book, number uint32) (bool, error) {
	all, err := book.Tallies(ctx)
	for _, t := range all {
		if t.Number == number && t.Tally.Owed() > 0 {
			return false, err
		}
	}
	return err == nil, err
}
