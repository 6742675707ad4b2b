package bounce

import (
	"slices"
	"testing"
)

func TestAnAddressIsFoundAmongWordsWithoutSpaces(t *testing.T) {
	for text, want := range map[string][]string{
		"收件人：ida@reader.example，不存在":            {"ida@reader.example"},
		"给ida@reader.example发送失败":               {"ida@reader.example"},
		"「ida@reader.example」に配信できません":          {"ida@reader.example"},
		"ida.b+x@reader.exampleに、配信":            {"ida.b+x@reader.example"},
		"<用户@例子.example> müller@bücher.example": {"用户@例子.example", "müller@bücher.example"},
	} {
		if got := addressesIn(text); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}
