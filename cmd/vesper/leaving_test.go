package main

import (
	"database/sql"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"vesper/digest/whole"
)

var leaversFlag = flag.Int("leavers", 240, "how many readers leave in TestNobodyWhoLeavesIsLost")

// TestNobodyWhoLeavesIsLost has a provider post the one-click links of all readers, each
// until it is told that it is done, while an edition is opened and sent to them, others
// are imported and erased, and the service is killed four times.
func TestNobodyWhoLeavesIsLost(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	const kills, erased, posters = 4, 5, 8
	leavers := *leaversFlag
	readers := manyReaders(leavers + erased)
	w := startOracle(t)
	n := faultyNewsroom(t, setting{port: w.port, connections: 4}, readers)
	pages := n.open(t)
	n.write(t, "more.txt", others(leavers))
	db := n.database(t)
	defer db.Close()
	links := make(chan string, leavers)
	for _, link := range leavingLinks(t, db)[:leavers] {
		links <- pages + link
	}
	close(links)

	service := n.tells(t)
	service.says(t, "msg=serving")
	var told, again atomic.Int64
	var posting, working sync.WaitGroup
	for range posters {
		posting.Go(func() {
			for link := range links {
				for oneClick(t.Context(), link) != nil && t.Context().Err() == nil {
					again.Add(1)
					<-time.After(20 * time.Millisecond) // until the service is back
				}
				told.Add(1)
			}
		})
	}
	for _, verb := range append(erasures(leavers, erased),
		[]string{"edition", "send", "--yes", "--force", "--date", tomorrow},
		[]string{"subscribers", "import", "more.txt", "--confirmed"}) {
		working.Go(func() {
			if out, err := n.command(verb...).CombinedOutput(); err != nil {
				t.Errorf("%v: %v\n%s", verb, err, out)
			}
		})
	}
	for i := range kills {
		for told.Load() < int64(leavers*(i+1)/(kills+1)) {
			<-time.After(time.Millisecond)
		}
		service.kill()
		service = n.tells(t)
		service.says(t, "pages")
	}
	posting.Wait()
	working.Wait()
	n.hasLeft(t, db, leavers)
	service.Process.Signal(syscall.SIGTERM)
	<-service.ended
	n.send(t, exitDone)
	n.account(t, witnesses{w})
	t.Logf("%d one-click posts, %d of them again: all have left, beside an edition, an import of %d, %d erasures, "+
		"%d kills", told.Load(), again.Load(), leavers, erased, kills)
}

// others are so many who are not on the list yet.
func others(n int) string {
	var list strings.Builder
	for i := range n {
		fmt.Fprintf(&list, "other%05d@reader.example\n", i)
	}
	return list.String()
}

// erasures are commands that erase so many readers, from one on.
func erasures(first, n int) (verbs [][]string) {
	for _, reader := range manyReaders(first + n)[first:] {
		verbs = append(verbs, []string{"subscribers", "erase", reader})
	}
	return verbs
}

// hasLeft looks whether so many have left, as many others are there, and nobody else.
func (n *newsroom) hasLeft(t *testing.T, db *sql.DB, leavers int) {
	t.Helper()
	var left, all int
	if err := db.QueryRowContext(t.Context(), `SELECT coalesce(sum(status = 'unsubscribed'), 0), count(*)
		FROM subscribers`).Scan(&left, &all); err != nil {
		t.Fatal(err)
	}
	if left != leavers || all != 2*leavers {
		t.Errorf("%d of %d have left, want %d of %d", left, all, leavers, 2*leavers)
	}
}

// write writes a file of the newsroom's.
func (n *newsroom) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(n.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
