package main

import (
	"crypto/rand"
	"time"

	"vesper/digest"
	"vesper/digest/report"
)

// reportLetters writes a report to each who is to have it. What bounces goes to the sender.
func (a *app) reportLetters(h *house) func(digest.RunReport) ([]digest.Letter, error) {
	return func(r digest.RunReport) ([]digest.Letter, error) {
		to := h.config.Newsroom.Mailboxes()
		if len(to) == 0 {
			return nil, nil
		}
		html, err := report.HTML(r, h.config.Publication.Name, h.zone, h.renderer.Templates)
		if err != nil {
			return nil, err
		}
		text, at := report.Text(r, h.zone), a.now().Truncate(time.Second)
		var letters []digest.Letter
		for _, address := range to {
			l, err := h.renderer.Report(address, report.Subject(r), text, html, at, "report."+rand.Text())
			if err != nil {
				return nil, err
			}
			if signer := h.publisher.Signer; signer != nil {
				signature, err := signer.Sign(l.Bytes, at)
				if err != nil {
					return nil, err
				}
				l.Bytes = append(signature, l.Bytes...)
			}
			l.ReturnPath = h.renderer.Sender()
			letters = append(letters, l)
		}
		return letters, nil
	}
}
