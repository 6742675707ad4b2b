// Package lmtp is the door by which mail servers bring what comes back: an SMTP and LMTP
// server that takes mail for return paths, for addresses to leave by, for postmaster and for
// abuse, and for nobody else.
package lmtp
