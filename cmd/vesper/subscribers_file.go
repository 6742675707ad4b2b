package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"vesper/digest"
	"vesper/subscribers"
	"vesper/subscribers/exchange"
)

// readersFile is a file of readers under way into the list.
type readersFile struct {
	app       *app
	name      string
	file      *exchange.File
	confirmed bool
	now       time.Time
	rejects   io.Writer
	// mute leaves rejects unnamed: they were named before.
	mute bool
	// aside, if set, says which rows are not enrolled.
	aside func(subscribers.Row) bool

	done     atomic.Int64
	rejected int
	err      error
}

// openReaders looks through a file, "-" is stdin, and says on stderr what it was
// recognised as. Whatever is wrong with it as a whole is said before anything is
// done.
func (a *app) openReaders(name string, choices exchange.Choices) (f *readersFile, closeFile func() error, err error) {
	in, said := a.stdin, name
	if name == "-" {
		said = "stdin"
	} else if in, err = openInput(name); err != nil {
		return nil, nil, err
	}
	disk, err := onDisk(in)
	if _, told := errors.AsType[*exitError](err); told {
		return nil, nil, err
	}
	if err != nil {
		return nil, nil, notRead(said, err)
	}
	f = &readersFile{app: a, name: said, now: a.now(), rejects: io.Discard}
	choices.Now = f.now
	info, err := disk.Stat()
	if err == nil {
		f.file, err = exchange.Open(said, disk, info.Size(), choices)
	}
	if err != nil {
		disk.Close()
		return nil, nil, unreadable(err)
	}
	f.introduce()
	return f, disk.Close, nil
}

// introduce says what the file is.
func (f *readersFile) introduce() {
	for _, p := range f.file.Parts {
		f.app.tell("%s\n", p.String())
		if len(p.Ignored) > 0 && p.Format == exchange.Table {
			f.app.tell("%s\n", "  ignored: "+strings.Join(p.Ignored, ", "))
		}
	}
	for _, line := range f.file.PassedOver {
		f.app.tell("%s\n", line)
	}
}

// onDisk gives what can be read more than once: a file itself, and of a pipe a
// copy that is gone when it is closed.
func onDisk(in io.Reader) (*os.File, error) {
	if f, ok := in.(*os.File); ok {
		info, err := f.Stat()
		if err != nil {
			return nil, err
		}
		if info.Mode().IsRegular() {
			return f, nil
		}
	}
	copied, err := os.CreateTemp("", "vesper-list-*")
	if err != nil {
		return nil, noTemporary(err)
	}
	if err = os.Remove(copied.Name()); err == nil {
		err = exchange.Spool(copied, in)
	}
	if err != nil {
		copied.Close()
		return nil, err
	}
	return copied, nil
}

// format gives what the file was recognised as.
func (f *readersFile) format() string {
	var all []string
	for _, p := range f.file.Parts {
		all = append(all, string(p.Format))
	}
	return strings.Join(all, ", ")
}

// rows gives what is enrolled, and puts aside what can't be.
func (f *readersFile) rows() iter.Seq[subscribers.Row] {
	return func(yield func(subscribers.Row) bool) {
		f.done.Store(0)
		f.rejected, f.err = 0, nil
		for _, p := range f.file.Parts {
			if !f.part(p, yield) {
				return
			}
		}
	}
}

func (f *readersFile) part(p *exchange.Part, yield func(subscribers.Row) bool) (on bool) {
	headed := p.Header() == ""
	for row, err := range p.Rows() {
		f.done.Add(1)
		if reject, ok := errors.AsType[*exchange.Reject](err); ok {
			if f.rejected == 0 {
				fmt.Fprintln(f.rejects, exchange.GuardRemark)
			}
			if !headed {
				fmt.Fprintln(f.rejects, p.Guard(p.Header()))
			}
			headed = true
			f.reject(p, reject)
			continue
		}
		if f.err = err; err != nil {
			return false
		}
		if s := &row.Subscriber; f.confirmed && len(row.Reasons()) == 0 && s.Status == subscribers.Unconfirmed {
			s.Status, s.Confirmed = subscribers.Active, f.now
		}
		if f.aside != nil && f.aside(row) {
			continue
		}
		if !yield(row) {
			return false
		}
	}
	return true
}

// shownRejects is how many rejected lines are named on the terminal.
const shownRejects = 20

// reject writes a row so that its file, mended, can be imported: what is wrong
// is a remark above it.
func (f *readersFile) reject(p *exchange.Part, r *exchange.Reject) {
	f.rejected++
	fmt.Fprintf(f.rejects, "# %s\n%s\n", printable(r.Error()), p.Guard(r.Text))
	switch {
	case f.mute:
	case f.rejected <= shownRejects:
		f.app.flaw(&digest.Flaw{File: r.File, Line: r.Line, Problem: r.Problem, Hint: r.Hint})
	case f.rejected == shownRejects+1:
		f.app.tell("vesper: there are more; --rejects FILE writes all of them\n")
	}
}

// enrol adds the rows to the list, or only counts what would become of them.
func (f *readersFile) enrol(ctx context.Context, h *house, dryRun bool) (importJSON, error) {
	stop := f.showRows(ctx, f.lines())
	defer stop()
	var counts subscribers.Counts
	var err error
	if dryRun {
		counts, err = h.list.EnrolPlan(ctx, f.rows())
	} else {
		counts, err = h.list.EnrolAll(ctx, f.rows(), f.now)
	}
	return importJSON{
		Added: counts.Added, Changed: counts.Changed, Unchanged: counts.Unchanged, Suppressed: counts.Suppressed,
		Rejected: f.rejected, Format: f.format(),
	}, errors.Join(err, f.err)
}

// lines gives about how many rows there are.
func (f *readersFile) lines() int {
	total := 0
	for _, p := range f.file.Parts {
		total += p.Lines()
	}
	return total
}

// showRows says on stderr how many rows of a total are done, until the result is
// called.
func (f *readersFile) showRows(ctx context.Context, total int) (stop func()) {
	look := func() int { return int(f.done.Load()) }
	return f.app.showProgress(ctx, progress{
		total: total, look: look,
		line: func(after time.Duration) string {
			return fmt.Sprintf("%d of about %d rows, %.0f a second", look(), total, float64(look())/after.Seconds())
		},
	})
}
