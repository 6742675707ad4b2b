package store

import (
	"net"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// connecting is how long it may take to be let in.
	connecting = 10 * time.Second
	// silentFor is how long a server may say nothing of what it was sent, before the connection is
	// taken for broken: its machine, or the way there, may be gone without a word. By itself that takes a quarter
	// of an hour.
	silentFor = 30 * time.Second
	// answersIdle is how long an idle connection may take to answer, before it is taken for broken:
	// a fail-over leaves many of them, and who asks tries one after another.
	answersIdle = 2 * time.Second
)

// noticed has the server notice within half a minute that a machine is gone without a word, as
// in a power cut: by itself it would keep that one's locks for two hours.
var noticed = map[string]string{
	"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3",
	"tcp_user_timeout": "30000",
}

// notices has both ends of a connection notice that the other one is gone.
func notices(c *pgx.ConnConfig) {
	if c.ConnectTimeout == 0 || c.ConnectTimeout > connecting {
		c.ConnectTimeout = connecting
	}
	for name, value := range noticed {
		c.RuntimeParams[name] = value
	}
	dialer := &net.Dialer{
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 3},
		Control:         unheardFor(silentFor),
	}
	c.DialFunc = dialer.DialContext
}
