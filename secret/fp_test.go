package secret_test

import (
	"testing"

	"github.com/plimsoll/plimsoll/secret"
)

// TestNoSecrets holds what sources and lists of packages are full of, and what
// is published, against all kinds.
func TestNoSecrets(t *testing.T) {
	f, err := secret.New(secret.Kinds(), secret.Allow{})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"	aws.CredentialSourceSTSAssumeRole:        UserAgentFeatureCredentialsStsAssumeRole,",
		"aws_secret_access_key = ThisIsJustTheNameOfSomethingInSourceCode",
		`    "parse-passwd": "^1.0.0",`,
		`    "passwd-user": ">=4.0.x",`,
		"  hasPassword: Boolean!",
		`const key = "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6` + `IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"`,
	} {
		for _, m := range f.Find([]byte(text)) {
			if !m.Sample {
				t.Errorf("%s: %s %s", text, m.Kind.ID, m.Redacted)
			}
		}
	}
}
