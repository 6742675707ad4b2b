package ahead

import (
	"bytes"
	"crypto/sha256"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

var name = sha256.Sum256([]byte("tonight"))

const madeSize = 288

// sumOf and madeOf give what stands in the record of a key.
func sumOf(key int64) [32]byte { return sha256.Sum256([]byte(strconv.FormatInt(key, 10))) }

func madeOf(key int64) []byte {
	return bytes.Repeat([]byte{byte(key), byte(key >> 8), 3}, madeSize/3)
}

// fill adds records with the keys that are a multiple of three.
func fill(t testing.TB, f *File, from, to int64) {
	t.Helper()
	for key := from; key <= to; key++ {
		if key%3 != 0 {
			continue
		}
		if err := f.Add(key, sumOf(key), madeOf(key)); err != nil {
			t.Fatal(err)
		}
		if key%100 == 0 {
			if err := f.Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := f.Flush(); err != nil {
		t.Fatal(err)
	}
}

func folder(t testing.TB) Folder { return Folder{filepath.Join(t.TempDir(), "vesper.db")} }

func mustMake(t testing.TB, in Folder, number uint32) *File {
	t.Helper()
	f, err := in.Make(number, madeSize, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// has wants exactly the records up to a key.
func has(t testing.TB, f *File, to int64) {
	t.Helper()
	keys := make([]int64, to+10)
	for i := range keys {
		keys[i] = int64(i)
	}
	rand.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	for _, key := range keys {
		found := f.Find(key, sumOf(key))
		want := key > 0 && key%3 == 0 && key <= to
		if want != (found != nil) || want && !bytes.Equal(found, madeOf(key)) {
			t.Fatalf("key %d: found %x", key, found)
		}
		if f.Find(key, sumOf(key+1)) != nil {
			t.Fatalf("key %d is found with another sum", key)
		}
	}
}

func TestWhatWasMadeIsFoundByItsKeyAndSumAlone(t *testing.T) {
	in := folder(t)
	if f := in.Open(7, madeSize, name); f != nil {
		t.Error("a file that is not there is opened")
	}
	f := mustMake(t, in, 7)
	has(t, f, 0)
	fill(t, f, 1, 1000)
	has(t, f, 1000)
	fill(t, f, 1001, 3000) // what lies in memory of the last block grows with it
	has(t, f, 3000)
	if f.Last() != 3000 || f.Add(3000, sumOf(1), madeOf(1)) == nil || f.Add(3001, sumOf(1), madeOf(1)[1:]) == nil {
		t.Error("a record is taken that is out of order, or of another length")
	}
	r := in.Open(7, madeSize, name)
	if r == nil {
		t.Fatal("it is not opened")
	}
	defer r.Close()
	has(t, r, 3000)
	info, err := os.Stat(in.path(7))
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() > 1000*400 {
		t.Errorf("got %v, %v", info, err)
	}
	other := sha256.Sum256([]byte("another"))
	if in.Open(7, madeSize, other) != nil || in.Open(7, madeSize+1, name) != nil || in.Open(8, madeSize, name) != nil {
		t.Error("a file of something else is opened")
	}
}

func TestARestartGoesOnWhereItWas(t *testing.T) {
	in := folder(t)
	fill(t, mustMake(t, in, 1), 1, 600)
	whole, err := os.ReadFile(in.path(1))
	if err != nil {
		t.Fatal(err)
	}
	record := len(whole) - headSize
	record /= 200
	for cut, want := range map[int]int64{0: 600, 1: 597, record - 1: 597, record: 597, record + 5: 594} {
		if err := os.WriteFile(in.path(1), whole[:len(whole)-cut], 0o600); err != nil {
			t.Fatal(err)
		}
		f := mustMake(t, in, 1)
		if f.Last() != want {
			t.Errorf("without the last %d octets it goes on from %d, want %d", cut, f.Last(), want)
		}
		fill(t, f, f.Last()+1, 900)
		has(t, f, 900)
	}
	// What was only allocated, and never written, is taken away.
	if err := os.WriteFile(in.path(1), append(slices.Clone(whole), make([]byte, 5*record)...), 0o600); err != nil {
		t.Fatal(err)
	}
	if f := mustMake(t, in, 1); f.Last() != 600 {
		t.Errorf("it goes on from %d", f.Last())
	}
	// Another name, another edition: it begins anew.
	f, err := in.Make(1, madeSize, sha256.Sum256(nil))
	if err != nil || f.Last() != 0 || f.count.Load() != 0 {
		t.Errorf("got %+v, %v", f, err)
	}
	f.Close()
}

func TestADamagedRecordIsNotFound(t *testing.T) {
	in := folder(t)
	fill(t, mustMake(t, in, 1), 1, 300)
	whole, err := os.ReadFile(in.path(1))
	if err != nil {
		t.Fatal(err)
	}
	for range 2000 {
		damaged := slices.Clone(whole)
		damaged[headSize+rand.IntN(len(damaged)-headSize)] ^= 1 << rand.IntN(8)
		if err := os.WriteFile(in.path(1), damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		f := in.Open(1, madeSize, name)
		missing := 0
		for key := int64(3); key <= 300; key += 3 {
			found := f.Find(key, sumOf(key))
			if found == nil {
				missing++
			} else if !bytes.Equal(found, madeOf(key)) {
				t.Fatalf("key %d: damaged", key)
			}
		}
		f.Close()
		if missing == 0 {
			t.Fatal("nobody noticed")
		}
	}
}

func TestWhatIsNoFileOfOursIsNotTouched(t *testing.T) {
	in := folder(t)
	target := filepath.Join(t.TempDir(), "precious")
	if err := os.WriteFile(target, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, in.path(1)); err != nil {
		t.Fatal(err)
	}
	if in.Open(1, madeSize, name) != nil {
		t.Error("a link is followed")
	}
	fill(t, mustMake(t, in, 1), 1, 30)
	if b, err := os.ReadFile(target); string(b) != "precious" || err != nil {
		t.Errorf("got %q, %v", b, err)
	}
}

func TestAFileThatOthersMayUseIsMadeAnew(t *testing.T) {
	in := folder(t)
	fill(t, mustMake(t, in, 1), 1, 30)
	for _, mode := range []os.FileMode{0o640, 0o602, 0o666} {
		if err := os.Chmod(in.path(1), mode); err != nil {
			t.Fatal(err)
		}
		if in.Open(1, madeSize, name) != nil {
			t.Errorf("%o: it is looked in", mode)
		}
	}
	if f := mustMake(t, in, 1); f.Last() != 0 {
		t.Errorf("what is in it up to %d is kept", f.Last())
	}
	if info, err := os.Stat(in.path(1)); err != nil || info.Mode() != 0o600 {
		t.Errorf("got %v, %v", info.Mode(), err)
	}
}

func TestWhatHasNoRoomIsNotBegun(t *testing.T) {
	in := folder(t)
	if err := in.Room(1, madeSize, 1<<40); err == nil || !strings.Contains(err.Error(), "MB of signatures") {
		t.Errorf("got %v", err)
	}
	if err := in.Room(1, madeSize, 1000); err != nil {
		t.Error(err)
	}
}

func TestFilesOfEditionsThatAreOverAreDeleted(t *testing.T) {
	in := folder(t)
	for n := range uint32(4) {
		mustMake(t, in, n+1)
	}
	others := []string{in.Database, in.Database + ".ahead-x", in.Database + ".sent", in.Database + ".ahead-99999999999"}
	for _, other := range others {
		if err := os.WriteFile(other, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := in.Keep(2, 3); err != nil {
		t.Fatal(err)
	}
	if err := in.Remove(3); err != nil {
		t.Fatal(err)
	}
	if err := in.Remove(3); err != nil {
		t.Error(err)
	}
	left, err := filepath.Glob(in.Database + "*")
	want := append(others, in.path(2))
	slices.Sort(want)
	if !slices.Equal(left, want) || err != nil {
		t.Errorf("left %q, %v", left, err)
	}
}

// TestManyLookWhileOneAdds is for the race detector.
func TestManyLookWhileOneAdds(t *testing.T) {
	f := mustMake(t, folder(t), 1)
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for range 2000 {
				key := 3 * (1 + rand.Int64N(700))
				if found := f.Find(key, sumOf(key)); found != nil && !bytes.Equal(found, madeOf(key)) {
					t.Errorf("key %d: %x", key, found)
				}
			}
		})
	}
	fill(t, f, 1, 2100)
	readers.Wait()
	has(t, f, 2100)
}

// FuzzFile looks in a file of anybody's: nothing is found in it but what was made under just
// this sum.
func FuzzFile(f *testing.F) {
	in := folder(f)
	fill(f, mustMake(f, in, 1), 1, 9)
	whole, err := os.ReadFile(in.path(1))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add(whole[:headSize])
	f.Add(whole[:headSize-1])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		in := Folder{filepath.Join(t.TempDir(), "db")}
		if err := os.WriteFile(in.path(1), b, 0o600); err != nil {
			t.Fatal(err)
		}
		if file := in.Open(1, madeSize, name); file != nil {
			for key := int64(-1); key <= 12; key++ {
				if found := file.Find(key, sumOf(key)); found != nil && !bytes.Equal(found, madeOf(key)) {
					t.Errorf("key %d: %x", key, found)
				}
			}
			file.Close()
		}
		file := mustMake(t, in, 1)
		fill(t, file, max(0, file.Last())+1, max(0, file.Last())+9)
	})
}
