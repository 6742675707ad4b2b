package main

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/testscript"

	"vesper/digest/whole"
	"vesper/subscribers/pgtest"
)

// databaseURL is [database] url in the environment.
const databaseURL = "VESPER_DATABASE_URL"

// ofAFile are the scripts about a database that is a file.
var ofAFile = map[string]string{}

// Every session goes the same way where the database lies on a server.
func TestScriptsOnPostgreSQL(t *testing.T) {
	whole.NotRaced(t)
	pgtest.New(t)
	runScripts(t, func(e *testscript.Env, name string) error {
		if why := ofAFile[name]; why != "" {
			e.T().Skip(why)
		}
		e.Setenv(databaseURL, pgtest.New(t))
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
