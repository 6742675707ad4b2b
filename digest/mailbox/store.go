package mailbox

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// prepare makes the folder, and finds the highest number in it.
func (m *Mailbox) prepare() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = false
	if m.Dir == "" {
		return nil
	}
	dir, err := filepath.Abs(m.Dir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	m.dir = dir
	for _, entry := range entries {
		digits, _, _ := strings.Cut(entry.Name(), "-")
		if n, err := strconv.Atoi(digits); err == nil {
			m.number = max(m.number, n)
		}
	}
	return nil
}

// keep stores one recipient's copy, and counts it after that.
func (m *Mailbox) keep(from, to string, source []byte) error {
	msg := Message{From: from, To: to, Received: m.now(), Size: len(source), Subject: subject(source)}
	if !m.enter(&msg, source) {
		return errors.New("the mailbox is closing")
	}
	defer m.keeping.Done()
	if msg.Path != "" {
		if err := write(msg.Path, source); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.messages = append(m.messages, msg)
	if m.arrived != nil {
		close(m.arrived)
		m.arrived = nil
	}
	return nil
}

// enter gives a message its number, and its path or its bytes in memory. It is false
// if the mailbox takes no more.
func (m *Mailbox) enter(msg *Message, source []byte) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false
	}
	m.keeping.Add(1)
	m.number++
	msg.Number = m.number
	switch {
	case m.dir != "":
		msg.Path = filepath.Join(m.dir, fileName(msg.Number, msg.To))
	case m.inMemory+len(source) <= held:
		m.inMemory += len(source)
		msg.source = bytes.Clone(source)
	}
	return true
}

var notInNames = regexp.MustCompile(`[^A-Za-z0-9@._+-]+`)

// fileName gives the name of a message's file. The number makes it unique. The
// recipient is for people to read: characters that may do harm are replaced.
func fileName(number int, to string) string {
	name := strings.Trim(notInNames.ReplaceAllString(to, "_"), ".")
	return fmt.Sprintf("%04d-%s.eml", number, name[:min(len(name), 100)])
}

// write makes a file that is there complete or not at all.
func write(path string, data []byte) (err error) {
	// CreateTemp makes files 0600.
	f, err := os.CreateTemp(filepath.Dir(path), ".mail-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(data)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", path, cmp.Or(err, fs.ErrExist))
	}
	return os.Rename(f.Name(), path)
}
