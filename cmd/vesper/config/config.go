// Package config reads vesper.toml: it finds the file, completes it from the
// environment and from the files that hold secrets, and says with file and line
// what is wrong with it.
//
// Every key is described where it is defined: the fields of [Publication],
// [Edition], [Layout], [Templates], [Desk], [Newsroom], [Feed], [Database], [Relay],
// [Delivery], [DKIM], [Web], [Admin], [Log], [Bounces], [Webhook], [Alarms] and [Backup]. A field's toml
// name is a contract with admins' files and environments. A key that is left out has the
// default that its comment names.
//
// The package knows the form of the keys and what follows from the addresses and
// names among them. It does not know what the parts of the program make of the
// values: whether a relay can be spoken to so, whether a schedule means something,
// whether the templates render. Whoever loads a configuration brings those checks
// along: see [Check].
package config

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"vesper/digest"
)

// Config is vesper.toml as read, with the value of every key that was left out.
type Config struct {
	Publication Publication `toml:"publication"`
	Edition     []Edition   `toml:"edition"`
	Layout      Layout      `toml:"layout"`
	Templates   Templates   `toml:"templates"`
	Desk        Desk        `toml:"desk"`
	Newsroom    Newsroom    `toml:"newsroom"`
	Feed        []Feed      `toml:"feed"`
	Database    Database    `toml:"database"`
	Relay       []Relay     `toml:"relay"`
	Delivery    Delivery    `toml:"delivery"`
	DKIM        DKIM        `toml:"dkim"`
	Web         Web         `toml:"web"`
	Admin       Admin       `toml:"admin"`
	Log         Log         `toml:"log"`
	Bounces     Bounces     `toml:"bounces"`
	Webhook     []Webhook   `toml:"webhook"`
	Alarms      Alarms      `toml:"alarms"`
	Backup      Backup      `toml:"backup"`

	// file is where it was read from; dir is what relative paths start at.
	file, dir string
	lines     keyLines
	set       map[string]string
	warnings  []*digest.Flaw
}

// Default gives the configuration of an empty file of this path: every key has its
// default, and no array of tables has a table. The addresses that follow the
// sender's domain are still empty: see [Config.Complete].
func Default(file string) *Config {
	return &Config{
		Publication: Publication{Language: "en", Timezone: "America/New_York"},
		Layout: Layout{
			Lead: 1, Stories: 5, QuickLooks: 5, Look: "calm", Wordmark: "serif",
		},
		Desk:     Desk{Dir: "desk", Keep: Duration(14 * 24 * time.Hour)},
		Database: Database{Path: "vesper.db"},
		Delivery: Delivery{InDoubt: "resend", GiveUpAfter: Duration(6 * time.Hour)},
		DKIM:     DKIM{Selector: "v1"},
		Bounces: Bounces{
			SoftBounces: 5, SoftFor: Duration(14 * 24 * time.Hour),
			IMAP: IMAP{Port: 993, TLS: "implicit", Folder: "INBOX", DoneFolder: "Vesper"},
		},
		Web: Web{
			Listen: "127.0.0.1:8025", Archive: "public", SignUpsNetwork: 5, SignUpsSite: 10, SignUpsProvider: 50,
			SignUpsAll: 200, SignUpsNew: 100,
		},
		Admin:  Admin{Listen: "127.0.0.1:8026"},
		Log:    Log{Format: "auto", Level: "info"},
		Backup: Backup{Every: Duration(24 * time.Hour), Keep: 14},

		file: file, dir: filepath.Dir(file),
	}
}

// DefaultEdition gives a [[edition]] in which every key is left out.
func DefaultEdition() Edition {
	return Edition{
		Slot: "evening", Title: "Evening Edition", Schedule: "0 18 * * *",
		MinArticles: 1, MaxArticles: 30, Grace: Duration(4 * time.Hour), MaxAge: Duration(72 * time.Hour),
		FirstNumber: 1, BelowMin: "fold", Late: "fold",
	}
}

// DefaultRelay gives a [[relay]] in which every key is left out. It has no host
// yet, which is required.
func DefaultRelay() Relay {
	return Relay{Port: 587, TLS: "required", Connections: 8, Pipelining: "message"}
}

// File is the path it was read from, as it was named.
func (c *Config) File() string { return c.file }

// Dir is the folder of the file: what relative paths start at. It is absolute if
// the configuration was loaded.
func (c *Config) Dir() string { return c.dir }

// Where says where a key stands, as "vesper.toml:51, password_file". Of one that is
// left out it gives the line of its table. Keys are named as for [Report].
func (c *Config) Where(key string) string {
	name := key[strings.LastIndexByte(key, '.')+1:]
	if line := c.lines.of(key); line > 0 {
		return fmt.Sprintf("%s:%d, %s", c.file, line, name)
	}
	return fmt.Sprintf("%s, %s", c.file, name)
}

// Flaw gives what is wrong with a key, with its line. Keys are named as for [Report].
func (c *Config) Flaw(key, problem, hint string) *digest.Flaw {
	return (&Report{file: c.file, lines: c.lines, set: c.set}).about(key, problem, hint)
}

// Given says whether somebody chose a key's value, in the file or the environment. Keys are
// named as for [Report].
func (c *Config) Given(key string) bool { return c.lines[key] > 0 || c.set[key] != "" }

// Path gives a path of the configuration as seen from anywhere. An empty one stays
// empty.
func (c *Config) Path(p string) string {
	if p == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(c.dir, p)
}

// Warnings is what an admin should know although it stops nothing, in the file's
// order.
func (c *Config) Warnings() []*digest.Flaw { return c.warnings }
