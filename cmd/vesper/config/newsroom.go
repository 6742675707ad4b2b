package config

// Newsroom is [newsroom]: who runs it, and is told how editions went.
type Newsroom struct {
	// ReportTo are the addresses that the report on each edition is mailed to, when it is
	// over or was missed, such as ["desk@news.example"]. Default: none, reports are only kept.
	ReportTo []string `toml:"report_to"`
}

// Mailboxes gives the addresses without display names, each once.
func (n Newsroom) Mailboxes() []string { return Addresses(n.ReportTo).Mailboxes() }

func checkNewsroom(c *Config, r *Report) {
	for _, to := range c.Newsroom.ReportTo {
		r.mailbox("newsroom.report_to", "report_to", to)
	}
}
