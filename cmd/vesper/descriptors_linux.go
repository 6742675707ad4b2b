package main

import "golang.org/x/sys/unix"

// mayOpen gives how many files this process may have open at once.
func mayOpen() int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return maxConnections * 4
	}
	return int(min(limit.Cur, 1<<20))
}
