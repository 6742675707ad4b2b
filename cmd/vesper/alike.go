package main

import (
	"encoding/json"

	"vesper/digest"
)

// alike gives the fingerprints of what all machines of a house must have alike: of what one of them
// opens the others send a part. Passwords, and what is a machine's own, such as a path, are not in it.
func (h *house) alike() (all digest.Alike) {
	c, own := h.config, h.file.House()
	limits := [][2]float64{}
	for _, r := range c.Relay {
		limits = append(limits, [2]float64{r.Rate, float64(r.Connections)})
	}
	parts := []struct {
		name string
		has  any
	}{
		{"[publication]", c.Publication},
		{"[[edition]]", c.Edition},
		{"base_url", c.Web.BaseURL},
		{"[delivery]", c.Delivery},
		{"rate/connections", limits},
		{"[dkim]", h.publisher.Signing},
	}
	for _, p := range parts {
		written, err := json.Marshal(p.has)
		if err != nil || p.name == "[dkim]" && h.unsigned != nil {
			continue // who can't read the keys says so
		}
		all = all.With(p.name, own.Fingerprint(p.name, written))
	}
	return all
}
