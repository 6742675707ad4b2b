package main

import (
	"fmt"
	"os"

	"vesper/digest"
	"vesper/digest/intake"
)

// openInput opens a file that a verb reads by its name.
func openInput(name string) (*os.File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, notRead(name, err)
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		f.Close()
		return nil, usage(fmt.Errorf("%s: it is a folder", name), "name a file in it")
	}
	return f, nil
}

// notRead makes it a wrong argument that a file or folder can't be read.
func notRead(name string, err error) error {
	problem, hint := digest.Unread(name, err)
	if name != "" {
		problem = name + ": " + problem
	}
	return usage(fmt.Errorf("%s", problem), hint)
}

// readInput reads an article's file; - is stdin.
func (a *app) readInput(name string) ([]byte, error) {
	if name == "-" {
		return intake.ReadFile(a.stdin)
	}
	f, err := openInput(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := intake.ReadFile(f)
	if err != nil {
		return nil, notRead(name, err)
	}
	return text, nil
}

// namesFolder is nil if a flag names a folder that can be read.
func namesFolder(flag, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return wrongly(flag, notRead(name, err))
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && !info.IsDir() {
		return usage(fmt.Errorf("%s: %s is a file, not a folder", flag, name), "name the folder that it lies in")
	}
	return nil
}
