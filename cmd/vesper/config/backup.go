package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"
)

// Backup is [backup]: what the service puts by, in case the database is lost. Its folder
// also has the journal of who left, which "vesper restore" replays: it belongs on another
// disk than the database.
type Backup struct {
	// Dir is the folder for backups. It must be there. Default: empty, the service makes
	// none.
	Dir string `toml:"dir"`
	// Every is the time from one backup to the next. Default: "24h"; at least "10m".
	Every Duration `toml:"every"`
	// Keep is how many backups of the service's own are kept, the newest ones. Others are
	// never deleted. Default: 14; at least 1.
	Keep int `toml:"keep"`
}

// leastEvery is the shortest time between two backups.
const leastEvery = 10 * time.Minute

func checkBackup(c *Config, r *Report) {
	b := c.Backup
	if time.Duration(b.Every) < leastEvery {
		r.Flaw("backup.every", fmt.Sprintf("every = %q is less than %s", time.Duration(b.Every), leastEvery),
			`such as "24h"`)
	}
	if b.Keep < 1 {
		r.Flaw("backup.keep", fmt.Sprintf("keep = %d is less than 1", b.Keep), "how many backups are kept, such as 14")
	}
	if b.Dir == "" {
		return
	}
	dir := c.Path(b.Dir)
	if c.Database.OnServer() {
		r.Flaw("backup.dir", "backups are of a file, and the database is on PostgreSQL",
			"leave dir out, and let pg_dump make them")
	}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		r.Flaw("backup.dir", dir+" is not a folder", "name a folder, best on another disk than the database")
	}
	if dir == filepath.Dir(c.Path(c.Database.Path)) || dir == c.Path(c.Desk.Dir) {
		r.Warn("backup.dir", "dir is the folder of the database or of the desk: what destroys that takes the backups along",
			"use a folder on another disk")
	}
}

// FileKind says what a file is that the configuration names.
type FileKind int

// The kinds of files.
const (
	// KeyFile is a key that mail is signed or checked with.
	KeyFile FileKind = iota
	// SecretFile is a password, or a secret like it.
	SecretFile
)

// NamedFile is a file that a key of the configuration names.
type NamedFile struct {
	// Key is the key, such as "relay.0.password_file".
	Key string
	// Path is as the configuration has it.
	Path string
	Kind FileKind
}

// Files gives the files with keys and secrets that the configuration names, each once. The
// folder of templates is none of them.
func (c *Config) Files() []NamedFile {
	var all []NamedFile
	if d := c.DKIM; d.Domain != "" {
		all = append(all, NamedFile{"dkim.key_file", c.Signing().KeyFile, KeyFile})
		if d.Ed25519 != "" {
			all = append(all, NamedFile{"dkim.ed25519", d.Ed25519, KeyFile})
		}
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		section := f.Tag.Get("toml")
		if section == "" || section == "dkim" {
			continue
		}
		v := reflect.ValueOf(c).Elem().FieldByIndex(f.Index)
		if f.Type.Kind() != reflect.Slice {
			all = filesIn(all, section, v)
			continue
		}
		for i := range v.Len() {
			all = filesIn(all, fmt.Sprintf("%s.%d", section, i), v.Index(i))
		}
	}
	seen := map[string]bool{}
	once := all[:0]
	for _, f := range all {
		if path := filepath.Clean(c.Path(f.Path)); !seen[path] {
			seen[path] = true
			once = append(once, f)
		}
	}
	return once
}

// filesIn adds the files that the keys of a table name: they end in _file.
func filesIn(all []NamedFile, table string, v reflect.Value) []NamedFile {
	for _, f := range reflect.VisibleFields(v.Type()) {
		key, value := table+"."+f.Tag.Get("toml"), v.FieldByIndex(f.Index)
		switch {
		case f.Type.Kind() == reflect.Struct:
			all = filesIn(all, key, value)
		case f.Type.Kind() != reflect.String || !strings.HasSuffix(key, "_file") || value.String() == "":
		case strings.HasSuffix(key, ".key_file"):
			all = append(all, NamedFile{key, value.String(), KeyFile})
		default:
			all = append(all, NamedFile{key, value.String(), SecretFile})
		}
	}
	return all
}

// Inline gives where passwords and secrets stand in the configuration itself, as
// "vesper.toml:51, password".
func (c *Config) Inline() []string {
	var all []string
	for key, line := range c.lines {
		if name := key[strings.LastIndexByte(key, '.')+1:]; line > 0 && isSecret(key) && !strings.HasSuffix(name, "_file") {
			all = append(all, c.Where(key))
		}
	}
	return all
}
