//go:build clients

package main

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"vesper/digest/render"
)

// thunderbirdPrefs has an account without a server, no first steps, no network, and the
// colours of the day or the night.
//
//go:embed testdata/clients/thunderbird.js
var thunderbirdPrefs string

// screen is an X server of a test's own and what runs on it.
type screen struct {
	dir string
	env []string
}

// newScreen starts one of 900 × 2400 with a home that knows nobody.
func newScreen(t *testing.T) *screen {
	t.Helper()
	dir, err := os.MkdirTemp("", "screen")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	x := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "900x2400x24", "-nolisten", "tcp")
	x.ExtraFiles = []*os.File{w}
	if err := x.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Process.Kill(); x.Wait() })
	w.Close()
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb does not say its display: %v", err)
	}
	return &screen{dir: dir, env: append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir+"/.config",
		"XDG_DATA_HOME="+dir+"/.local/share", "XDG_CACHE_HOME="+dir+"/.cache", "XDG_RUNTIME_DIR="+dir,
		"DISPLAY=:"+strings.TrimSpace(number), "GDK_BACKEND=x11", "LIBGL_ALWAYS_SOFTWARE=1", "NO_AT_BRIDGE=1")}
}

// runs starts a program in a session bus of its own, and ends both with the test.
func (s *screen) runs(t *testing.T, args ...string) {
	t.Helper()
	c := exec.Command("dbus-run-session", append([]string{"--"}, args...)...)
	var said bytes.Buffer
	c.Env, c.Stdout, c.Stderr, c.SysProcAttr = s.env, &said, &said, &syscall.SysProcAttr{Setpgid: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
		c.Wait()
		if t.Failed() {
			t.Logf("%s said:\n%s", args[0], &said)
		}
	})
}

// do has a tool of X's do something for ten seconds at most, and gives what it says.
func (s *screen) do(args ...string) (string, error) {
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
	defer stop()
	c := exec.CommandContext(ctx, args[0], args[1:]...)
	c.Env = s.env
	out, err := c.Output()
	return string(out), err
}

// waits asks four times a second until the answer is yes, for a minute and a half.
func waits(t *testing.T, what string, yes func() bool) {
	t.Helper()
	ticks := time.NewTicker(250 * time.Millisecond)
	defer ticks.Stop()
	late := time.After(90 * time.Second)
	for !yes() {
		select {
		case <-late:
			t.Fatalf("%s: not within a minute and a half", what)
		case <-ticks.C:
		}
	}
}

// window waits for so many windows with a title and gives the last, which it puts in front
// of all.
func (s *screen) window(t *testing.T, title string, n int) {
	t.Helper()
	id := ""
	waits(t, "a window "+title, func() bool {
		all, _ := s.do("xdotool", "search", "--onlyvisible", "--name", title)
		ids := strings.Fields(all)
		if len(ids) < n {
			return false
		}
		id = ids[len(ids)-1]
		return true
	})
	for _, args := range [][]string{
		{"windowmove", id, "0", "0"}, {"windowsize", id, "900", "2400"}, {"windowraise", id}, {"windowfocus", id},
	} {
		if _, err := s.do(append([]string{"xdotool"}, args...)...); err != nil {
			t.Fatalf("xdotool %s: %v", args[0], err)
		}
	}
}

// picture waits until three pictures of the screen in a row are the same and not blank.
func (s *screen) picture(t *testing.T) (last string) {
	t.Helper()
	same := 0
	waits(t, "a picture that stays", func() bool {
		now, err := s.do("import", "-window", "root", "-define", "png:exclude-chunks=date,time", "png:-")
		if err != nil {
			t.Fatal(err)
		}
		if now == last && len(now) > 40_000 {
			same++
		} else {
			last, same = now, 0
		}
		return same == 2
	})
	return last
}

// brightness is that of the middle of a picture, 0 to 1.
func brightness(t *testing.T, picture string) float64 {
	t.Helper()
	is, err := png.Decode(strings.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	sum, n := 0.0, 0
	for y := is.Bounds().Dy() / 4; y < is.Bounds().Dy()/2; y += 3 {
		for x := is.Bounds().Dx() / 4; x < is.Bounds().Dx()*3/4; x += 3 {
			r, g, b, _ := is.At(x, y).RGBA()
			sum, n = sum+float64(r+g+b)/3/0xffff, n+1
		}
	}
	return sum / float64(n)
}

// forClients are the messages that mail programs are shown: an edition of five, one in
// Arabic, and the letter that asks to confirm.
func forClients(t *testing.T) map[string]arrived {
	t.Helper()
	n, _, _ := onTheInternet(t, domains[0])
	_, h := n.house(t, time.Now)
	mails := map[string]arrived{}
	for name, file := range map[string]string{"edition-5": "articles", "arabic": "arabic"} {
		articles, err := render.Fixtures(file)
		if err != nil {
			t.Fatal(err)
		}
		if file == "arabic" {
			h.renderer.Publication.Language, h.renderer.Publication.Name = "ar", "بريد الميناء"
		} else {
			h.renderer.Publication.Language, h.renderer.Publication.Name = "en", "Harbour Courier"
		}
		mails[name] = h.composed(t, articles[:min(5, len(articles))])
	}
	for _, letter := range n.letters(t, domains[0]) {
		if strings.HasPrefix(letter.name, "the confirmation in en") {
			mails["confirmation"] = letter
		}
	}
	if len(mails) != 3 {
		t.Fatalf("%d messages to show, want 3", len(mails))
	}
	return mails
}

// TestThunderbirdShowsTheMail opens each message in Thunderbird by day and by night: it is
// shown in the colours of the day. VESPER_SHOTS names a folder for pictures.
func TestThunderbirdShowsTheMail(t *testing.T) {
	for name, m := range forClients(t) {
		for i, mode := range []string{"dark", "light"} {
			t.Run(name+"-"+mode, func(t *testing.T) {
				s := newScreen(t)
				profile, mail := filepath.Join(s.dir, "profile"), filepath.Join(s.dir, "message.eml")
				folders := filepath.Join(profile, "Mail", "Local Folders")
				if err := os.MkdirAll(folders, 0o700); err != nil {
					t.Fatal(err)
				}
				prefs := strings.NewReplacer("COLOURS", fmt.Sprint(i), "FOLDERS", folders, "DARK",
					fmt.Sprint(1-i)).Replace(thunderbirdPrefs)
				for path, text := range map[string][]byte{filepath.Join(profile, "user.js"): []byte(prefs), mail: m.kept()} {
					if err := os.WriteFile(path, text, 0o600); err != nil {
						t.Fatal(err)
					}
				}
				s.runs(t, "thunderbird", "--profile", profile, "--no-remote", mail)
				// The first window is the program's own.
				s.window(t, " - Mozilla Thunderbird", 2)
				shot := s.picture(t)
				keepPicture(t, "thunderbird-"+name+"-"+mode, shot)
				if is := brightness(t, shot); (is > 0.5) != (mode == "light") {
					t.Errorf("the page is %.2f bright", is)
				}
			})
		}
	}
}

// keepPicture writes one into the folder for pictures.
func keepPicture(t *testing.T, name, picture string) {
	t.Helper()
	dir := os.Getenv("VESPER_SHOTS")
	if dir == "" {
		return
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), []byte(picture), 0o644); err != nil {
		t.Fatal(err)
	}
}
