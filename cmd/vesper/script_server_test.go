package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/testscript"

	"vesper/digest/whole"
	"vesper/subscribers/pgtest"
)

// databaseURL is [database] url in the environment.
const databaseURL = "VESPER_DATABASE_URL"

// Every session goes the same way where the database lies on a server; without -whole those of which
// each has statements of its own.
func TestScriptsOnPostgreSQL(t *testing.T) {
	whole.NotRaced(t)
	server := pgtest.Start(t)
	var many atomic.Int64
	runScripts(t, true, func(e *testscript.Env) error {
		e.Setenv(databaseURL, server.Database(t, fmt.Sprintf("newsroom%d", many.Add(1))))
		return nil
	})
}

func sqlOnServer(ts *testscript.TestScript, url, statement string) {
	ctx := context.Background()
	c, err := pgx.Connect(ctx, url)
	ts.Check(err)
	defer c.Close(ctx)
	_, err = c.PgConn().Exec(ctx, statement).ReadAll()
	ts.Check(err)
}
