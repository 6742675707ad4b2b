package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/digest/publish"
)

func (a *app) statusCommand() *cobra.Command {
	var out format
	var watch bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "How it stands: last and next edition, what is owed, relays, feeds, disk",
		Long: `Shows the last edition, the next one as it would be by what is there now, what is owed
and why it waits, the relays, the feeds, what came back, the disk, and which process
sends. Nothing is changed, and no feed or relay is asked.

Exit status:
  0  all is well, or an edition is being sent and within its time
  1  tonight's edition would not go: too few articles, no readers, no key, a desk that
     can't be read, no room on the disk, or no service runs where one has run, or where
     nothing was sent yet. An edition that is due more than 12 hours from now, and not
     today, still has time for its articles
  4  an edition is paused, or owed beyond its time: finish_by, else grace; or letters are due
     for ten minutes, and no relay has answered for any
  5  held: nothing is sent until somebody says a word`,
		Example: "  vesper status\n  vesper status --watch\n  vesper status -o json | jq .next.send_at",
		Args:    cobra.NoArgs,
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, _ []string) error {
			if watch {
				return a.watchStatus(cmd.Context(), h, out)
			}
			s, err := a.standing(cmd.Context(), h)
			if err != nil {
				return err
			}
			if out == "json" {
				err = newEncoder(a.stdout).Encode(s.json())
			} else {
				err = s.write(a.stdout, columns(a.stdout))
			}
			if err != nil {
				return err
			}
			if code := s.code(); code != exitDone {
				return exit(code)
			}
			return nil
		}),
	}
	addJSON(cmd, &out)
	cmd.Flags().BoolVarP(&watch, "watch", "w", false, "on a terminal: show it again each second, until Ctrl-C")
	return cmd
}

// watchStatus shows the status each second. A look that takes long, since a million rows
// are counted for it, is made less often: it takes a twentieth of the time at most.
func (a *app) watchStatus(ctx context.Context, h *house, out format) error {
	if out == "json" || !isTerminal(a.stdout) || a.env("TERM") == "dumb" {
		return usage(errors.New("--watch needs a terminal, and shows no JSON"), "run it without --watch, time and again")
	}
	io.WriteString(a.stdout, "\x1b[?25l")
	defer io.WriteString(a.stdout, "\x1b[?25h\n")
	ticks := time.NewTicker(time.Second)
	defer ticks.Stop()
	var s *standing
	var took time.Duration
	for {
		if began := a.now(); s == nil || began.Sub(s.at) >= 20*took {
			next, err := a.standing(ctx, h)
			if ctx.Err() != nil {
				return nil
			}
			if err != nil {
				return err
			}
			s, took = next, a.now().Sub(began)
		}
		if err := s.draw(a.stdout, columns(a.stdout), a.now()); err != nil {
			return err
		}
		select {
		case <-ticks.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// standing is how all stands at a moment.
type standing struct {
	at   time.Time
	zone *time.Location
	// held says why nothing is sent at all, late why tonight's edition would not go, and
	// behind what is paused or owed beyond its time; "" for none.
	held, late, behind string
	// hint says what to do about held, "" where that says it by itself, and server that the
	// database has lately come to another PostgreSQL.
	hint, server string
	// newer names the program that has brought the database a step further than this one knows; "": none has.
	newer string
	// stuck says that letters wait for long; "": none do.
	stuck    string
	last     *lastEdition
	next     []nextEdition
	underWay []underWay
	pace     digest.RunPace
	// rate is what the first relay is sent at most a second; 0 is no limit.
	rate   float64
	relays []relayStanding
	feeds  []digest.FeedState
	holder *digest.HeldError
	// machines are those that work on the database where it is on PostgreSQL, jobs what they have to do.
	machines []digest.Machine
	jobs     digest.Jobs
	// served says that the service has run here once.
	served bool
	free   uint64
	// alarms are those that are on, as the service last saw it.
	alarms []digest.RaisedAlarm
	// numbers gives the paper number and the ledger's of an edition by its ID.
	numbers func(edition string) (paper, ledger uint32)
}

// code is the exit status.
func (s *standing) code() int {
	switch {
	case s.held != "":
		return exitHeld
	case s.late != "":
		return exitFailed
	case s.behind != "":
		return exitPartly
	}
	return exitDone
}

// verdict says it in a line.
func (s *standing) verdict() string {
	switch {
	case s.held != "":
		return "held: " + s.held
	case s.late != "":
		return "tonight's edition would not go: " + s.late
	case s.behind != "":
		return s.behind
	case len(s.underWay) == 0:
		return "all is well"
	}
	for _, u := range s.underWay {
		if !u.Frozen(s.at) {
			return "an edition is being sent, and within its time"
		}
	}
	return "an edition is " + frozen(s.underWay[0].Record, s.zone)
}

type relayStanding struct {
	digest.RelayState
	// known says that a process that is running has told it, others that the one that has the lock tells of
	// other relays alone.
	known, others bool
}

// standing looks at everything.
func (a *app) standing(ctx context.Context, h *house) (*standing, error) {
	s := &standing{at: a.now(), zone: h.zone, rate: h.config.Relay[0].Rate, numbers: h.numbersOf}
	var err error
	if s.machines, err = h.file.Machines(ctx); err != nil {
		return nil, err
	}
	if s.jobs, err = h.file.Jobs(ctx); err != nil {
		return nil, err
	}
	if s.holder, err = h.file.Holder(); err != nil {
		return nil, err
	}
	if s.pace, err = h.book.Pace(ctx); err != nil {
		return nil, err
	}
	if s.free, err = h.file.Free(); err != nil {
		return nil, err
	}
	if s.server, err = h.turnover(ctx, s.at); err != nil {
		return nil, err
	}
	if s.newer, err = h.file.Newer(ctx); err != nil {
		return nil, err
	}
	if s.alarms, err = h.file.Alarms().On(ctx); err != nil {
		return nil, err
	}
	if s.stuck, err = a.stuckLetters(ctx, h); err != nil {
		return nil, err
	}
	for _, look := range []func(context.Context, *house) error{s.lookRelays, s.lookFeeds, s.lookEditions, s.lookAhead} {
		if err := look(ctx, h); err != nil {
			return nil, err
		}
	}
	s.judge(ctx, h)
	return s, nil
}

// stale is how old what a process told of its relays may be.
const stale = 3 * tellRelaysEvery

func (s *standing) lookRelays(ctx context.Context, h *house) error {
	told, err := h.book.Relays(ctx)
	if err != nil {
		return err
	}
	for _, r := range h.relays.States() {
		one := relayStanding{RelayState: digest.RelayState{Name: r.Name}}
		for _, t := range told {
			fresh := s.holder != nil && s.at.Sub(t.Seen) < stale
			if one.others = one.others || fresh; fresh && t.Name == r.Name {
				one = relayStanding{RelayState: t, known: true}
				break
			}
		}
		s.relays = append(s.relays, one)
	}
	return nil
}

func (s *standing) lookFeeds(ctx context.Context, h *house) error {
	for _, f := range h.config.Feed {
		state, err := h.file.Feeds().Feed(ctx, f.URL)
		if err != nil {
			return err
		}
		s.feeds = append(s.feeds, state)
	}
	return nil
}

// tonight is how far off an edition may be that still has to get its articles.
const tonight = 12 * time.Hour

// room is how much of the disk an edition needs: for each reader a row in the ledger, its
// index and the write-ahead log.
func room(recipients int) uint64 { return 32<<20 + 1000*uint64(recipients) }

// judge says what is wrong.
func (s *standing) judge(ctx context.Context, h *house) {
	if err := h.publisher.Ready(ctx); err != nil {
		s.held = err.Error()
	} else if unseen := h.isUnseen(ctx); unseen != nil {
		s.held, s.hint = unseen.Error(), unseen.Hint
	}
	s.late = h.unable()
	for i := range s.next {
		s.judgeNext(&s.next[i])
	}
	for _, u := range s.underWay {
		if why := u.beyond(s); why != "" && s.behind == "" {
			s.behind = why
		}
	}
	s.behind = cmp.Or(s.behind, s.stuck)
}

// unable says why no edition would go, whatever is on the desk.
func (h *house) unable() string {
	if examples := h.config.Examples(); len(examples) > 0 {
		return "the configuration still has an example in it: " + examples[0].Problem
	} else if h.unsigned != nil {
		return h.unsigned.Error()
	}
	return ""
}

// judgeNext says what is wrong with an edition to come.
func (s *standing) judgeNext(n *nextEdition) {
	near := n.Refusal.Kind == publish.Unread || n.SendAt.Sub(s.at) <= tonight || digest.DateOf(n.SendAt.In(s.zone)) == digest.DateOf(s.at.In(s.zone))
	switch {
	case n.Caution != "":
		n.held = n.Caution
	case n.Refusal.Kind == publish.Held:
		n.held = fmt.Sprintf("edition %s is held %s", n.Edition.ID, n.Refusal.Reason)
	case n.Refused():
		n.refused = n.Refusal.Reason
	case s.free < room(n.Recipients):
		n.refused = fmt.Sprintf("the disk has %d MB left, and the edition needs %d", s.free>>20, room(n.Recipients)>>20)
	case s.holder == nil && s.served:
		n.refused = `"vesper serve" is not running`
	case s.holder == nil && s.last == nil:
		n.refused = `"vesper serve" was never started, and nothing was sent by hand`
	}
	if n.held != "" && s.held == "" {
		s.held = n.held
	}
	if n.refused != "" && near && s.late == "" {
		s.late = n.refused
	}
}
