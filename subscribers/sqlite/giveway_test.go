package sqlite

import (
	"context"
	"path/filepath"
	"testing"
	"time"
)

// TestAnImportMakesWayForWhoSends and for nobody else: without a process that delivers, its
// transactions are as long as their rows take.
func TestAnImportMakesWayForWhoSends(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vesper.db")
	importer, other := openFile(t, path), openFile(t, path)
	var way giveWay
	rested, cancel := context.WithCancel(t.Context())
	cancel() // so that nobody rests in a test
	next := func() time.Duration {
		t.Helper()
		way.before(rested, path)
		if err := importer.write.whole(t.Context(), way.within); err != nil {
			t.Fatal(err)
		}
		way.before(rested, path)
		return way.most
	}
	addMany(t, other, 1)
	if most := next(); most != 0 || way.over(time.Now().Add(-time.Hour)) {
		t.Errorf("a transaction is to end after %s, and nobody delivers", most)
	}
	lock, err := other.Lock("serve")
	if err != nil {
		t.Fatal(err)
	}
	if most := next(); most != besideIdle {
		t.Errorf("beside an idle process it is to end after %s", most)
	}
	execute(t, other, `UPDATE subscribers SET name = 'A Reader'`)
	if most := next(); most != besideBusy || way.over(time.Now()) || !way.over(time.Now().Add(-most)) {
		t.Errorf("beside one that writes it is to end after %s", most)
	}
	execute(t, importer, `UPDATE subscribers SET name = 'Reader'`)
	if most := next(); most != besideIdle {
		t.Errorf("after one's own write it is to end after %s", most)
	}
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	if most := next(); most != 0 {
		t.Errorf("when nobody delivers any more it is to end after %s", most)
	}
}
