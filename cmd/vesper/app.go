package main

import (
	"io"
	"sync/atomic"
	"time"
	_ "time/tzdata" // a small machine may have no zone files

	"vesper/cmd/vesper/config"
	"vesper/digest/domain"
)

// app is what every verb needs of the world outside.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	env            func(string) string
	// environ is all of the environment, as NAME=VALUE; nil in tests.
	environ []string
	now     func() time.Time
	// lease is how long a message in hand is this process's; zero means the store's own.
	lease time.Duration
	// chunk is how many readers of an edition go together on PostgreSQL; zero means the store's own.
	chunk   int
	dns     domain.Resolver
	sns     sns
	bedside bedside

	// reload has what SIGHUP does; without it, it ends the process softly. It is nil where
	// no signals come.
	reload *atomic.Pointer[func()]

	// log has how to log: see logAs. Who reads the configuration again logs beside others.
	log atomic.Pointer[config.Log]

	// configFile and verbose are flags of all verbs.
	configFile string
	verbose    bool
}
