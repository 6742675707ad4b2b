//go:build clients

package main

import (
	"context"
	_ "embed"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

//go:embed testdata/clients/roundcube.php
var roundcubeConfig string

// roundcubeFolder is where .ci/clients puts it.
const roundcubeFolder = "/usr/local/share/roundcube"

// roundcube is seen in Chromium without a screen.
var roundcube = client{
	name:  "roundcube",
	page:  image.Rect(100, 400, 800, 1600),
	opens: opensRoundcube,
}

func opensRoundcube(t *testing.T, s *screen, p *post, dark bool) (reply func()) {
	s.write(t, "config/config.inc.php", roundcubeConfig, "DIR", s.dir, "PORT", p.port)
	if err := os.Symlink(roundcubeFolder+"/config/defaults.inc.php", s.dir+"/config/defaults.inc.php"); err != nil {
		t.Fatal(err)
	}
	root := s.write(t, "root.php", fmt.Sprintf("<?php define('INSTALL_PATH', '%s/');", roundcubeFolder))
	address := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	s.env = append(s.env, "ROUNDCUBE_CONFIG_DIR="+filepath.Join(s.dir, "config"), "PHP_CLI_SERVER_WORKERS=4")
	s.starts(t, "php", "-S", address, "-t", roundcubeFolder, "-d", "auto_prepend_file="+root)
	s.listens(t, address)

	b := startBrowser(t, nil)
	ctx, stop := context.WithTimeout(b.ctx, clientPatience)
	t.Cleanup(stop)
	t.Cleanup(func() {
		if shot, err := s.look(); t.Failed() && err == nil {
			keepPicture(t, "failed-"+filepath.Base(t.Name()), shot)
		}
	})
	alone := b.ctx
	b.ctx = ctx
	scheme := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: map[bool]string{false: "light", true: "dark"}[dark]},
	}}
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, scheme); err != nil {
		t.Fatal(err)
	}
	ask(t, b, chromedp.EmulateViewport(900, 2400))
	s.look = func() (string, error) {
		png, err := chromedp.Run(alone, chromedp.CaptureScreenshot())
		return string(png), err
	}
	ask(t, b, chromedp.Navigate("http://"+address+"/"))
	ask(t, b, chromedp.SendKeys("#rcmloginuser", "ines"))
	ask(t, b, chromedp.SendKeys("#rcmloginpwd", "secret\r"))
	ask(t, b, chromedp.WaitVisible("#messagelist"))
	ask(t, b, chromedp.Navigate("http://"+address+"/?_task=mail&_mbox=INBOX&_uid=1&_action=show"))
	ask(t, b, chromedp.WaitVisible("#messagebody"))
	return func() {
		ask(t, b, chromedp.Click("#toolbar-menu a.reply"))
		// A page that is not saved would hold up the browser's end.
		s.tries(t, "a draft", func() {
			chromedp.Run(b.ctx, chromedp.Evaluate[bool](`rcmail.env.action == 'compose' && rcmail.commands.savedraft &&
				(addEventListener('beforeunload', e => e.stopImmediatePropagation(), true), rcmail.command('savedraft'), true)`))
		}, func() bool { return len(p.drafts()) > 0 })
	}
}
