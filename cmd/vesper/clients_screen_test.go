//go:build clients

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// screen is an X server of a test's own, with a window manager that has every window fill
// it, and a home that knows nobody.
type screen struct {
	dir string
	env []string
	// look, if there is one, gives the picture of a program that draws on no screen.
	look func() (string, error)
}

// newScreen starts one of 900 × 2400.
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
	x := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "900x2400x24", "-nolisten", "tcp",
		// Without it the server begins anew when its last client goes, the first of all too.
		"-noreset")
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
	s := &screen{dir: dir, env: append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir+"/.config",
		"XDG_DATA_HOME="+dir+"/.local/share", "XDG_CACHE_HOME="+dir+"/.cache", "XDG_RUNTIME_DIR="+dir,
		"DISPLAY=:"+strings.TrimSpace(number), "GDK_BACKEND=x11", "LIBGL_ALWAYS_SOFTWARE=1", "NO_AT_BRIDGE=1",
		"LANG=C.UTF-8", "TZ=UTC")}
	rules, err := filepath.Abs("testdata/clients/openbox.xml")
	if err != nil {
		t.Fatal(err)
	}
	s.starts(t, "openbox", "--sm-disable", "--config-file", rules)
	// Nothing is to look as if the pointer were over it.
	if _, err := s.do("xdotool", "mousemove", "899", "2399"); err != nil {
		t.Fatal(err)
	}
	return s
}

// write puts a file into the home, with what the words stand for in it.
func (s *screen) write(t *testing.T, name, text string, words ...string) string {
	t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.NewReplacer(words...).Replace(text)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// runs starts the program that is looked at, in a session bus of its own.
func (s *screen) runs(t *testing.T, args ...string) {
	t.Helper()
	s.starts(t, append([]string{"dbus-run-session", "--"}, args...)...)
}

// starts starts a program, which ends with the test and all that it started.
func (s *screen) starts(t *testing.T, args ...string) {
	t.Helper()
	c := exec.Command(args[0], args[1:]...)
	var said bytes.Buffer
	c.Env, c.Stdout, c.Stderr, c.SysProcAttr = s.env, &said, &said, &syscall.SysProcAttr{Setpgid: true}
	c.WaitDelay = time.Second
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		syscall.Kill(-c.Process.Pid, syscall.SIGTERM)
		c.Wait()
		syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
		if t.Failed() {
			t.Logf("%s said:\n%s", args, said.Bytes()[max(0, said.Len()-4000):])
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

// press has the window in front hear keys.
func (s *screen) press(keys ...string) {
	s.do(append([]string{"xdotool", "key", "--clearmodifiers"}, keys...)...)
}

// types has the window in front hear a line.
func (s *screen) types(line string) {
	s.do("xdotool", "type", "--clearmodifiers", line)
	s.press("Return")
}

// click has what is at a place of the screen hear the pointer, which then leaves it.
func (s *screen) click(x, y int) {
	s.do("xdotool", "mousemove", fmt.Sprint(x), fmt.Sprint(y), "click", "1", "mousemove", "899", "2399")
}

// titles gives those of all windows that are seen.
func (s *screen) titles() string {
	ids, _ := s.do("xdotool", "search", "--onlyvisible", "--name", ".")
	var all strings.Builder
	for _, id := range strings.Fields(ids) {
		title, _ := s.do("xdotool", "getwindowname", id)
		all.WriteString(title)
	}
	return all.String()
}

// clientPatience is how long a program may take for one thing.
const clientPatience = 90 * time.Second

// until asks four times a second until the answer is yes.
func (s *screen) until(t *testing.T, what string, yes func() bool) {
	t.Helper()
	ticks := time.NewTicker(250 * time.Millisecond)
	defer ticks.Stop()
	late := time.After(clientPatience)
	for !yes() {
		select {
		case <-late:
			shot, _ := s.shot()
			keepPicture(t, "failed-"+strings.ReplaceAll(t.Name(), "/", "-"), shot)
			t.Fatalf("%s: not within %v; the windows are:\n%s", what, clientPatience, s.titles())
		case <-ticks.C:
		}
	}
}

// tries does something every three seconds until the answer is yes: a program may not hear
// keys yet when its window is there.
func (s *screen) tries(t *testing.T, what string, do func(), yes func() bool) {
	t.Helper()
	var last time.Time
	s.until(t, what, func() bool {
		if yes() {
			return true
		}
		if time.Since(last) > 3*time.Second {
			do()
			last = time.Now()
		}
		return false
	})
}

// listens waits until something listens at an address.
func (s *screen) listens(t *testing.T, address string) {
	t.Helper()
	s.until(t, "listening at "+address, func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

// shot gives the screen as it is.
func (s *screen) shot() (string, error) {
	if s.look != nil {
		return s.look()
	}
	return s.do("import", "-window", "root", "-define", "png:exclude-chunks=date,time", "png:-")
}

// picture waits until three pictures of the screen in a row are the same and something is on
// the page: a program may take its time between the frame and the mail.
func (s *screen) picture(t *testing.T, page image.Rectangle) (last string) {
	t.Helper()
	same := 0
	s.until(t, "a picture that stays", func() bool {
		now, err := s.shot()
		if err != nil {
			t.Fatal(err)
		}
		if now != last {
			last, same = now, 0
			return false
		}
		same++
		return same >= 2 && !blank(t, now, page)
	})
	return last
}

// ground is the colour that most of a part of a picture has, as brightness from 0 to 1, and
// the share that it has.
func ground(t *testing.T, picture string, part image.Rectangle) (bright, share float64) {
	t.Helper()
	is, err := png.Decode(strings.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	counts, most, n := map[[3]uint32]int{}, [3]uint32{}, 0
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			r, g, b, _ := is.At(x, y).RGBA()
			c := [3]uint32{r, g, b}
			counts[c]++
			n++
			if counts[c] > counts[most] {
				most = c
			}
		}
	}
	return float64(most[0]+most[1]+most[2]) / 3 / 0xffff, float64(counts[most]) / float64(n)
}

// blank is whether a part of a picture is as good as empty.
func blank(t *testing.T, picture string, part image.Rectangle) bool {
	t.Helper()
	_, share := ground(t, picture, part)
	return share > 0.98
}

// keepPicture writes one into the folder that VESPER_SHOTS names.
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
