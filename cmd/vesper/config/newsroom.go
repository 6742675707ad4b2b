package config

import "slices"

// Newsroom is [newsroom]: who runs it, and is told how editions went.
type Newsroom struct {
	// ReportTo are the addresses that the report on each edition is mailed to, when it is
	// over or was missed, such as ["desk@news.example"]. Default: none, reports are only kept.
	ReportTo []string `toml:"report_to"`
	// ProofTo are the addresses that the proof of each edition with a ProofBefore is mailed to,
	// such as ["desk@news.example"]. Default: none.
	ProofTo []string `toml:"proof_to"`
}

// Mailboxes gives the addresses without display names, each once.
func (n Newsroom) Mailboxes() []string { return Addresses(n.ReportTo).Mailboxes() }

// Provers gives those that proofs are mailed to, likewise.
func (n Newsroom) Provers() []string { return Addresses(n.ProofTo).Mailboxes() }

func checkNewsroom(c *Config, r *Report) {
	for _, to := range c.Newsroom.ReportTo {
		r.mailbox("newsroom.report_to", "report_to", to)
	}
	for _, to := range c.Newsroom.ProofTo {
		r.mailbox("newsroom.proof_to", "proof_to", to)
	}
	proved := slices.ContainsFunc(c.Edition, func(e Edition) bool { return e.ProofBefore != 0 || e.NeedsApproval })
	if len(c.Newsroom.ProofTo) > 0 && !proved {
		r.Warn("newsroom.proof_to", "proof_to is set, and no edition has a proof", `proof_before = "20m" in [[edition]]`)
	}
}
