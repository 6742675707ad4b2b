package main

import (
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"vesper/subscribers/bounce"
)

// messagesIn gives the messages of what a name stands for: a message, an mbox or a Maildir;
// - is stdin. An error that a wrong name has is one of usage.
func (a *app) messagesIn(name string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		if name == "-" {
			passOn(bounce.Messages(a.stdin), yield)
			return
		}
		is, err := os.Stat(name)
		switch {
		case err != nil:
			yield(nil, notRead(name, err))
		case is.IsDir():
			maildir(name, yield)
		default:
			file(name, yield)
		}
	}
}

func passOn(all iter.Seq2[[]byte, error], yield func([]byte, error) bool) bool {
	for m, err := range all {
		if !yield(m, err) || err != nil {
			return false
		}
	}
	return true
}

func file(name string, yield func([]byte, error) bool) bool {
	f, err := openInput(name)
	if err != nil {
		return yield(nil, err) && false
	}
	defer f.Close()
	return passOn(bounce.Messages(f), yield)
}

// maildir gives the messages in cur and new. Those in tmp are not whole yet. One that a
// mail program takes away meanwhile is passed over.
func maildir(name string, yield func([]byte, error) bool) {
	found := false
	for _, part := range []string{"new", "cur"} {
		folder := filepath.Join(name, part)
		entries, err := os.ReadDir(folder)
		if err != nil {
			continue
		}
		found = true
		for _, e := range entries {
			if !e.Type().IsRegular() || strings.HasPrefix(e.Name(), ".") {
				continue
			}
			f, err := os.Open(filepath.Join(folder, e.Name()))
			if os.IsNotExist(err) {
				continue
			}
			if err != nil {
				yield(nil, notRead(filepath.Join(folder, e.Name()), err))
				return
			}
			// A file of a Maildir is one message, whatever it begins with.
			raw, err := io.ReadAll(io.LimitReader(f, bounce.MaxSize))
			f.Close()
			if !yield(raw, err) || err != nil {
				return
			}
		}
	}
	if !found {
		yield(nil, usage(fmt.Errorf("%s: it is a folder, but no Maildir: it has neither new nor cur", name),
			"name a message, an mbox or a Maildir"))
	}
}
