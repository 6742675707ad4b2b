package marker

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"vesper/digest"
)

// register is a database's register in memory.
type register struct {
	mu    sync.Mutex
	kinds []string
}

func (r *register) Marked(context.Context) ([]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.kinds), nil
}

func (r *register) Mark(_ context.Context, kind string, _ time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kinds = append(r.kinds, kind)
	return nil
}

// machine gives a machine of a house that has its desk here.
func machine(r Register, id, desk string) *House {
	return &House{
		ID: id, Register: r, Folders: []Folder{{"desk", desk}}, Limit: 200 * time.Millisecond,
		Now: func() time.Time { return time.Unix(0, 0) },
	}
}

// aDesk gives a folder with an article.
func aDesk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "story.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// marks makes the marker of a desk.
func marks(t *testing.T, h *House) {
	t.Helper()
	if made, err := h.Mark(t.Context()); err != nil || len(made) != 1 {
		t.Fatalf("made %v, %v", made, err)
	}
}

// unseen wants a machine to refuse its folder with these words.
func unseen(t *testing.T, h *House, words string) {
	t.Helper()
	err := h.See(t.Context())
	is, ok := errors.AsType[*digest.UnseenError](err)
	if !ok || !errors.Is(err, digest.ErrUnseen) || !strings.Contains(err.Error(), words) || is.Hint == "" {
		t.Fatalf("got %v, want %q", err, words)
	}
	root, err := h.Open(t.Context(), h.Folders[0])
	if root != nil || err == nil {
		t.Errorf("it was opened: %v", err)
	}
}

func TestWhoDoesNotSeeTheMarkerOpensNothing(t *testing.T) {
	r, share := &register{}, aDesk(t)
	first := machine(r, "ours", share)
	marks(t, first)
	if err := first.See(t.Context()); err != nil {
		t.Error(err)
	}
	if err := machine(r, "ours", share).See(t.Context()); err != nil {
		t.Errorf("another machine with the share: %v", err)
	}
	unseen(t, machine(r, "ours", t.TempDir()), "is not there")
	unseen(t, machine(r, "ours", aDesk(t)), "is not there")
	unseen(t, machine(r, "ours", filepath.Join(share, "nowhere")), "is not there")
	// A share that goes and comes back.
	away := share + ".away"
	if err := os.Rename(share, away); err != nil {
		t.Fatal(err)
	}
	unseen(t, first, "is not there")
	if err := os.Rename(away, share); err != nil {
		t.Fatal(err)
	}
	if err := first.See(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAnotherHousesFolderIsRefusedAndNotTaken(t *testing.T) {
	share := aDesk(t)
	marks(t, machine(&register{}, "theirs", share))
	r := &register{}
	ours := machine(r, "ours", share)
	unseen(t, ours, "another house's")
	if made, err := ours.Mark(t.Context()); len(made) > 0 || err != nil {
		t.Errorf("made %v, %v", made, err)
	}
	// What the hint says helps, and the other house is left in peace.
	f, err := os.OpenFile(filepath.Join(share, File), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("ours\n"); err != nil {
		t.Fatal(err)
	}
	f.Close()
	marks(t, ours)
	if err := errors.Join(ours.See(t.Context()), machine(&register{}, "theirs", share).See(t.Context())); err != nil {
		t.Error(err)
	}
}

func TestAnEmptyFolderGetsNoMarker(t *testing.T) {
	r, share := &register{}, t.TempDir()
	h := machine(r, "ours", share)
	if made, err := h.Mark(t.Context()); len(made) > 0 || err != nil {
		t.Fatalf("made %v, %v", made, err)
	}
	if err := h.See(t.Context()); err != nil {
		t.Errorf("before there is a marker: %v", err)
	}
	if err := os.WriteFile(filepath.Join(share, "story.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	marks(t, h)
}

// A pipe without a writer hangs as a share does whose server is away.
func TestAShareThatHangsKeepsNobody(t *testing.T) {
	r, share := &register{kinds: []string{"desk"}}, aDesk(t)
	pipe := filepath.Join(share, File)
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	h := machine(r, "ours", share)
	for range 3 {
		unseen(t, h, "gave no answer within 200ms")
	}
	h.mu.Lock()
	left := h.busy[share]
	h.mu.Unlock()
	if left == nil {
		t.Fatal("the look that hangs is not known")
	}
	// It answers again.
	if err := os.Rename(pipe, pipe+".away"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(pipe, []byte("# \n\nours\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := os.OpenFile(pipe+".away", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	<-left
	if err := h.See(t.Context()); err != nil {
		t.Error(err)
	}
}
