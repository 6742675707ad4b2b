package gather

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"vesper/digest"
	"vesper/digest/intake/feed"
)

// has says whether the feed has an item of this name.
func (l look) has(guid string) bool {
	return slices.ContainsFunc(l.of.Items, func(it feed.Item) bool { return guidOf(it) == guid })
}

// markOf gives by what an item is known, whatever its GUID is: some programs make another one
// for each look. It is its canonical address; where it has none of its own, its headline and
// time.
func markOf(from string, it feed.Item) string {
	if at := ownAddress(it.URL); at != "" || it.Title == "" || it.Published.IsZero() {
		return at
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%d", from, it.Title, it.Published.Unix()))
	return "text:" + hex.EncodeToString(sum[:16])
}

// apart gives items with their addresses for GUIDs where one GUID stands at several stories,
// of other headlines and addresses: then it names none of them.
func apart(items []feed.Item) []feed.Item {
	first, several := map[string]feed.Item{}, map[string]bool{}
	for _, it := range items {
		other, there := first[it.GUID]
		if at := ownAddress(it.URL); it.GUID == "" || !there {
			first[it.GUID] = it
		} else if o := ownAddress(other.URL); at != "" && o != "" && at != o && it.Title != other.Title {
			several[it.GUID] = true
		}
	}
	if len(several) == 0 {
		return items
	}
	items = slices.Clone(items)
	for i := range items {
		if several[items[i].GUID] {
			items[i].GUID = items[i].URL
		}
	}
	return items
}

func guidOf(it feed.Item) string {
	if it.GUID != "" {
		return it.GUID
	}
	return it.URL
}

// fingerprint tells whether a publisher changed an item.
// Other patterns of the feed make another one, so that what they left out is looked at again.
func fingerprint(it feed.Item, patterns ...digest.Pattern) digest.Fingerprint {
	it.Updated = time.Time{} // programs touch it when nothing has changed
	text, err := json.Marshal(it)
	if err != nil {
		return digest.Fingerprint{}
	}
	for _, p := range patterns {
		text = append(append(text, '\n'), p.String()...)
	}
	sum := sha256.Sum256(text)
	return digest.Fingerprint(sum[:16])
}
