package secret_test

import (
	"strings"
	"testing"

	"github.com/plimsoll/plimsoll/secret"
)

func TestHide(t *testing.T) {
	f, err := secret.New(secret.Kinds(), secret.Allow{})
	if err != nil {
		t.Fatal(err)
	}
	token := "ghp_" + "ptgUzEjfebzJ6sZWdoHIxrXl0gqn87" + "38orVr"
	for _, tt := range []struct{ text, want string }{
		{"", ""},
		{"RUN apt-get update", "RUN apt-get update"},
		{"RUN curl -H 'Authorization: Bearer " + token + "' x && echo " + token, "RUN curl -H 'Authorization: Bearer ghp_…' x && echo ghp_…"},
		{"ENV PGPASSWORD=LKXSf3wh34" + "LxCnzm8K A=b", "ENV PGPASSWORD=… A=b"},
	} {
		if got := f.Hide(tt.text); got != tt.want {
			t.Errorf("%q became %q, want %q", tt.text, got, tt.want)
		}
	}
	if got := f.Hide(strings.Repeat(token+"\n", 2*secret.MaxMatches)); strings.Contains(got, token) {
		t.Error("not all of very many secrets are hidden")
	}
}

func FuzzHide(f *testing.F) {
	finder, err := secret.New(secret.Kinds(), secret.Allow{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("a password = \"hunter2hunter2\" \xff\xfe")
	f.Add("\xff\xfeg\x00h\x00p\x00_\x00")
	f.Fuzz(func(t *testing.T, text string) {
		hidden := finder.Hide(text)
		for _, m := range finder.Find([]byte(text)) {
			if len(m.Secret) > 12 && strings.Count(hidden, m.Secret) > 0 && strings.Count(hidden, m.Secret) >= strings.Count(text, m.Secret) {
				t.Errorf("%q is shown in %q", m.Secret, hidden)
			}
		}
	})
}
