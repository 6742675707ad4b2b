package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// benchFlags are the flags of "bench".
type benchFlags struct {
	sinkFlags
	recipients, connections, rounds int
	sign, bare, loose               bool
	overlap, ahead                  bool
	relay, dir, profile             string
	out                             format
}

func (a *app) benchCommand() *cobra.Command {
	var f benchFlags
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure how fast mail is sent from this machine",
		Long: `Makes a temporary database with readers, opens an edition of twelve articles, and
sends it to a sink on this machine that only counts. It goes the whole way that real
mail goes: database, ledger, a copy for each reader, signature, SMTP. No real reader,
configuration or database is touched, and no mail leaves this machine: it sends to
nothing but a sink of its own.

The sink is a process of its own, and so is each run of the sender: the figures of the
sender are its alone. CPU seconds are for 10,000 messages, peak memory is with the
opening. A stall is a wait of the sink for the sender of more than 20 ms.

--no-ledger shows what the ledger costs: a run more keeps in memory what was sent, which
no real sending does, and records it when all is sent and the time is taken. So its peak
memory is not shown: it is no sender's.

--overlap is a run more too, in which the next message begins with the end of the one
before: what one round trip less a message saves.
--ahead is one more, of a frozen edition: it is signed ahead of its time, as "freeze" in
[[edition]] has it, and the time of that is said apart; then it is sent. Its rate is
compared with that of what is not signed in the same round.

Where Postfix's smtp-source and smtp-sink are installed, they are measured in turn
with Vesper, as yardsticks. The ratio is that to smtp-source at the same sink, round by
round. All figures are medians of the rounds.

Beside the figures stand how long the machine takes for an fsync and for a signature,
and what these and the round trips allow at most.`,
		Example: `  vesper bench
  vesper bench --sign --recipients 2000
  vesper bench --rtt 10ms --accept 5ms
  vesper bench --tls --connections 8 --rounds 5 -o json
  vesper bench --dir /var/lib/vesper --profile profiles`,
		Args: cobra.ArbitraryArgs,
		RunE: does(func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return verbNeeded(cmd, args)
			}
			return a.bench(cmd.Context(), f)
		}),
	}
	flags := cmd.Flags()
	f.sinkFlags.addTo(flags)
	flags.IntVar(&f.recipients, "recipients", 10_000, "send to `N` readers (or --readers)")
	flags.IntVar(&f.connections, "connections", 16, "over `N` connections at once")
	flags.IntVar(&f.rounds, "rounds", 3, "measure everything `N` times in turn")
	flags.BoolVar(&f.sign, "sign", false, "sign with an RSA key of 2048 bits (or --signed)")
	flags.BoolVar(&f.bare, "no-yardsticks", false, "measure Vesper only")
	flags.BoolVar(&f.loose, "no-ledger", false, "measure also without intents and outcomes in the ledger, for their cost")
	flags.BoolVar(&f.overlap, "overlap", false, `measure also with pipelining = "overlap" in [[relay]]`)
	flags.BoolVar(&f.ahead, "ahead", false, "measure also an edition that is signed ahead of its time, and not signed")
	flags.StringVar(&f.relay, "relay", "", `send to the "vesper bench sink" at this HOST:PORT of this machine`)
	flags.StringVar(&f.dir, "dir", "", "make the temporary folder in this `DIR`, for the speed of its disk")
	flags.StringVar(&f.profile, "profile", "", "write a CPU and a memory profile of each run of Vesper to this `DIR`")
	flags.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		switch name {
		case "readers":
			name = "recipients"
		case "signed":
			name = "sign"
		}
		return pflag.NormalizedName(name)
	})
	addJSON(cmd, &f.out)
	cmd.AddCommand(a.benchSinkCommand(), a.benchRoundCommand())
	return cmd
}

func (f benchFlags) check() error {
	for _, n := range []struct {
		name     string
		is, most int
	}{
		{"recipients", f.recipients, 10_000_000}, {"connections", f.connections, 99}, {"rounds", f.rounds, 1000},
	} {
		if n.is < 1 || n.is > n.most {
			return usage(fmt.Errorf("--%s %d: it is from 1 to %d", n.name, n.is, n.most), "")
		}
	}
	if f.relay != "" && (f.rtt > 0 || f.accept > 0 || f.tls) {
		return usage(errors.New("--relay goes without --rtt, --accept and --tls: the sink says how it is"),
			`give them to "vesper bench sink"`)
	}
	if err := f.sinkFlags.check(); err != nil {
		return err
	}
	if f.dir != "" {
		return namesFolder("--dir", f.dir)
	}
	return nil
}

// bench measures, and shows what came of it.
func (a *app) bench(ctx context.Context, f benchFlags) (err error) {
	if err := f.check(); err != nil {
		return err
	}
	if f.profile != "" {
		if err := os.MkdirAll(f.profile, 0o700); err != nil {
			return usage(fmt.Errorf("--profile: %w", err), "")
		}
	}
	home, err := os.MkdirTemp(f.dir, "vesper-bench-")
	if err != nil {
		return noTemporary(err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(home)) }()
	b := &bench{app: a, flags: f, home: home}
	defer b.close()
	if err := b.prepare(ctx); err != nil {
		return stoppedBench(ctx, err)
	}
	for n := range f.rounds {
		if err := b.round(ctx, n); err != nil {
			return stoppedBench(ctx, err)
		}
	}
	return b.show()
}

// stoppedBench says in a word that somebody ended it.
func stoppedBench(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errors.New("stopped: nothing is left of it")
	}
	return err
}

// bench is one call of the bench.
type bench struct {
	*app
	flags benchFlags
	home  string
	// sinks are those that it started, and first is the one that the first run is sent to;
	// runs is what is measured.
	first *benchSink
	sinks []*benchSink
	runs  []*benchRun
	// machine is how fast that is, a measurement each round.
	machine machineSpeed
}

// benchRun is one thing that is measured: a sender at a sink.
type benchRun struct {
	sender, sink string
	tls, signed  bool
	measure      func(ctx context.Context, round int) (benchFigures, error)
	rounds       []benchFigures
}

// benchFigures are what one round of a run came to. What is not known is negative.
type benchFigures struct {
	Messages int     `json:"messages"`
	Seconds  float64 `json:"seconds"`
	CPU      float64 `json:"cpu_seconds"`
	PeakMB   float64 `json:"peak_rss_mb"`
	Commits  int64   `json:"commits"`
	// Opening is how long the edition took to open, and OpeningCPU what of it was work.
	Opening    float64 `json:"opening_seconds"`
	OpeningCPU float64 `json:"opening_cpu_seconds"`
	// Ahead is how long it took to sign it ahead of its time, 0 if it was not.
	Ahead   float64 `json:"signing_ahead_seconds"`
	Octets  int64   `json:"octets"`
	Stalls  int64   `json:"stalls"`
	Longest float64 `json:"longest_wait_ms"`
}

func (f benchFigures) perSecond() float64 { return float64(f.Messages) / f.Seconds }

// round measures everything once.
func (b *bench) round(ctx context.Context, n int) error {
	if err := b.machine.measure(b.home); err != nil {
		return err
	}
	for _, r := range b.runs {
		b.tell("round %d of %d: %s to %s\n", n+1, b.flags.rounds, r.sender, r.where())
		figures, err := r.measure(ctx, n)
		if err != nil {
			return fmt.Errorf("%s to %s: %w", r.sender, r.where(), err)
		}
		r.rounds = append(r.rounds, figures)
	}
	return nil
}

func (r *benchRun) where() string {
	if r.tls {
		return r.sink + " over TLS"
	}
	return r.sink
}

func (b *bench) close() {
	for _, s := range b.sinks {
		s.stop()
	}
}

// onLoopback says whether an address is one of this machine alone.
func onLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("%s is not an address of this machine alone, such as 127.0.0.1:2525", address)
	}
	return nil
}

// milliseconds gives a time in milliseconds.
func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
