package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"vesper/digest"
)

// oldestServer is the first PostgreSQL that is looked after: 14, as server_version_num has it.
const oldestServer = 140000

// ExamineServer looks at the database at a URL, whose own files lie beside a file of this name, and
// makes and changes nothing. usable says that it can be opened as it is.
func ExamineServer(ctx context.Context, url, beside string) (found []digest.Finding, usable bool) {
	e := &examination{ctx: ctx}
	config, err := pgx.ParseConfig(url)
	if err != nil {
		e.say("database", digest.Fail, `write url as "postgres://USER@HOST/NAME"`, "url is no address of PostgreSQL")
		return e.all, false
	}
	ours(config)
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		e.say("database", digest.Fail, (&Unreached{cause: err}).Hint(), "%v", unreached(err))
		return e.all, false
	}
	defer c.Close(context.WithoutCancel(ctx))
	t := &transaction{c: c}
	e.whole = e.serverIs(t) && e.tablesAre(t, beside)
	return e.all, e.whole
}

// HintEmptied is what to do about a server's database that is empty and was not.
const HintEmptied = `name the right one in url of [database], or put it back with pg_restore; ` +
	`"vesper restore --accept" makes an empty one`

// serverIs looks at the server's settings.
func (e *examination) serverIs(c conn) bool {
	var number int
	var version, encoding, fsync, commits string
	err := c.QueryRow(e.ctx, `SELECT CAST(current_setting('server_version_num') AS BIGINT),
			current_setting('server_version'), current_setting('server_encoding'), current_setting('fsync'),
			current_setting('synchronous_commit')`).
		Scan(&number, &version, &encoding, &fsync, &commits)
	switch {
	case err != nil:
		e.say("database", digest.Fail, "", "PostgreSQL's settings can't be read: %v", err)
		return false
	case number < oldestServer:
		e.say("database", digest.Fail, "use PostgreSQL 14 or later", "it is PostgreSQL %s", version)
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
func (e *examination) tablesAre(c conn, beside string) bool {
	there, err := tablesIn(e.ctx, c)
	if err == nil && there.version > newest() {
		err = there.mayBeUsed(newest(), reader(e.ctx, c))
	}
	switch {
	case errors.Is(err, digest.ErrForeign):
		e.say("tables", digest.Fail, "name a database of Vesper's own in url", "another program's tables lie there")
	case errors.Is(err, digest.ErrNewer):
		e.say("tables", digest.Fail, "install the program that made them, or a newer one", "%v", err)
	case err != nil:
		e.say("tables", digest.Fail, "", "they can't be read: %v", err)
	case there.version == 0 && emptied(beside) != nil:
		e.say("tables", digest.Fail, HintEmptied, "%v", emptied(beside))
	case there.version == 0:
		e.say("tables", digest.Warn, `"vesper serve" makes them`, "the database is empty")
	case there.version < newest():
		e.say("tables", digest.Warn, "make a backup with pg_dump, then start the service with this program",
			"they have version %d, and this program brings them up to %d when it opens them", there.version, newest())
	default:
		e.mayMakeVolumes(c)
		e.hasRoom(c)
		return true
	}
	return false
}

// mayMakeVolumes looks whether an edition can be opened that begins a volume of the ledger.
func (e *examination) mayMakeVolumes(c conn) {
	may := false
	err := c.QueryRow(e.ctx, `SELECT has_schema_privilege(current_schema(), 'CREATE') AND pg_has_role(relowner, 'USAGE')
		FROM pg_class WHERE relname = 'deliveries' AND relnamespace = CAST(current_schema() AS regnamespace)`).Scan(&may)
	switch {
	case err != nil:
		e.say("tables", digest.Fail, "", "they can't be read: %v", err)
	case !may:
		e.say("tables", digest.Fail, `as its owner: ALTER DATABASE NAME OWNER TO USER; REASSIGN OWNED BY OWNER TO USER`,
			"the user may make no volume of the ledger: once the newest is full no edition can be opened")
	}
}
