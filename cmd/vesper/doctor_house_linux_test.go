package main

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"vesper/digest"
	"vesper/digest/publish"
)

// later breaks something when the world is open.
func later(do func(w *ward)) func(w *ward) {
	return func(w *ward) { w.before = append(w.before, func() { do(w) }) }
}

// chmod gives a file another mode.
func chmod(name string, mode os.FileMode) func(w *ward) {
	return later(func(w *ward) {
		if err := os.Chmod(w.path(name), mode); err != nil {
			w.Fatal(err)
		}
	})
}

// backsUp has the newsroom make backups beside itself.
func backsUp(do func(w *ward)) func(w *ward) {
	return func(w *ward) {
		w.config += "[backup]\ndir = \"backups\"\n"
		if err := os.Mkdir(w.path("backups"), 0o700); err != nil {
			w.Fatal(err)
		}
		later(do)(w)
	}
}

// onDatabase executes statements on the database, as another program might.
func onDatabase(statements string) func(w *ward) {
	return later(func(w *ward) {
		db, err := sql.Open("sqlite3", w.path("vesper.db"))
		if err != nil {
			w.Fatal(err)
		}
		defer db.Close()
		if _, err := db.Exec(statements); err != nil {
			w.Fatal(err)
		}
	})
}

// fresh runs the ward on a database that nobody has open.
func fresh(do func(w *ward)) func(w *ward) {
	return func(w *ward) {
		w.before = append(w.before, func() {
			w.write("fresh.toml", strings.Replace(w.config, "[bounces]",
				"[database]\npath = \"other/vesper.db\"\n[bounces]", 1), 0o600)
			w.file = "fresh.toml"
			if code, _, talk := say(w.T, w.app, "subscribers", "add", "ada@reader.example"); code != exitDone {
				w.Fatal(talk)
			}
			do(w)
		})
	}
}

// belongsToNobody gives the newsroom to a user who owns all of it but one thing.
func (w *ward) belongsToNobody(but string) {
	w.Helper()
	const nobody = 65534
	for path := w.dir; path != os.TempDir() && path != "/"; path = filepath.Dir(path) {
		if err := os.Chmod(path, 0o755); err != nil {
			w.Fatal(err)
		}
	}
	w.unit = ""
	os.Remove(w.path("vesper.service"))
	for _, name := range []string{
		".", "vesper.toml", "vesper.db", "vesper.db-wal", "vesper.db-shm", "relay.password",
		"keys", "keys/v1.pem", "desk", "alarms.key", "page-me", "backups",
	} {
		if name == but {
			continue
		}
		if err := os.Chown(w.path(name), nobody, nobody); err != nil && !os.IsNotExist(err) {
			w.Skip("only root can give a file away")
		}
	}
	if err := os.Chmod(w.path(but), 0o700); err != nil {
		w.Fatal(err)
	}
}

// onSmallDisk puts the database on a disk of its own.
func onSmallDisk(size string, flags uintptr) func(w *ward) {
	return func(w *ward) {
		disk := smallDisk(w.T, size)
		fresh(func(w *ward) {
			text, err := os.ReadFile(w.path("fresh.toml"))
			if err != nil {
				w.Fatal(err)
			}
			w.write("fresh.toml", strings.Replace(string(text), "other/vesper.db", disk+"/vesper.db", 1), 0o600)
			if code, _, talk := say(w.T, w.app, "subscribers", "add", "ada@reader.example"); code != exitDone {
				w.Fatal(talk)
			}
			if flags != 0 {
				if err := syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT|flags, ""); err != nil {
					w.Fatal(err)
				}
			}
		})(w)
	}
}

var houseBreakages = []breakage{
	{
		"a password of root's", later(func(w *ward) { w.belongsToNobody("relay.password") }), "access", "access",
		digest.Fail, "relay.password: permission denied", "namei -l",
	},
	{
		"a desk of root's", later(func(w *ward) { w.belongsToNobody("desk") }), "access", "access", digest.Fail,
		"can't write to", "namei -l",
	},
	{"an alarm's key of root's", func(w *ward) {
		w.replace(`command = ["true"]`, "webhook = \"https://127.0.0.1/\"\nsecret_file = \"alarms.key\"")
		w.write("alarms.key", alarmSecret, 0o600)
		later(func(w *ward) { w.belongsToNobody("alarms.key") })(w)
	}, "access", "access", digest.Fail, "alarms.key: permission denied", "namei -l"},
	{"an alarm's command that is root's alone", func(w *ward) {
		w.replace(`["true"]`, `["./page-me"]`)
		w.write("page-me", "#!/bin/sh\n", 0o700)
		later(func(w *ward) { w.belongsToNobody("page-me") })(w)
	}, "access", "access", digest.Fail, "can't run", "namei -l"},
	{
		"no folder for backups", backsUp(func(w *ward) { os.Remove(w.path("backups")) }), "backups", "backups", digest.Fail,
		"is not there", "mount its disk",
	},
	{
		"a folder for backups of root's", backsUp(func(w *ward) { w.belongsToNobody("backups") }), "backups", "backups",
		digest.Fail, "can't write backups to", "namei -l",
	},
	{
		"backups beside the database", backsUp(func(*ward) {}), "backups", "backups", digest.Warn,
		"on the database's own disk", "another disk",
	},
	{
		"no backup yet", backsUp(func(*ward) {}), "backups", "backups", digest.Warn,
		"no backup of this database", "vesper backup FILE",
	},
	{"an old backup", backsUp(func(w *ward) {
		h, err := w.app.open(w.Context())
		if err != nil {
			w.Fatal(err)
		}
		defer h.close()
		now := w.app.now()
		if _, err := (&backups{app: w.app, h: h}).make(w.Context(), now.Add(-50*time.Hour)); err != nil {
			w.Fatal(err)
		}
	}), "backups", "backups", digest.Warn, "the newest backup is 50h", "vesper serve"},
	{
		"an unknown key", func(w *ward) { w.replace("[web]", "[web]\nlisten_to = \"x\"") }, "configuration", "configuration",
		digest.Fail, "listen_to", "listen",
	},
	{"an example", func(w *ward) {
		w.replace("2 Real Street, Orlanda", "1200 Example Street NW, Washington, DC 20005, USA")
		w.replace(`host = "127.0.0.1"`, `host = "smtp.news.example"`)
	}, "configuration", "configuration", digest.Fail, "postal_address", "write your own"},
	{
		"a loose configuration", chmod("vesper.toml", 0o666), "configuration", "configuration", digest.Warn,
		"others may write to", "chmod go-w",
	},
	{
		"a doubtful port", func(w *ward) { w.replace("port = RELAY", "port = 465") }, "configuration", "configuration",
		digest.Warn, "port 465 is for TLS from the start", `tls = "implicit"`,
	},
	{
		"no database", fresh(func(w *ward) { os.RemoveAll(w.path("other")) }), "database", "database", digest.Warn,
		"there is no database", "vesper init",
	},
	{"a lost database", fresh(func(w *ward) {
		os.Remove(w.path("other/vesper.db"))
		w.write("other/vesper.db.sent", "0123456789abcdef 3 2\nm\n/p\n", 0o600)
	}), "database", "database", digest.Fail, "the last one had ledger number 2", "vesper restore FILE"},
	{
		"something else", fresh(func(w *ward) { w.write("other/vesper.db", strings.Repeat("no database ", 999), 0o600) }),
		"database", "database", digest.Fail, "not a SQLite database", "vesper restore FILE",
	},
	{"a damaged database", fresh(func(w *ward) {
		path := w.path("other/vesper.db")
		text, err := os.ReadFile(path)
		if err != nil {
			w.Fatal(err)
		}
		for page := 3; page < len(text)/4096; page++ {
			copy(text[page*4096:], bytes.Repeat([]byte{0xff}, 512))
		}
		w.write("other/vesper.db", string(text), 0o600)
	}), "database", "database", digest.Fail, "is damaged", "vesper restore FILE"},
	{
		"a newer database", onDatabase("PRAGMA user_version = 99"), "database", "database", digest.Fail,
		"a newer program made it", "install the program",
	},
	{
		"an older database", onDatabase("PRAGMA user_version = 3"), "database", "database version", digest.Warn,
		"its version is 3", "stop vesper serve",
	},
	{
		"another program's", onDatabase("PRAGMA application_id = 7"), "database", "database", digest.Fail,
		"it is a database of another program", "path in [database]",
	},
	{"an open database", chmod("vesper.db", 0o644), "database", "database mode", digest.Warn, "(mode 0644)", "closes it"},
	{"an open folder", chmod(".", 0o777), "database", "database folder", digest.Warn, "may write to", "chmod go-w"},
	{
		"two names", later(func(w *ward) { os.Link(w.path("vesper.db"), w.path("copy.db")) }), "database", "database",
		digest.Fail, "the file has 2 names", "all but one",
	},
	{"a full disk", onSmallDisk("8m", 0), "database", "disk", digest.Fail, "MB are free on the disk", "make room"},
	{"a small disk", onSmallDisk("120m", 0), "database", "disk", digest.Warn, "only ", "make room"},
	{
		"a disk to read", onSmallDisk("400m", syscall.MS_RDONLY), "database", "disk", digest.Fail, "can't be written to",
		"mount it",
	},
	{"no room at all", func(w *ward) {
		onSmallDisk("8m", 0)(w)
		w.before = append(w.before, func() {
			text, _ := os.ReadFile(w.path("fresh.toml"))
			_, rest, _ := strings.Cut(string(text), "path = \"")
			disk, _, _ := strings.Cut(rest, "/vesper.db")
			os.WriteFile(filepath.Join(disk, "all"), make([]byte, 8<<20), 0o600)
		})
	}, "database", "database", digest.Fail, "can't be opened", "make room"},
	{"no inode", func(w *ward) {
		onSmallDisk("400m,nr_inodes=40", 0)(w)
		w.before = append(w.before, func() {
			text, _ := os.ReadFile(w.path("fresh.toml"))
			_, rest, _ := strings.Cut(string(text), "path = \"")
			disk, _, _ := strings.Cut(rest, "/vesper.db")
			for i := 0; os.WriteFile(filepath.Join(disk, "f"+strings.Repeat("x", i)), nil, 0o600) == nil; i++ {
			}
		})
	}, "database", "disk", digest.Fail, "inodes are free", "make room"},
	{"a long log", fresh(func(w *ward) {
		w.write("other/vesper.db-wal", "", 0o600)
		if err := os.Truncate(w.path("other/vesper.db-wal"), 300<<20); err != nil {
			w.Fatal(err)
		}
	}), "database", "database log", digest.Warn, "300 MB", "restart vesper serve"},
	{
		"a damaged mark", later(func(w *ward) { w.write("vesper.db.sent", "?", 0o600) }), "database", "database files",
		digest.Fail, "is damaged", "vesper restore --accept",
	},
	{
		"another one's mark", later(func(w *ward) { w.write("vesper.db.sent", "0123456789abcdef 3 2\nm\n/p\n", 0o600) }),
		"database", "database", digest.Fail, "not the database that was last used", "vesper restore --accept",
	},
	{"somebody else's lock", later(func(w *ward) {
		w.write("vesper.db.lock", "", 0o600)
		if err := os.Chown(w.path("vesper.db.lock"), 12345, 12345); err != nil {
			w.Skip("only root can give a file away")
		}
	}), "database", "database files", digest.Fail, "vesper.db.lock belongs to", "chown"},
	{
		"a template that is none", func(w *ward) {
			w.replace("[web]", "[templates]\ndir = \"own\"\n[web]")
			w.write("own/email/edition.txt", "{{.Name", 0o600)
		}, "templates", "templates", digest.Fail, "unclosed action", "vesper templates",
	},
	{
		"a folder of templates that is not there", func(w *ward) { w.replace("[web]", "[templates]\ndir = \"own\"\n[web]") },
		"templates", "templates", digest.Fail, "can't be read", "vesper templates dump",
	},
	{"a clock that was set back", later(func(w *ward) {
		if code, _, talk := say(w.T, w.app, "subscribers", "add", "ada@reader.example"); code != exitDone {
			w.Fatal(talk)
		}
		w.database(func(h *house) error {
			now := w.app.now()
			d, err := h.publisher.Decide(w.Context(), h.publisher.Slots[0], digest.DateOf(now.UTC()), publish.CutOff(now),
				digest.Words{})
			if err == nil {
				_, err = h.publisher.Open(w.Context(), d)
			}
			return err
		})
		now := w.app.now
		w.app.now = func() time.Time { return now().Add(-48 * time.Hour) }
	}), "database", "clock", digest.Fail, "the clock is behind the database", "timedatectl"},
	{"a template without the address", func(w *ward) {
		w.replace("[web]", "[templates]\ndir = \"own\"\n[web]")
		w.write("own/email/edition.txt", "{{.Name}}", 0o600)
	}, "templates", "templates", digest.Fail, "edition.txt", "vesper templates check"},
	{"an open key", chmod("keys/v1.pem", 0o644), "keys", "keys", digest.Fail, "others can read the DKIM key", "chmod 600"},
	{
		"no key", later(func(w *ward) { os.Remove(w.path("keys/v1.pem")) }), "keys", "keys", digest.Fail,
		"does not exist", "vesper dkim new",
	},
	{"no signature", func(w *ward) {
		w.replace("[dkim]\ndomain = \"news.example\"\nkey_file = \"keys/v1.pem\"\n", "")
	}, "keys", "keys", digest.Warn, "mail is not signed here", "vesper dkim new"},
	{
		"an alarm's command that is not there", func(w *ward) { w.replace(`["true"]`, `["./page-me"]`) }, "alarms", "alarms",
		digest.Fail, "its command can't be run", "mend command in [alarms]",
	},
	{
		"no desk", later(func(w *ward) { os.RemoveAll(w.path("desk")) }), "desk", "desk", digest.Fail,
		"there is no desk folder", "mkdir",
	},
	{
		"a wrong article", func(w *ward) { w.write("desk/wrong.txt", "\x00", 0o600) }, "desk", "desk", digest.Warn,
		"1 file can't be taken", "vesper articles list",
	},
}

var inBreakages = []breakage{
	{
		"a feed that fails", func(w *ward) { w.siteSays(500, "") }, "feeds", "feed SITE", digest.Fail, "500",
		"vesper feeds test",
	},
	{"an empty feed", func(w *ward) {
		w.siteSays(200, `<?xml version="1.0"?><rss version="2.0"><channel><title>N</title></channel></rss>`)
	}, "feeds", "feed SITE", digest.Warn, "it is empty", "vesper feeds test"},
	{
		"a feed with a key", func(w *ward) {
			w.replace("SITE/feed", "SITE/feed?key=secret")
			w.siteSays(500, "")
		}, "feeds", "feed SITE", digest.Fail, "500 Internal Server Error; it was never", "with what stands at ",
	},
	{
		"no feed", func(w *ward) { w.siteSays(200, "hello") }, "feeds", "feed SITE", digest.Fail, "there is no feed",
		"look for its RSS feed",
	},
	{
		"a private feed", func(w *ward) { w.replace(`allow_private = ["127.0.0.1"]`, "") }, "feeds", "feed SITE",
		digest.Fail, "is not public", "allow_private = ",
	},
	{"a feed long silent", later(func(w *ward) {
		w.database(func(h *house) error {
			return h.file.Feeds().Record(context.Background(), digest.FeedState{
				URL: h.config.Feed[0].URL, Good: time.Now().Add(-72 * time.Hour),
			}, nil)
		})
	}), "feeds", "feed SITE", digest.Warn, "but was last read well on", "vesper articles fetch"},
	{
		"a closed door", func(w *ward) { w.greets = "" }, "bounces", "bounces", digest.Fail, "nothing answers at",
		"vesper serve",
	},
	{
		"another one's door", func(w *ward) { w.greets = "SSH-2.0-OpenSSH" }, "bounces", "bounces", digest.Fail,
		"does not greet as a mail server", "another program",
	},
	{
		"no door", func(w *ward) { w.replace("listen = \"BOUNCES\"", "") }, "bounces", "bounces", digest.Warn,
		"nothing tells of what comes back", "[[webhook]]",
	},
	{"a lost round trip", later(func(w *ward) {
		w.database(func(h *house) error {
			return h.tests.Sent(context.Background(), 7, h.config.Delivery.ReturnPath, time.Now().Add(-48*time.Hour))
		})
	}), "bounces", "round trip", digest.Fail, "did not come back", "vesper bounces test"},
	{"a failed round trip", later(func(w *ward) {
		w.database(func(h *house) error {
			ctx := context.Background()
			if err := h.tests.Sent(ctx, 7, h.config.Delivery.ReturnPath, time.Now().Add(-time.Minute)); err != nil {
				return err
			}
			return h.tests.CameBack(ctx, 7, "lmtp", "550 no such user", time.Now())
		})
	}), "bounces", "round trip", digest.Fail, "came back as a failure: 550", "vesper bounces test"},
	{
		"a loose unit", func(w *ward) { w.unit = "[Service]\nExecStart=/usr/bin/vesper serve\n" }, "unit", "unit",
		digest.Warn, "leaves more open", "systemd-analyze security",
	},
	{
		"a unit of another configuration", func(w *ward) { w.unit += "ExecStart=/v serve --config /etc/other.toml\n" },
		"unit", "unit", digest.Warn, "the service reads /etc/other.toml", "vesper doctor --config /etc/other.toml",
	},
	{
		"a unit that keeps the desk closed", func(w *ward) {
			w.unit += "ReadWritePaths=\nReadWritePaths=" + w.path("elsewhere") + "\n"
		}, "unit", "unit", digest.Fail, "does not let the service write to", "vesper install-service",
	},
	{
		"a unit that stops in haste", later(func(w *ward) {
			w.write("vesper.service.d/mine.conf", "[Service]\nTimeoutStopSec = 10 s\n", 0o600)
		}), "unit", "unit", digest.Warn, "a stop may take 10s", "TimeoutStopSec=45s",
	},
	{
		"a clock ahead", func(w *ward) { w.ahead(-5 * time.Minute) }, "clock", "clock", digest.Warn, "ahead of",
		"timedatectl",
	},
	{"a clock behind", func(w *ward) { w.ahead(5 * time.Minute) }, "clock", "clock", digest.Warn, "behind", "timedatectl"},
}
