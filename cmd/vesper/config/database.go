package config

import (
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"

	"vesper/digest"
)

// Database is [database]: the list, the editions and the ledger. They lie in a SQLite file, or
// on a PostgreSQL.
type Database struct {
	// Path is the SQLite file. It is made when it is not there. With url, it only says in which
	// folder and by what name this machine keeps what is its own. Default: "vesper.db".
	Path string `toml:"path"`
	// URL is a database on PostgreSQL, as "postgres://USER@HOST/NAME", without the password.
	// Default: none, the file is used.
	URL string `toml:"url"`
	// Password is that of url's user. Better is PasswordFile. Default: none.
	Password Secret `toml:"password"`
	// PasswordFile is a file with the password, which its owner alone can read. Default: none.
	PasswordFile string `toml:"password_file"`
}

// OnServer says whether the database is on a PostgreSQL.
func (d Database) OnServer() bool { return d.URL != "" }

// Address is the database's URL with the password.
func (d Database) Address() string {
	u, err := url.Parse(d.URL)
	if err != nil || d.Password == "" {
		return d.URL
	}
	u.User = url.UserPassword(u.User.Username(), string(d.Password))
	return u.String()
}

// Beside gives the name that what is this machine's own has before its suffix: the mark of
// what was sent from here, the lock, the journal of departures. It is the SQLite file's own
// name where there is one.
func (c *Config) Beside() string {
	all := c.Besides()
	if c.Database.OnServer() {
		return all[1]
	}
	return all[0]
}

// Besides gives where that is for a database in a file, and for one on a server.
func (c *Config) Besides() []string {
	path := c.Path(c.Database.Path)
	return []string{path, strings.TrimSuffix(path, ".db") + ".postgres"}
}

// Place is where the database is, for people, without a password.
func (c *Config) Place() string {
	if c.Database.OnServer() {
		return c.Database.URL
	}
	return c.Path(c.Database.Path)
}

// HasDatabase says whether there is one to look into: a file may not have been made yet.
func (c *Config) HasDatabase() bool {
	if c.Database.OnServer() {
		return true
	}
	_, err := os.Stat(c.Path(c.Database.Path))
	return err == nil
}

const databaseURL = `such as "postgres://vesper@db.news.example/vesper"`

func checkDatabase(c *Config, r *Report) {
	d := c.Database
	if d.Path == "" {
		r.Flaw("database.path", "path is empty", `such as "vesper.db"`)
	}
	if !d.OnServer() {
		if info, err := os.Stat(c.Path(d.Path)); err == nil && !info.Mode().IsRegular() {
			r.Flaw("database.path", fmt.Sprintf("path %q is not a file", d.Path), `such as "vesper.db"`)
		}
		if d.Password != "" {
			r.Flaw("database.password", "a password is given, and no url", "a file needs none; "+databaseURL)
		}
		return
	}
	u, err := url.Parse(d.URL)
	switch {
	case err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql":
		// What is wrong may have a password in it.
		r.Flaw("database.url", "url is no address of PostgreSQL", databaseURL)
	case strings.Trim(u.Path, "/") == "":
		r.Flaw("database.url", "url names no database", databaseURL)
	case withPassword(u):
		r.Flaw("database.url", "url has a password in it", `write it into a file that only Vesper can read, and name that: `+
			`password_file = "database.password"`)
	case secretIn(u) != "":
		r.Flaw("database.url", "url has a secret in it: "+secretIn(u),
			"url is shown: leave it out, and have sslkey name a key without a passphrase that only Vesper can read")
	}
}

func withPassword(u *url.URL) bool {
	_, inUser := u.User.Password()
	return inUser || u.Query().Has("password")
}

// secretIn names a parameter of a URL that is a secret itself and not where one lies; "" for none.
func secretIn(u *url.URL) string {
	for _, key := range slices.Sorted(maps.Keys(u.Query())) {
		switch strings.ToLower(key) {
		case "password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key":
			return key
		}
	}
	return ""
}

// Moved gives the configuration with its database on a PostgreSQL at a URL, whose password is
// in a file, if one is named, and what is wrong with these.
func (c *Config) Moved(url, passwordFile string, env func(string) string) (*Config, []*digest.Flaw) {
	there, r := *c, &Report{}
	there.Database = Database{Path: c.Database.Path, URL: url, PasswordFile: passwordFile}
	there.readPair(&there.Database.Password, passwordFile, "database.", "password", env, r)
	checkDatabase(&there, r)
	return &there, r.flaws
}
