package main

import (
	"bytes"
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/spf13/cobra"

	"vesper/cmd/vesper/config"
)

//go:embed dist/vesper.service
var unitText string

var unitTemplate = template.Must(template.New("unit").Parse(unitText))

// unit is what the service's unit file says: paths are as systemd reads them.
type unit struct {
	Binary, Config, User string
	// Writable are the folders that the service writes to.
	Writable []string
	// LowPort says that it listens on a port that only who has a right to may listen on.
	LowPort bool
	// Home says that any of these lies where people live, which is hidden else.
	Home bool
}

// unitOfOurs is how a unit begins that this program wrote.
const unitOfOurs = `# Made by "vesper install-service"`

func (a *app) installServiceCommand() *cobra.Command {
	var user, file, binary string
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "install-service",
		Short: "Write a systemd unit that runs the service, hardened",
		Long: `Writes a unit for systemd that runs "vesper serve" with this configuration, as a user
of its own that may write to the folders that the configuration names and to nothing else.
The user is made if there is none. What is left to do is printed: nothing is started. Run
it again when another folder or a port below 1024 has come in.

A unit that this command wrote is replaced. Your own settings belong into a drop-in
("systemctl edit vesper"), which stays.`,
		Example: "  vesper install-service --config /etc/vesper/vesper.toml\n  vesper install-service -n",
		Args:    cobra.NoArgs,
		RunE: does(func(*cobra.Command, []string) error {
			c, _, err := a.load()
			if err != nil {
				return err
			}
			u, err := unitFor(c, binary, user)
			if err != nil {
				return err
			}
			var text bytes.Buffer
			if err := unitTemplate.Execute(&text, u); err != nil {
				return err
			}
			if dryRun {
				return a.print("%s", page(text.String()))
			}
			if err := namesFolder("--unit", filepath.Dir(file)); err != nil {
				return err
			}
			if err := a.makeUser(user); err != nil {
				return err
			}
			if err := a.writeUnit(file, text.Bytes()); err != nil {
				return err
			}
			a.tell("Next:\n%s", page(nextSteps(c, user)))
			return nil
		}),
	}
	cmd.Flags().StringVar(&user, "user", "vesper", "the `USER` that it runs as")
	cmd.Flags().StringVar(&file, "unit", "/etc/systemd/system/vesper.service", "the `FILE` to write")
	cmd.Flags().StringVar(&binary, "binary", "", "the program's `FILE` (default: this one)")
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "only print the unit")
	return cmd
}

// unitFor gives what the unit says for a configuration.
func unitFor(c *config.Config, binary, user string) (unit, error) {
	if binary == "" {
		var err error
		if binary, err = os.Executable(); err != nil {
			return unit{}, err
		}
		if strings.Contains(binary, "/go-build") {
			return unit{}, usage(errors.New("this program is a temporary one, made by \"go run\""),
				"build it first: go build -o /usr/local/bin/vesper ./cmd/vesper")
		}
	}
	file, err := filepath.Abs(c.File())
	if err != nil {
		return unit{}, err
	}
	writable := writes(c)
	slices.Sort(writable)
	// A folder is named once, and those in it are meant.
	outer := ""
	writable = slices.DeleteFunc(writable, func(path string) bool {
		if outer != "" && liesIn(path, outer) {
			return true
		}
		outer = path
		return false
	})
	// This one systemd makes.
	writable = slices.DeleteFunc(writable, func(path string) bool { return liesIn(path, runtimeFolder) })
	u := unit{User: user, LowPort: slices.ContainsFunc(listens(c), low)}
	read := []string{binary, file}
	for _, one := range secretFiles(c) {
		read = append(read, c.Path(one))
	}
	if program := alarmProgram(c); program != "" {
		read = append(read, program)
	}
	for _, path := range append(read, writable...) {
		u.Home = u.Home || slices.ContainsFunc([]string{"/home/", "/root/", "/run/user/"}, func(home string) bool {
			return strings.HasPrefix(path, home)
		})
		if strings.ContainsAny(path, "\n\r\x00") {
			return u, usage(fmt.Errorf("systemd can't have a line end in a path: %q", path), "")
		}
	}
	u.Binary, u.Config = unitWord(binary), unitWord(file)
	for _, path := range writable {
		word := unitWord(path)
		if c.Backup.Dir != "" && path == c.Path(c.Backup.Dir) {
			// Where its disk is not mounted an edition goes out all the same, and an alarm says so.
			word = optional(word)
		}
		u.Writable = append(u.Writable, word)
	}
	return u, nil
}

// runtimeFolder is made by systemd when the service starts: a socket may lie there.
const runtimeFolder = "/run/vesper"

// writes gives the folders that a service with this configuration writes to.
func writes(c *config.Config) []string {
	all := []string{filepath.Dir(c.Path(c.Database.Path)), c.Path(c.Desk.Dir)}
	if c.Backup.Dir != "" {
		all = append(all, c.Path(c.Backup.Dir))
	}
	if network, address := c.Socket(); network == "unix" {
		all = append(all, filepath.Dir(address))
	}
	return all
}

// listens gives the addresses that a service with this configuration listens on.
func listens(c *config.Config) []string {
	all := []string{c.Web.Listen, c.Admin.Listen}
	if network, address := c.Socket(); network != "unix" {
		all = append(all, address)
	}
	return all
}

// low says whether an address has one of the ports that not everybody may listen on.
func low(address string) bool {
	_, port, err := net.SplitHostPort(address)
	n, err2 := strconv.Atoi(port)
	return err == nil && err2 == nil && n > 0 && n < 1024
}

// liesIn says whether a path is a folder or lies in it.
func liesIn(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, strings.TrimSuffix(folder, "/")+"/")
}

// unitWord writes a path as one word of a unit file (systemd.syntax(7)).
func unitWord(path string) string {
	escaped := strings.NewReplacer(`\`, `\\`, `"`, `\"`, `%`, `%%`, `$`, `$$`).Replace(path)
	if strings.ContainsAny(path, " \t'\";\\") {
		return `"` + escaped + `"`
	}
	return escaped
}

// optional gives a word of a unit for a path that need not be there (systemd.exec(5)).
func optional(word string) string {
	if quoted, ok := strings.CutPrefix(word, `"`); ok {
		return `"-` + quoted
	}
	return "-" + word
}

// makeUser makes the user that the service runs as, if there is none.
func (a *app) makeUser(name string) error {
	var unknown user.UnknownUserError
	if _, err := user.Lookup(name); !errors.As(err, &unknown) {
		return err
	}
	out, err := exec.Command("useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent",
		"--shell", "/usr/sbin/nologin", name).CombinedOutput()
	if err != nil {
		return &exitError{
			exitFailed, fmt.Errorf("make the user %s: %s", name, cmp.Or(strings.TrimSpace(string(out)), err.Error())),
			"run it as root, or name a user that is there: --user NAME",
		}
	}
	a.print("made the user %s\n", name)
	return nil
}

// writeUnit writes the unit file, unless somebody else's is there.
func (a *app) writeUnit(file string, text []byte) error {
	switch there, err := os.ReadFile(file); {
	case err == nil && bytes.Equal(there, text):
		return a.print("%s is there already\n", file)
	case err == nil && !bytes.HasPrefix(there, []byte(unitOfOurs)):
		return usage(fmt.Errorf("%s is not of this command's making", file), "move it away, or name another: --unit FILE")
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := a.write(file, text); err != nil {
		return &exitError{exitFailed, fmt.Errorf("write the unit: %w", err), "run it as root, or look at the unit with -n"}
	}
	if err := os.Chmod(file, 0o644); err != nil {
		return err
	}
	return a.print("%s\n", file)
}

// nextSteps are what is left to do by hand.
func nextSteps(c *config.Config, user string) string {
	file, _ := filepath.Abs(c.File())
	dir, desk := filepath.Dir(c.Path(c.Database.Path)), c.Path(c.Desk.Dir)
	theirs, reach := dir+" "+desk, ""
	if strings.HasPrefix(desk, dir+"/") {
		theirs, reach = dir, fmt.Sprintf("  chmod 710 %s        # so that editors reach the desk\n", dir)
	}
	// The configuration comes after the folder that it may lie in.
	return fmt.Sprintf(`  chown -R %[1]s: %[2]s
  chown root:%[1]s %[3]s && chmod 640 %[3]s
%[4]s  chmod -R g+rwX %[5]s && chmod 2770 %[5]s        # and for each editor: usermod -aG %[1]s EDITOR
  systemctl daemon-reload && systemctl enable --now vesper
`, user, theirs, file, reach, desk)
}

// listenHint is what to do where nothing can be listened on.
func listenHint(err error, section string) string {
	if errors.Is(err, fs.ErrPermission) {
		return `"vesper install-service" writes a unit that may; else set listen in ` + section +
			" to a port from 1024 on, or a socket to a folder of the service's user"
	}
	return "set listen in " + section + " to a free address"
}
