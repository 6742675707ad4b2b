package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// Beside the database lies a small file, with the suffix ".sent", that says of
// which database this host last ran an edition, how often runs were noted (each when it
// begins and rests, and every second in which it sends), and which number the last
// edition had. A backup does not carry it: so a
// database that was put back, and has forgotten what was sent since, is known by it.

// mark is what the file says.
type mark struct {
	database     string
	runs, number int64
	// machine and path are where it was written. Either may change without anything
	// being wrong.
	machine, path string
}

// errDamaged says that a mark can't be understood.
var errDamaged = errors.New(`"vesper restore --accept" writes it anew`)

// parseMark reads a mark. Older ones have only the first two fields.
func parseMark(text string) (mark, bool) {
	first, rest, _ := strings.Cut(text, "\n")
	fields := strings.Fields(first)
	if len(fields) < 2 || len(fields) > 3 || len(fields[0]) != 16 {
		return mark{}, false
	}
	m := mark{database: fields[0]}
	var err error
	if m.runs, err = strconv.ParseInt(fields[1], 10, 64); err != nil || m.runs < 0 {
		return mark{}, false
	}
	if len(fields) == 3 {
		if m.number, err = strconv.ParseInt(fields[2], 10, 64); err != nil || m.number < 0 {
			return mark{}, false
		}
	}
	m.machine, rest, _ = strings.Cut(rest, "\n")
	m.path, _, _ = strings.Cut(rest, "\n")
	return m, true
}

func (m mark) String() string {
	// A path may have line ends in it. It is only ever shown.
	path := strings.ReplaceAll(m.path, "\n", " ")
	return fmt.Sprintf("%s %d %d\n%s\n%s\n", m.database, m.runs, m.number, m.machine, path)
}

// readMark reads the mark beside the database at path; the zero mark where there is
// none.
func readMark(path string) (mark, error) {
	b, err := os.ReadFile(markOf(path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return mark{}, nil
	case errors.Is(err, fs.ErrPermission):
		return mark{}, fmt.Errorf("read what was sent from here: %w", withOwner(err, markOf(path), path))
	case err != nil:
		return mark{}, fmt.Errorf("read what was sent from here: %w", err)
	}
	m, ok := parseMark(string(b))
	if !ok {
		return m, fmt.Errorf("%s is damaged; %w", markOf(path), errDamaged)
	}
	return m, nil
}

func writeMark(path string, m mark) error { return replace(markOf(path), path, []byte(m.String())) }

// machine names this machine without telling which it is; "" if nothing is known of
// it. Containers often have another name at each start.
func machine() string {
	id, err := os.ReadFile("/etc/machine-id")
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(append([]byte("vesper machine "), id...))
	return hex.EncodeToString(sum[:8])
}
