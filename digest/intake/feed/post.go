package feed

import (
	"encoding/json"
	"errors"
)

// IsOut reads WordPress's answer for one post, and says whether it is published and asks
// for no password.
func IsOut(text []byte) (bool, error) {
	var p post
	if err := json.Unmarshal(text, &p); err != nil {
		return false, err
	}
	if p.ID == "" {
		return false, errors.New("this is no post")
	}
	return (p.Status == "" || p.Status == "publish") && !p.Content.Protected, nil
}

// RefusalOf gives the code of an error of WordPress's REST API, such as "rest_forbidden";
// empty if the text is none.
func RefusalOf(text []byte) string {
	var refusal struct {
		Code string `json:"code"`
	}
	if json.Unmarshal(text, &refusal) != nil {
		return ""
	}
	return refusal.Code
}
