package publish

import (
	"bytes"
	"io"
	"strings"
	"sync"
)

// logged is a log that can be looked into.
type logged struct {
	mu   sync.Mutex
	to   io.Writer
	text bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(b)
	return l.to.Write(b)
}

// lines gives those with a word in them.
func (l *logged) lines(word string) (found []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(l.text.String()) {
		if strings.Contains(line, word) {
			found = append(found, line)
		}
	}
	return found
}
