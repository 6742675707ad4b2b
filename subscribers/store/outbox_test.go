package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vesper/digest"
)

// Of SQLite alone: the bytes of the file.
func TestALetterAtItsEndForgetsItsReader(t *testing.T) {
	sweep := func(t *testing.T, s *File, w digest.Sweeping) {
		t.Helper()
		w.Range, w.Now = digest.Whole(), evening
		if _, err := s.Outbox().Sweep(t.Context(), w); err != nil {
			t.Fatal(err)
		}
	}
	for name, end := range map[string]func(t *testing.T, s *File, d digest.Delivery) error{
		"sent": func(t *testing.T, s *File, d digest.Delivery) error {
			return s.Outbox().Settle(t.Context(), d, accepted(evening))
		},
		"failed": func(t *testing.T, s *File, d digest.Delivery) error {
			end := replied(digest.Failed, 550, "<gone@quay.example>: no such\r\nmailbox")
			return s.Outbox().Settle(t.Context(), d, end)
		},
		"unknown": func(t *testing.T, s *File, _ digest.Delivery) error {
			sweep(t, s, digest.Sweeping{Hold: true})
			return nil
		},
		"expired": func(t *testing.T, s *File, _ digest.Delivery) error {
			sweep(t, s, digest.Sweeping{})
			sweep(t, s, digest.Sweeping{TooOld: evening})
			return nil
		},
		"skipped": func(t *testing.T, s *File, _ digest.Delivery) error {
			sweep(t, s, digest.Sweeping{})
			removeReader(t, s, address(t, "Gone@quay.example"))
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "vesper.db")
			s := openFile(t, path)
			addReader(t, s, "gone@quay.example")
			postTo(t, s, digest.Confirmation, "gone@quay.example")
			d := owedLetters(t, s, evening)[0]
			intendLetter(t, s, d)
			if err := end(t, s, d); err != nil {
				t.Fatal(err)
			}
			got := text(t, s, `SELECT step FROM letters WHERE address = '' AND return_path = '' AND bytes = x''`)
			if got != name {
				t.Errorf("it is %s, want %s", got, name)
			}
			if strings.Contains(text(t, s, `SELECT reply FROM letters`), "gone@") {
				t.Error("the reply names the reader")
			}
			execute(t, s, `DELETE FROM subscribers`)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if b, err := os.ReadFile(path); err != nil || strings.Contains(string(b), "gone@quay") {
				t.Errorf("the file still names the reader (%v)", err)
			}
		})
	}
}
