//go:build !linux

package main

import "os/user"

// as gives nothing: nobody's eyes can be borrowed here.
func as(*user.User) func(path string, mode uint32) error { return nil }
