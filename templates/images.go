package templates

import (
	"path"
	"regexp"
)

// images finds what loads an image, or may: an element, a background, or a file that a
// style asks for.
var images = regexp.MustCompile(`(?i)<(img|picture|video|svg|image|input|object|embed|iframe|v:)|` +
	`background\s*=|url\(|image-set\(|@import|<link`)

// HasImages says whether a template or the parts of its folder may load images. Ours have
// none in emails.
func (s *Set) HasImages(name string) bool {
	return s.images[path.Dir(name)+"/parts"+path.Ext(name)] || s.images[name]
}
