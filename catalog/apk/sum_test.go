package apk

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"testing"

	"github.com/plimsoll/plimsoll/inventory"
)

func TestSumOf(t *testing.T) {
	old, now := sha1.Sum([]byte("x")), sha256.Sum256([]byte("x"))
	base64Of := base64.StdEncoding.EncodeToString
	for value, want := range map[string]inventory.Sum{
		"Q1" + base64Of(old[:]):        inventory.SumOf(inventory.SHA1, old[:]),
		" Q2" + base64Of(now[:]) + " ": inventory.SumOf(inventory.SHA256, now[:]),
		"Q1" + base64Of(now[:]):        {},
		"Q2" + base64Of(old[:]):        {},
		"Q1" + base64Of(old[:18]):      {},
		"Q1%%%":                        {}, "Q": {}, "": {}, "X1" + base64Of(old[:]): {},
	} {
		if got := sumOf(value); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}
