package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"
)

// ErrForm says that something is not a whole backup of Vesper's.
var ErrForm = errors.New("not a whole backup of Vesper")

// Format is the form that this package writes.
const Format = 1

// ManifestName is the name of the manifest in the archive: the first file.
const ManifestName = "manifest.json"

// The roles of files.
const (
	Database      = "database"
	Configuration = "configuration"
	Key           = "key"
	Template      = "template"
)

// Bounds of what is read: of the manifest, of a file, of the database (a petabyte), and
// of how many files there are.
const (
	MostManifest = 1 << 20
	MostFile     = 16 << 20
	MostDatabase = 1 << 50
	MostFiles    = 4096
)

// Manifest says what is in a backup, and what is not.
type Manifest struct {
	Format int `json:"format"`
	// Program is the program that made it.
	Program string `json:"program"`
	// Source names the database without telling a secret. Backups of one database have the
	// same.
	Source string `json:"source"`
	// MadeAt is the time whose state the backup has.
	MadeAt time.Time `json:"made_at"`
	// Scheduled says that the service made it by itself.
	Scheduled bool `json:"scheduled"`
	// Files are the files in the archive, in its order.
	Files []File `json:"files"`
	// LeftOut are the files that are not: those with secrets, and what could not be read.
	LeftOut []LeftOut `json:"left_out"`
	// Note is what whoever finds the archive should know.
	Note string `json:"note"`
}

// File is one file of a backup.
type File struct {
	// Name is its name in the archive.
	Name string `json:"name"`
	Role string `json:"role"`
	// Path is where it lay: as the configuration names it, or below its folder.
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// LeftOut is a file that is not in the backup.
type LeftOut struct {
	// Key is the key of the configuration that names it, such as "relay.0.password_file".
	Key  string `json:"key"`
	Path string `json:"path"`
	// Why is "secret", or what kept it out.
	Why string `json:"why"`
}

// check says what is wrong with a manifest.
func (m Manifest) check() error {
	if m.Format != Format {
		return fmt.Errorf("%w: its form is %d, and this program knows %d: a newer program made it", ErrForm, m.Format, Format)
	}
	if len(m.Files) > MostFiles {
		return fmt.Errorf("%w: it has more than %d files", ErrForm, MostFiles)
	}
	seen, databases := map[string]bool{}, 0
	for _, f := range m.Files {
		switch {
		case !fs.ValidPath(f.Name) || f.Name == "." || f.Name == ManifestName || strings.ContainsAny(f.Name, "\\\x00"):
			return fmt.Errorf("%w: it names a file %q", ErrForm, f.Name)
		case seen[f.Name]:
			return fmt.Errorf("%w: it names %q twice", ErrForm, f.Name)
		case f.Size < 0 || f.Size > MostDatabase || f.Role != Database && f.Size > MostFile:
			return fmt.Errorf("%w: its file %q has %d bytes", ErrForm, f.Name, f.Size)
		}
		seen[f.Name] = true
		switch f.Role {
		case Database:
			databases++
		case Configuration, Key, Template:
		default:
			return fmt.Errorf("%w: its file %q has the role %q", ErrForm, f.Name, f.Role)
		}
	}
	if databases != 1 || m.MadeAt.IsZero() {
		return fmt.Errorf("%w: it has %d databases", ErrForm, databases)
	}
	return nil
}

// comment marks an archive, in the header of its compression, as one that the service made
// of a database.
func (m Manifest) comment() string {
	if m.Scheduled {
		return scheduledPrefix + m.Source
	}
	return "vesper backup " + m.Source
}

const scheduledPrefix = "vesper scheduled backup "
