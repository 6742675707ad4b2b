package render

import (
	"strings"
	"testing"

	"vesper/digest"
	"vesper/digest/whole"
)

func TestReadingTimeCountsCharactersWhereWordsHaveNoSpaces(t *testing.T) {
	for text, want := range map[string]int{
		"":                          0,
		"Four night trains return.": 4,
		"a · b — c":                 5, // as it always was
		"한국 신문은 낱말을 띄어 쓴다":                5,
		"夜行列車が戻る。":                        5, // 7 characters
		"「夜行」、列車":                         3, // marks are not read
		"東京 2026年 NHKニュース":                7, // 2026, NHK and 7 characters
		"ラーメン":                            3,
		"รถไฟกลางคืนกลับมา":               4, // 16 letters, marks aside
		"ລົດໄຟກາງຄືນ":                     3,
		"រថភ្លើងពេលយប់":                   3,
		"夜行 night trains return soon":     6,
		strings.Repeat("夜行列車。", 100):      267,
		strings.Repeat("words of it ", 3): 9,
	} {
		if got := readingWords(text); got != want {
			t.Errorf("%.40q: got %d words, want %d", text, got, want)
		}
	}
	// Five minutes of Chinese were one minute before: it is one word to the eye of a program.
	long := []digest.Block{{Text: strings.Repeat("夜行列车将于十二月重返四条线路。", 119)}}
	if got := deepMinutes(deepWords(long)); got != 5 {
		t.Errorf("got %d minutes, want 5", got)
	}
}

func TestNoLineOfTheTextEndsInAnotherLanguagesColon(t *testing.T) {
	whole.NotRaced(t)
	specimens, err := Specimens(nil)
	if err != nil {
		t.Fatal(err)
	}
	french := 0
	for _, s := range specimens {
		if !strings.HasSuffix(s.Name, ".txt") {
			continue
		}
		for line := range strings.Lines(s.Content) {
			line = strings.TrimRight(line, "\r\n")
			spaced := strings.HasSuffix(line, "\u00a0:")
			if strings.HasSuffix(line, ":") && spaced != strings.Contains(s.Name, "-fr") {
				t.Errorf("%s: %q", s.Name, line)
			} else if spaced {
				french++
			}
		}
	}
	if french < 5 {
		t.Errorf("%d French colons were looked at", french)
	}
}
