package main

import (
	"os"

	"vesper/digest/intake"
)

// readInput reads an article's file; - is stdin.
func (a *app) readInput(name string) ([]byte, error) {
	if name == "-" {
		return intake.ReadFile(a.stdin)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return intake.ReadFile(f)
}
