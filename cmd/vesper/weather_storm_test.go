package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"vesper/subscribers"
)

// skies are the weathers of a relay; the empty one is a clear sky. A relay that says for
// a second only that nobody is known to it can't be told from one that is right.
var skies = []string{
	"", "", "", "",
	"greeting 1 421 4.3.2 come again", "greeting 2 rst", "greeting 1 rst", "greeting 1 stall",
	"auth 1 535 5.7.8 these credentials are not ours",
	"mail 1 450 4.3.2 too fast", "mail 3 421 4.3.2 closing", "mail 5 fin", "mail 9 stall",
	"mail 1 550 5.7.1 this sender may not send here",
	"rcpt 3 450 4.2.0 not now", "rcpt 1 451 4.7.1 greylisted", "rcpt 7 421 4.3.2 closing", "rcpt 5 fin", "rcpt 5 rst",
	"data 1 451 4.3.0 not now", "data 4 rst", "data 9 stall",
	"dot 3 452 4.3.1 no room", "dot 5 rst", "dot 7 421 4.3.2 closing",
	"taken 6 rst", "taken 6 fin", "taken 9 stall",
	"session 10 421 4.7.0 ten messages are enough", "session 3 550 5.5.0 three messages are enough",
	"rcpt 1 554 5.7.1 relay access denied", "data 1 554 5.7.1 not from you", "dot 1 550 5.4.5 daily limit",
}

// something happens, most often to the weather.
func (e *evening) something(t *testing.T) {
	t.Helper()
	what, do := "weathers", e.changes
	switch n := e.random.IntN(100); {
	case n < 12:
		what, do = "leavers", e.leaves
	case n < 20:
		what, do = "sign-ups", e.signsUp
	case n < 24:
		what, do = "goodbyes", e.goodbye
	case n < 27:
		what, do = "imports", e.imports
	case n < 30:
		what, do = "syncs", e.syncs
	case n < 36:
		what, do = "SIGTERM", func(t *testing.T) { e.restart(t, syscall.SIGTERM) }
	case n < 42:
		what, do = "kills", func(t *testing.T) { e.restart(t, syscall.SIGKILL) }
	}
	e.did[what]++
	do(t)
}

func (e *evening) changes(t *testing.T) {
	e.witnesses[e.random.IntN(2)].has(t, skies[e.random.IntN(len(skies))])
}

// serving is a service that a test listens to.
type serving struct {
	*exec.Cmd
	*heard
}

// begin starts the service.
func (e *evening) begin(t *testing.T) {
	t.Helper()
	e.service = &serving{e.command("serve"), &heard{words: map[string]chan struct{}{}}}
	e.service.Stdout, e.service.Stderr = e.service.heard, e.service.heard
	if err := e.service.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.service.Process.Kill() })
	e.service.says(t, "msg=serving")
}

// stop ends the service by a signal.
func (e *evening) stop(t *testing.T, by syscall.Signal) {
	t.Helper()
	e.service.Process.Signal(by)
	if err := e.service.Wait(); by == syscall.SIGTERM && err != nil {
		t.Errorf("serve ended with %v\n%s", err, &e.service.text)
	}
}

// restart ends the service, and starts it up to four minutes later: 20 minutes of weather
// are half a day of its clock then, and no edition gets too old.
func (e *evening) restart(t *testing.T, by syscall.Signal) {
	t.Helper()
	if by == syscall.SIGTERM && *soakFlag < 1 {
		// A relay that stalls is waited for, which a short test has no time for.
		for _, w := range e.witnesses {
			w.has(t, "")
		}
	}
	e.stop(t, by)
	e.ahead.skip(time.Duration(e.random.Int64N(int64(4 * time.Minute))))
	e.begin(t)
}

// pending is a delivery that was pending when its reader had left.
type pending struct{ edition, address string }

// leaves has a reader leave with one click.
func (e *evening) leaves(t *testing.T) {
	t.Helper()
	db, address := e.database(t), e.readers[e.random.IntN(len(e.readers))]
	defer db.Close()
	var id, public int64
	if err := db.QueryRowContext(t.Context(), `SELECT coalesce(max(id), 0), coalesce(max(public_id), 0)
		FROM subscribers WHERE address = $1`, address).Scan(&id, &public); err != nil {
		t.Fatal(err)
	}
	key := currentKey(t, db, "link")
	e.posts(t, "/u/"+key.Link(subscribers.ToUnsubscribe, uint64(public), time.Time{}), "List-Unsubscribe=One-Click")
	rows, err := db.QueryContext(t.Context(), `SELECT e.date || '-' || e.slot FROM deliveries d
		JOIN editions e ON e.number = d.edition WHERE d.subscriber = $1 AND d.step = 'pending'`, id)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		p := pending{address: address}
		if err := rows.Scan(&p.edition); err != nil {
			t.Fatal(err)
		}
		e.owed = append(e.owed, p)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// signsUp has somebody fill in the form of the publication's own site.
func (e *evening) signsUp(t *testing.T) {
	t.Helper()
	e.posts(t, "/s", "email="+fmt.Sprintf("new%d@reader.example", e.asked))
	e.asked++
}

// posts sends a form, which must be answered with 200.
func (e *evening) posts(t *testing.T, path, form string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "POST", e.pages+path, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "https://www.news.example")
	r.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.1", e.asked/250, e.asked%250))
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Errorf("%s: %v", form, err)
		return
	}
	defer answer.Body.Close()
	if page, _ := io.ReadAll(answer.Body); answer.StatusCode != http.StatusOK {
		t.Errorf("%s was answered with %d:\n%s", form, answer.StatusCode, page)
	}
}

// goodbye has an admin remove a reader who is told so.
func (e *evening) goodbye(t *testing.T) {
	t.Helper()
	active := slices.DeleteFunc(e.active(t), func(a string) bool { return !strings.HasPrefix(a, "reader") })
	e.does(t, "subscribers", "remove", "--goodbye", "--yes", active[e.random.IntN(len(active))])
}

func (e *evening) imports(t *testing.T) {
	t.Helper()
	e.list(t, []string{fmt.Sprintf("late%d@reader.example", e.did["imports"])})
	e.does(t, "subscribers", "import", "list.txt", "--confirmed")
}

// syncs takes one reader off the list who is not in the admin's file any more.
func (e *evening) syncs(t *testing.T) {
	t.Helper()
	e.list(t, e.active(t)[1:])
	e.does(t, "subscribers", "sync", "list.txt", "--confirmed", "--yes")
}

// active gives the addresses of who is on the list, the first ones first.
func (e *evening) active(t *testing.T) (all []string) {
	t.Helper()
	db := e.database(t)
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), `SELECT address FROM subscribers WHERE status = 'active' ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var address string
		if err := rows.Scan(&address); err != nil {
			t.Fatal(err)
		}
		all = append(all, address)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// list writes the admin's file.
func (e *evening) list(t *testing.T, readers []string) {
	t.Helper()
	list := []byte(strings.Join(readers, "\n") + "\n")
	if err := os.WriteFile(filepath.Join(e.dir, "list.txt"), list, 0o600); err != nil {
		t.Fatal(err)
	}
}

// does has an admin do something, which may be left in part but not refused.
func (e *evening) does(t *testing.T, args ...string) {
	t.Helper()
	c := e.command(args...)
	out, err := c.CombinedOutput()
	if status := c.ProcessState.ExitCode(); status != exitDone && status != exitPartly {
		t.Errorf("vesper %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}
