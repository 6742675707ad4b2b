package subscribers

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
	"time"
)

// Purpose is the one thing that a link token may be used for.
type Purpose byte

// The purposes. Their numbers are in mail that readers keep: they never change.
const (
	ToUnsubscribe Purpose = 'u'
	ToPrefer      Purpose = 'p'
	ToConfirm     Purpose = 'c'
	// ToSee is for the operator alone: to see whom the pages take a request to be from. Its
	// tokens live a minute and are in no mail.
	ToSee Purpose = 's'
	// ToReturn takes back that the reader left by a page of ours. Its tokens are in no mail:
	// they are shown to who pressed the button, and expire with what they take back.
	ToReturn Purpose = 'r'
	// ToMove confirms at a new address that a reader's editions go there, and ToStay takes that
	// back at the former one. Each expires with what it is for, which tells that from others.
	ToMove Purpose = 'm'
	ToStay Purpose = 'n'
)

// version is the form of the tokens below. They live in readers' mailboxes for
// ever, so this form is read for ever.
const version = 1

const (
	linkMAC   = 16
	returnMAC = 8
)

var (
	// ErrToken says that a token is not one of ours, or not for this purpose. It
	// says no more, so that nothing can be learnt by trying.
	ErrToken = errors.New("not a valid link")
	// ErrExpired says that a token is ours, and was for this purpose.
	ErrExpired = errors.New("the link has expired")
	// ErrRetired says that a token is ours and that its key was retired, which ends all
	// links but those to leave.
	ErrRetired = errors.New("the link's key was retired")
)

// Key signs and verifies tokens. New keys sign; old ones verify for ever. Of a retired
// one only links to leave do, and return paths.
type Key struct {
	ID      byte
	Secret  []byte
	Retired bool
}

// KeyUse is what hangs on a key that signs links.
type KeyUse struct {
	// Current says that it signs links now; Retired is when it was retired, zero for not.
	Current bool
	Retired time.Time
	// Open is an edition that is being sent with it, "" for none.
	Open string
	// Messages were sent with its links, and Confirmations wait for an answer to one.
	Messages, Confirmations int
}

// Keyring finds a key by its ID.
type Keyring map[byte]Key

var lower32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Link gives the token that lets the reader with this public ID do one thing:
// base64url of version, key ID, purpose, public ID, the expiry in Unix seconds
// where there is one, and an HMAC-SHA256 over these, cut to 16 bytes. A zero
// expires means for ever.
func (k Key) Link(p Purpose, publicID uint64, expires time.Time) string {
	return k.Many().Link(p, publicID, expires)
}

// Link is [Key.Link].
func (t *Tokens) Link(p Purpose, publicID uint64, expires time.Time) string {
	t.text = t.appendLink(t.text[:0], p, publicID, expires)
	return string(t.text)
}

func (t *Tokens) appendLink(to []byte, p Purpose, publicID uint64, expires time.Time) []byte {
	b := binary.BigEndian.AppendUint64(append(t.token[:0], version, t.id, byte(p)), publicID)
	if !expires.IsZero() {
		b = binary.BigEndian.AppendUint64(b, uint64(expires.Unix()))
	}
	t.token = append(b, t.mac("link", b)[:linkMAC]...)
	return base64.RawURLEncoding.AppendEncode(to, t.token)
}

// The lengths of a token in bytes, without and with an expiry.
const (
	bare  = 3 + 8 + linkMAC
	dated = bare + 8
)

// Whole gives the token for this purpose in what came of a link. Programs on the
// way break links over lines, and stick a full stop, a bracket or parameters of
// their own on them. No character of those belongs to a token, or it stands behind
// one, and the purpose tells how long a token is: only links to unsubscribe and those to the
// preferences have no expiry. Whether the token holds is for [Keyring.Link] to say.
func Whole(came string, p Purpose) string {
	length := base64.RawURLEncoding.EncodedLen(bare)
	switch p {
	case ToConfirm, ToSee, ToReturn, ToMove, ToStay:
		length = base64.RawURLEncoding.EncodedLen(dated)
	}
	return cutToken(came, length)
}

// cutToken gives the token of this length in what came of a link.
func cutToken(came string, length int) string {
	token := strings.Map(func(c rune) rune {
		if c == '-' || c == '_' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' {
			return c
		}
		return -1
	}, came)
	return token[:min(len(token), length)]
}

// Link reads a link token made for this purpose, and gives the public ID of its
// reader. One that has expired at now is [ErrExpired], one whose key was retired
// [ErrRetired], unless it is to leave, and every other token [ErrToken].
func (ring Keyring) Link(token string, p Purpose, now time.Time) (uint64, error) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	// Decoders pass over line ends and spare bits; a token has one spelling.
	if err != nil || len(b) != bare && len(b) != dated || base64.RawURLEncoding.EncodeToString(b) != token ||
		!ring.verify("link", b, linkMAC) || Purpose(b[2]) != p {
		return 0, ErrToken
	}
	if ring[b[1]].Retired && p != ToUnsubscribe {
		return 0, ErrRetired
	}
	if len(b) == dated && now.Unix() >= int64(binary.BigEndian.Uint64(b[11:])) {
		return 0, ErrExpired
	}
	return binary.BigEndian.Uint64(b[3:]), nil
}

// Expiry gives when a link token expires that was verified; false for one that never does.
func Expiry(token string) (time.Time, bool) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) != dated {
		return time.Time{}, false
	}
	return time.Unix(int64(binary.BigEndian.Uint64(b[11:])), 0), true
}

// ReturnPath gives the token of an envelope sender (VERP): lower-case base32
// of version, key ID, public ID, edition number, and 8 bytes of HMAC-SHA256. It
// is 36 characters long, so that a local part stays within 64 octets.
func (k Key) ReturnPath(publicID uint64, edition uint32) string {
	return k.Many().ReturnPath(publicID, edition)
}

// ReturnPath is [Key.ReturnPath].
func (t *Tokens) ReturnPath(publicID uint64, edition uint32) string {
	t.text = t.appendReturnPath(t.text[:0], publicID, edition)
	return string(t.text)
}

func (t *Tokens) appendReturnPath(to []byte, publicID uint64, edition uint32) []byte {
	b := binary.BigEndian.AppendUint64(append(t.token[:0], version, t.id), publicID)
	b = binary.BigEndian.AppendUint32(b, edition)
	t.token = append(b, t.mac("return path", b)[:returnMAC]...)
	return lower32.AppendEncode(to, t.token)
}

// LetterReturnPath gives the token of the envelope sender of a letter to a reader. In
// its place for an edition's number stands 0, which no edition has.
func (k Key) LetterReturnPath(publicID uint64) string { return k.ReturnPath(publicID, 0) }

// ReturnPath reads a return-path token in either case, since relays may fold
// it, and gives the reader's public ID and the edition's number.
func (ring Keyring) ReturnPath(token string) (publicID uint64, edition uint32, err error) {
	token = strings.ToLower(token)
	b, err := lower32.DecodeString(token)
	if err != nil || len(b) != 2+8+4+returnMAC || lower32.EncodeToString(b) != token ||
		!ring.verify("return path", b, returnMAC) {
		return 0, 0, ErrToken
	}
	return binary.BigEndian.Uint64(b[2:]), binary.BigEndian.Uint32(b[10:]), nil
}

// Leave gives the token of an address to which a reader writes to leave. Servers fold the
// case of addresses, so it is lower-case base32: of version, key ID, public ID, and 16 bytes
// of HMAC-SHA256, made for this use alone. It is 42 characters long.
func (k Key) Leave(publicID uint64) string { return k.Many().Leave(publicID) }

// Leave is [Key.Leave].
func (t *Tokens) Leave(publicID uint64) string { return t.mailed(byMail, publicID) }

// byMail is the use of [Key.Leave].
const byMail = "leave by mail"

// Test gives the token of a message to ourselves, with the number of the test in the place
// of a reader. It has the form of [Key.Leave].
func (k Key) Test(number uint64) string { return k.Many().mailed("round trip", number) }

func (t *Tokens) mailed(use string, id uint64) string {
	t.text = t.appendMailed(t.text[:0], use, id)
	return string(t.text)
}

func (t *Tokens) appendMailed(to []byte, use string, id uint64) []byte {
	b := binary.BigEndian.AppendUint64(append(t.token[:0], version, t.id), id)
	t.token = append(b, t.mac(use, b)[:linkMAC]...)
	return lower32.AppendEncode(to, t.token)
}

// Leave reads a token that [Key.Leave] gave, in either case, and gives its reader's public
// ID. The key may be retired.
func (ring Keyring) Leave(token string) (publicID uint64, err error) {
	return ring.mailed(byMail, token)
}

// Test reads a token that [Key.Test] gave, in either case.
func (ring Keyring) Test(token string) (number uint64, err error) {
	return ring.mailed("round trip", token)
}

func (ring Keyring) mailed(use, token string) (uint64, error) {
	token = strings.ToLower(token)
	b, err := lower32.DecodeString(token)
	if err != nil || len(b) != 2+8+linkMAC || lower32.EncodeToString(b) != token || !ring.verify(use, b, linkMAC) {
		return 0, ErrToken
	}
	return binary.BigEndian.Uint64(b[2:]), nil
}

// MessageID gives the left part of the Message-ID of one reader's copy of an
// edition: the same whenever it is sent again, and telling nothing about either.
func (k Key) MessageID(edition uint32, subscriber int64) string {
	return string(k.MessageIDs()(nil, edition, subscriber))
}

// MessageIDLength is how long the left part of a Message-ID is.
const MessageIDLength = 32

// MessageIDs gives what appends many of them, by one goroutine, in a third of the time.
func (k Key) MessageIDs() func(dst []byte, edition uint32, subscriber int64) []byte {
	h := hmac.New(sha256.New, k.Secret)
	var said, sum []byte
	return func(dst []byte, edition uint32, subscriber int64) []byte {
		h.Reset()
		said = binary.BigEndian.AppendUint32(append(said[:0], "vesper message id\x00"...), edition)
		said = binary.BigEndian.AppendUint64(said, uint64(subscriber))
		h.Write(said)
		sum = h.Sum(sum[:0])
		return lower32.AppendEncode(dst, sum[:20])
	}
}

// verify checks the version and, in constant time, the last size bytes of b.
func (ring Keyring) verify(use string, b []byte, size int) bool {
	key, ok := ring[b[1]]
	if !ok || b[0] != version {
		return false
	}
	body := b[:len(b)-size]
	return hmac.Equal(key.Many().mac(use, body)[:size], b[len(body):])
}
