package intake

import "testing"

func TestATextInAnotherEncodingIsNotTakenForWindows1252(t *testing.T) {
	for text, want := range map[string]bool{
		"plain": false, "UTF-8: café – “yes”": false,
		"caf\xe9": true,
		"\x93The Caf\xe9\x94 \x96 it is d\xe9j\xe0 vu, cr\xe9\xe9e": true,
		"LA SANT\xc9\xa0! Tr\xe8s bien, No\xebl":                    true, // two bytes are a letter of UTF-8
		"damaged \xe2\x80 UTF-8":                                    false,
		"more “UTF-8” than \x93 this":                               false,
		"Mac: caf\x8e d\x8ej\x88":                                   false,
		"\xcf\xf0\xe0\xe2\xe4\xe0 \xe8 more words here":             false, // Windows-1251
		"\x82\xb1\x82\xea\x82\xcd text":                             false, // Shift JIS
		"Cze\x9c\xe6, \xbfe by\xb3o":                                false, // Windows-1250
		"\xff\xfeH\x00":                                             false, // UTF-16
		"undefined \x81 byte":                                       false,
	} {
		if got := isWindows1252(text); got != want {
			t.Errorf("%q: got %t", text, got)
		}
	}
}
