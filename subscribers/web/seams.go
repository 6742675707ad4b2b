package web

import (
	"context"
	"net/http"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// List is who is on the list, as far as readers can change it.
type List interface {
	// Reader gives the reader with this public ID, or digest.ErrNotFound.
	Reader(ctx context.Context, publicID uint64) (subscribers.Subscriber, error)
	// Prefer keeps what a reader chooses, from the next edition on. For nobody it
	// does nothing.
	Prefer(ctx context.Context, publicID uint64, p subscribers.Preferences) error
	// Unsubscribe takes the reader with this public ID off the list, and says whether
	// that changed anything. It does not for nobody and for a reader who has left
	// already. That is no error.
	Unsubscribe(ctx context.Context, publicID uint64, now time.Time) (changed bool, err error)
	// Keyring gives the keys that links are verified with, as they are now.
	Keyring(ctx context.Context) (subscribers.Keyring, error)
}

// Mover is how readers get editions at another address.
type Mover interface {
	// AskMove asks at the new address, without telling whether it does.
	AskMove(ctx context.Context, publicID uint64, m subscribers.Move) (asked bool, err error)
	// Move has the editions go to the address of the wish of a certain time, by a word that
	// was given there from a client's address. It says whether it does.
	Move(ctx context.Context, publicID uint64, asked time.Time, from string, now time.Time) (moved bool, err error)
}

// Back is how readers take back that they left, or what was done at another address.
type Back interface {
	// SigningKey gives the key that links are signed with now.
	SigningKey(ctx context.Context) (subscribers.Key, error)
	// Return takes back that the reader with this public ID left at a certain time, and says
	// whether it does.
	Return(ctx context.Context, publicID uint64, left, now time.Time) (bool, error)
	// MoveBack takes back that a reader's editions go to another address since a time, and
	// says whether it does.
	MoveBack(ctx context.Context, publicID uint64, moved, now time.Time) (bool, error)
}

// Door is how readers come onto the list.
type Door interface {
	// SignUp takes the wish that an address be asked to confirm, without a look at who
	// that is, or says how long whoever asks has to wait. A letter may come of it.
	SignUp(ctx context.Context, up subscribers.SignUp) (subscribers.Delay, error)
	// Confirm puts a reader who asked on the list and has a welcome mailed. From is
	// the client's address. changed is false for nobody, for a reader who is on the
	// list already, and for one who has left since and not asked anew.
	Confirm(ctx context.Context, publicID uint64, from string, now time.Time) (changed bool, err error)
}

// Editions is what was printed.
type Editions interface {
	// Archive gives the editions printed last, n at most, the newest first.
	Archive(ctx context.Context, n int) ([]digest.Printed, error)
	// Corrections gives the corrections made last, n at most, the newest first.
	Corrections(ctx context.Context, n int) ([]digest.Corrected, error)
	// Headlines gives what an edition printed, in print order.
	Headlines(ctx context.Context, id digest.ID) ([]digest.Found, error)
	// Lead gives the article that an edition begins with.
	Lead(ctx context.Context, id digest.ID) (digest.Article, error)
	// Search gives the stories that a query finds, n at most, the newest first.
	Search(ctx context.Context, q digest.Query, n int) ([]digest.Found, error)
	// WebView gives an edition as a page, or digest.ErrNotFound.
	WebView(ctx context.Context, id digest.ID) ([]byte, error)
	// DeepLook gives the page of an article that the edition printed, or
	// digest.ErrNotFound.
	DeepLook(ctx context.Context, id digest.ID, articleID string) ([]byte, error)
}

// Hooks is where mail providers tell what became of mail.
type Hooks interface {
	// Serve answers a request below /hooks/, and says whether it did: without the right
	// secret there is nothing there.
	Serve(w http.ResponseWriter, r *http.Request) bool
}
