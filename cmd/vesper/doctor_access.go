package main

import (
	"context"
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"vesper/cmd/vesper/config"
	"vesper/digest"
	"vesper/digest/alarm"
)

// need is a file or folder that the service needs, and what it does with it, in the bits
// of access(2).
type need struct {
	path string
	mode uint32
}

const (
	toEnter, toWrite, toRead = 1, 2, 4
)

// needs gives what a service with this configuration needs.
func (p *patient) needs() []need {
	c := p.config
	database := c.Beside()
	all := []need{{c.File(), toRead}, {filepath.Dir(database), toWrite | toEnter}}
	if !c.Database.OnServer() {
		all = append(all, need{database, toRead | toWrite})
	}
	desk := need{c.Path(c.Desk.Dir), toRead | toEnter}
	if len(c.Feed) > 0 {
		desk.mode |= toWrite
	}
	all = append(all, desk, need{c.Path(c.Templates.Dir), toRead | toEnter})
	for _, file := range secretFiles(c) {
		all = append(all, need{c.Path(file), toRead})
	}
	if program := alarmProgram(c); program != "" {
		all = append(all, need{program, toEnter})
	}
	return all
}

// secretFiles gives the files with secrets that a configuration names.
func secretFiles(c *config.Config) []string {
	all := []string{
		c.Database.PasswordFile, c.Bounces.IMAP.PasswordFile, c.Alarms.WebhookFile,
		c.Alarms.SecretFile, c.Alarms.HeartbeatFile,
	}
	if c.DKIM.Domain != "" {
		all = append(all, c.Signing().KeyFile, c.Signing().Ed25519)
	}
	for _, r := range c.Relay {
		all = append(all, r.PasswordFile)
	}
	for _, w := range c.Webhook {
		all = append(all, w.SecretFile, w.KeyFile)
	}
	return slices.DeleteFunc(all, func(file string) bool { return file == "" })
}

// alarmProgram gives the program that tells of alarms; "" if there is none.
func alarmProgram(c *config.Config) string {
	if len(c.Alarms.Command) == 0 {
		return ""
	}
	path, err := (alarm.Command{Args: c.Alarms.Command, Dir: c.Dir()}).Program()
	if err != nil {
		return "" // what is not there is another check's to say
	}
	return path
}

// eyes gives with whose eyes files are looked at, who that is, and that they are root's, who
// may do all. Without eyes it can't be told.
func (p *patient) eyes() (who string, may func(path string, mode uint32) error, root bool) {
	if os.Geteuid() != 0 {
		return "this user", syscall.Access, false
	}
	service := p.serviceUser()
	if service == nil || service.Uid == "0" {
		return "root", syscall.Access, true
	}
	return service.Username, as(service), false
}

// lookAtAccess looks whether the service's user may do with files what it needs to. Root,
// who may do all, looks with that user's eyes.
func lookAtAccess(_ context.Context, p *patient) []digest.Finding {
	const name = "access"
	var f findings
	who, may, root := p.eyes()
	switch {
	case root:
		f.say(name, digest.OK, "", "the service is root's, who may do all")
		return f.all
	case may == nil:
		f.say(name, digest.Unseen, "", "what %s may do can't be told here: run it as that user", who)
		return f.all
	}
	for _, w := range p.needs() {
		if w.path == "" {
			continue
		}
		err := may(w.path, w.mode)
		if err == nil || errors.Is(err, os.ErrNotExist) {
			continue // what is not there is another check's to say
		}
		verb := "read"
		switch {
		case w.mode&toWrite != 0:
			verb = "write to"
		case w.mode == toEnter:
			verb = "run"
		}
		hint := "chown it to " + who + ", or look at the folders above it: namei -l " + w.path
		f.say(name, digest.Fail, hint, "%s can't %s %s: %v", who, verb, w.path, err)
	}
	if len(f.all) == 0 {
		f.say(name, digest.OK, "", "%s may do with all files what it needs to", who)
	}
	return f.all
}

// serviceUser gives the user that the unit names, else whose the database is; nil if
// there is neither.
func (p *patient) serviceUser() *user.User {
	if unit := p.unit(); unit != "" {
		if named := readUnit(unit)["User"]; len(named) == 1 {
			if u, err := user.Lookup(named[0]); err == nil {
				return u
			}
		}
	}
	info, err := os.Stat(p.config.Beside())
	if err != nil {
		return nil
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	id := strconv.Itoa(int(stat.Uid))
	if u, err := user.LookupId(id); err == nil {
		return u
	}
	return &user.User{Uid: id, Gid: strconv.Itoa(int(stat.Gid)), Username: "user " + id}
}
