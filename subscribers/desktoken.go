package subscribers

import (
	"crypto/hmac"
	"encoding/base64"
)

// Desk gives the token that lets one person of the newsroom act on one edition, on its desk
// page: base64url of version, key ID and an HMAC-SHA256 over these, the edition and the
// person's address, cut to 16 bytes. It names neither, and is made for this use alone: no
// reader's token opens a desk page, nor this one anything of a reader's.
func (k Key) Desk(edition, address string) string {
	return base64.RawURLEncoding.EncodeToString(k.desk(edition, address))
}

func (k Key) desk(edition, address string) []byte {
	b := []byte{version, k.ID}
	said := append(b[:2:2], edition+"\x00"+address...)
	return append(b, k.Many().mac("desk", said)[:linkMAC]...)
}

// deskLength is the length of a desk page's token in bytes.
const deskLength = 2 + linkMAC

// WholeDesk does for the token of a desk page what [Whole] does for a reader's.
func WholeDesk(came string) string {
	return cutToken(came, base64.RawURLEncoding.EncodedLen(deskLength))
}

// Desk reads a token of the desk page of an edition, and gives the one of these addresses
// that it is for: [ErrToken] if it is for none, [ErrRetired] if its key was retired.
func (ring Keyring) Desk(token, edition string, addresses []string) (string, error) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) != deskLength || base64.RawURLEncoding.EncodeToString(b) != token || b[0] != version {
		return "", ErrToken
	}
	key, ok := ring[b[1]]
	if !ok {
		return "", ErrToken
	}
	for _, address := range addresses {
		switch {
		case !hmac.Equal(key.desk(edition, address), b):
		case key.Retired:
			return "", ErrRetired
		default:
			return address, nil
		}
	}
	return "", ErrToken
}
