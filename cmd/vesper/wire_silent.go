package main

import (
	"fmt"
	"time"

	"vesper/digest"
)

// answersWithin is how long a folder may take that is read at a start: a share whose server is gone hangs.
const answersWithin = 5 * time.Second

// answered gives what reading gives, or a *[digest.Flaw] where the folder gives no answer in time. What hangs
// is left behind: nothing can call it off.
func answered[T any](folder string, within time.Duration, read func() (T, error)) (T, error) {
	type answer struct {
		is  T
		err error
	}
	got := make(chan answer, 1)
	go func() {
		is, err := read()
		got <- answer{is, err}
	}()
	late := time.NewTimer(within)
	defer late.Stop()
	select {
	case a := <-got:
		return a.is, a.err
	case <-late.C:
		var none T
		return none, &digest.Flaw{
			File: folder, Problem: fmt.Sprintf("gave no answer within %s", within),
			Hint: "is it a share, and is its server there?",
		}
	}
}
