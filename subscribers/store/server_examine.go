package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"vesper/digest"
)

// oldestServer is the first PostgreSQL that is looked after: 14, as server_version_num has it.
const oldestServer = 140000

// ExamineServer looks at the database at a URL, and makes and changes nothing. usable says
// that it can be opened as it is.
func ExamineServer(ctx context.Context, url string) (found []digest.Finding, usable bool) {
	e := &examination{ctx: ctx}
	config, err := pgx.ParseConfig(url)
	if err != nil {
		e.say("database", digest.Fail, `write url as "postgres://USER@HOST/NAME"`, "url is no address of PostgreSQL")
		return e.all, false
	}
	config.ConnectTimeout = connecting
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		e.say("database", digest.Fail, hintOf(err), "%v", unreached(err))
		return e.all, false
	}
	defer c.Close(context.WithoutCancel(ctx))
	t := &transaction{c: c}
	e.whole = e.serverIs(t) && e.tablesAre(t)
	return e.all, e.whole
}

// serverIs looks at the server's settings.
func (e *examination) serverIs(c conn) bool {
	var number int
	var version, encoding, fsync, commits string
	standby := false
	err := c.QueryRow(e.ctx, `SELECT CAST(current_setting('server_version_num') AS BIGINT),
			current_setting('server_version'), current_setting('server_encoding'), current_setting('fsync'),
			current_setting('synchronous_commit'), pg_is_in_recovery()`).
		Scan(&number, &version, &encoding, &fsync, &commits, &standby)
	switch {
	case err != nil:
		e.say("database", digest.Fail, "", "PostgreSQL's settings can't be read: %v", err)
		return false
	case number < oldestServer:
		e.say("database", digest.Fail, "use PostgreSQL 14 or later", "it is PostgreSQL %s", version)
		return false
	case standby:
		e.say("database", digest.Fail, "name the primary in url", "this PostgreSQL is a standby: it only reads")
		return false
	case encoding != "UTF8":
		e.say("database", digest.Fail, "make the database with --encoding=UTF8", "its encoding is %s", encoding)
		return false
	}
	if fsync == "off" || commits == "off" {
		e.say("database settings", digest.Fail, "set fsync and synchronous_commit to on",
			"fsync is %s and synchronous_commit %s: a power cut would forget who got the edition", fsync, commits)
	}
	e.say("database", digest.OK, "", "PostgreSQL %s", version)
	return true
}

// tablesAre looks what lies in the database.
func (e *examination) tablesAre(c conn) bool {
	switch version, err := versionOf(e.ctx, c); {
	case errors.Is(err, digest.ErrForeign):
		e.say("tables", digest.Fail, "name a database of Vesper's own in url", "another program's tables lie there")
	case err != nil:
		e.say("tables", digest.Fail, "", "they can't be read: %v", err)
	case version == 0:
		e.say("tables", digest.Warn, `"vesper serve" makes them`, "the database is empty")
	case version > newest():
		e.say("tables", digest.Fail, "install the program that made them, or a newer one",
			"they have version %d, and this program knows up to %d", version, newest())
	default:
		return true
	}
	return false
}
