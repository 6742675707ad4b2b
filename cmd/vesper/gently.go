//go:build !linux

package main

// gently does something. Only on Linux one thread can come last.
func gently(do func() error) error { return do() }
