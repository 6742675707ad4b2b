package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestAPasswordsFileIsReadOrSaysWhatIsWrong saves a password in ways that editors,
// shells and container engines do.
func TestAPasswordsFileIsReadOrSaysWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		mode os.FileMode
		want string
	}{
		"one line":           {"hunter2\n", 0o600, ""},
		"a line of Windows":  {"hunter2\r\n", 0o400, ""},
		"no line end":        {"hunter2", 0o600, ""},
		"other letters":      {"hünter 2\n", 0o600, ""},
		"empty":              {"", 0o600, "is empty"},
		"a line end alone":   {"\n", 0o600, "is empty"},
		"a byte-order mark":  {"\ufeffhunter2\n", 0o600, "begins with a byte-order mark"},
		"UTF-16":             {"\xff\xfeh\x00u\x00n\x00", 0o600, "is in UTF-16"},
		"UTF-16, big":        {"\xfe\xff\x00h\x00u", 0o600, "is in UTF-16"},
		"a NUL":              {"hunter2\x00", 0o600, "has a NUL byte"},
		"two line ends":      {"hunter2\n\n", 0o600, "has more than one line"},
		"two lines":          {"evening\nhunter2\n", 0o600, "has more than one line"},
		"Latin-1":            {"h\xfcnter2", 0o600, "is not in UTF-8"},
		"too long":           {strings.Repeat("h", 4097), 0o600, "is longer than 4096 bytes"},
		"readable by all":    {"hunter2", 0o644, "can be read by others (mode 0644)"},
		"readable by groups": {"hunter2", 0o640, "can be read by others (mode 0640)"},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "secret")
		if err := os.WriteFile(path, []byte(c.text), c.mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, path+".link"); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{path, path + ".link"} {
			file := write(t, required+fmt.Sprintf("\nusername = \"me\"\npassword_file = %q", path))
			got, flaws, err := Load(file, none)
			said := strings.Join(problems(flaws), " ")
			switch {
			case err != nil || strings.Contains(said, "unter"):
				t.Errorf("%s: %q, %v", name, said, err)
			case c.want == "" && (said != "" || got.Relay[0].Password == ""):
				t.Errorf("%s: %q", name, said)
			case c.want != "" && !strings.Contains(said, "vesper.toml:9: password_file "+c.want):
				t.Errorf("%s: got %q, want %q", name, said, c.want)
			}
		}
		// What is handed to a service may be readable.
		wrong := c.want != "" && !strings.HasPrefix(c.want, "can be read")
		if _, bad := readSecret(path, dir); wrong != (bad != nil) {
			t.Errorf("%s, handed to the service: %v", name, bad)
		}
	}
}

func TestAPasswordsFileThatIsAPipeHoldsNothingUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{path, filepath.Dir(path)} {
		if _, bad := readSecret(path, ""); bad == nil || bad.problem != "is not a file" {
			t.Errorf("got %v", bad)
		}
	}
}

func TestNoErrorShowsAPassword(t *testing.T) {
	for _, line := range []string{
		`password = hunter2`, `password = "hunter2`, `password = "hun\qter2 hunter2"`, `password = 'hunter2`,
		`password = [hunter2]`, `Password = hunter2`, "password = \"\"\"\nhunter2 \\q\n\"\"\"", `password = "a" hunter2`,
		`password = 2026-11-27hunter2`, `password = "hunter2\nhunter2"`, `password = 5hunter2`,
	} {
		_, flaws, err := Load(write(t, required+"\n"+line), none)
		said := strings.Join(problems(flaws), " ")
		if err != nil || len(flaws) == 0 || strings.Contains(said, "unter2") {
			t.Errorf("%q: got %q, %v", line, said, err)
		}
	}
}

// TestNoErrorShowsThePasswordOfAFeed: an address may have one in it, or a key.
func TestNoErrorShowsThePasswordOfAFeed(t *testing.T) {
	for _, address := range []string{
		"https://ada:hunter2@news.example/feed", "https://hunter2@news.example/feed?key=hunter2",
		"https://ada:hunter2@news\u007f.example/",
		"ftp://ada:hunter2@news.example", "https://ada:hun%zzter2@news.example/hunter2",
	} {
		_, flaws, err := Load(write(t, required+"\n[[feed]]\nurl = \""+address+"\"\n"), none)
		said := strings.Join(problems(flaws), " ")
		if err != nil || len(flaws) == 0 || strings.Contains(said, "ter2") {
			t.Errorf("%q: got %q, %v", address, said, err)
		}
	}
}

func TestPathsAreTakenAsTheyAreWritten(t *testing.T) {
	for text, flawed := range map[string]bool{
		"[desk]\ndir = \"~/desk\"": true, "[desk]\ndir = \"$HOME/desk\"": true, "[desk]\ndir = \"${HOME}/desk\"": true,
		"[database]\npath = \"~vesper/vesper.db\"": true, "[templates]\ndir = \"$X\"": true,
		"[dkim]\nkey_file = \"~/v1.pem\"": true, "password_file = \"~/secret\"": true,
		"[desk]\ndir = \"desk~\"": false, "[desk]\ndir = \"a$ b\"": false,
	} {
		_, flaws, err := Load(write(t, required+"\n"+text), none)
		if err != nil || has(problems(flaws), "which only a shell understands") != flawed {
			t.Errorf("%q: got %q, %v", text, problems(flaws), err)
		}
	}
}

// TestRootReadsTheServicesPassword: as root one works beside a service that has a user of
// its own, whose passwords nobody else may read.
func TestRootReadsTheServicesPassword(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	path := filepath.Join(t.TempDir(), "relay.password")
	if err := os.WriteFile(path, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(path, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	if secret, bad := readSecret(path, ""); bad != nil || secret != "secret" {
		t.Errorf("got %v", bad)
	}
}
