package rules

import (
	"fmt"
	"path"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func secretFileCopied() rule.Rule {
	return rule.Rule{
		ID:    "secret-file-copied",
		Title: "A file that holds secrets is copied into the image",
		Why: "Everyone who can pull the image can read the file, also when a later instruction deletes it: its layer stays. " +
			"For the build, hand it in with RUN --mount=type=secret; at run time mount it. " +
			"Leave it out of the build context with .dockerignore.",
		Bad:      "FROM debian:12\nCOPY id_rsa /root/.ssh/id_rsa\n",
		Good:     "FROM debian:12\nCOPY id_rsa.pub /home/app/.ssh/authorized_keys\nRUN --mount=type=secret,id=key fetch --key /run/secrets/key\n",
		Severity: finding.High,
		Aliases:  []string{"DS-0031", "CIS-DI-0010"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			each(d, func(i *dockerfile.Instruction) { copiedSecrets(d, i) }, "COPY", "ADD")
			each(d, func(i *dockerfile.Instruction) { namedSecretFiles(d, i) }, "ARG", "ENV")
		},
	}
}

// copiedSecrets reports the sources of a COPY or ADD that hold secrets, and a
// target that is by its name where a program looks for them.
func copiedSecrets(d *rule.Dockerfile, i *dockerfile.Instruction) {
	t, ok := i.Copy()
	if !ok {
		return
	}
	for _, s := range t.Sources {
		name := path.Base(strings.ReplaceAll(unquote(s.Text), `\`, "/"))
		if isSecretFile(unquote(s.Text)) && (d.Settings.Ignored == nil || t.From != "" || !d.Settings.Ignored(unquote(s.Text))) {
			d.Report(rule.Problem{Span: s.Span, Aliases: []string{"CIS-DI-0010"}, Message: fmt.Sprintf("%s stays readable in the layer that it is copied to.", name)})
		}
	}
	target := strings.Trim(unquote(t.Dest.Text), "${}")
	if isSecretFileVariable(target) && strings.HasPrefix(unquote(t.Dest.Text), "$") {
		ids := []string{}
		if i.Stage != nil && i.Stage == finalStage(d) && i.Name == "COPY" && len(i.Args) == 2 {
			ids = append(ids, "DS-0031")
		}
		d.Report(rule.Problem{Span: t.Dest.Span, Aliases: ids, Message: fmt.Sprintf("%s is where a program looks for its credentials.", unquote(t.Dest.Text))})
	}
}

// namedSecretFiles reports a variable that names a file of credentials where
// that is copied into the stage.
func namedSecretFiles(d *rule.Dockerfile, i *dockerfile.Instruction) {
	for _, p := range i.Pairs() {
		if i.Stage == nil || p.Value == "" || !isSecretFileVariable(p.Key) {
			continue
		}
		ids := []string{}
		if i.Stage == finalStage(d) {
			ids = append(ids, "DS-0031")
		}
		for _, c := range i.Stage.Instructions {
			if t, ok := c.Copy(); ok && c.Name == "COPY" && isBelow(p.Value, unquote(t.Dest.Text)) {
				d.Report(rule.Problem{Span: p.Span, Aliases: ids, Message: fmt.Sprintf("%s names a file of credentials that is copied into the image.", p.Key)})
				break
			}
		}
	}
}

// isSecretFileVariable knows the variables that name files of credentials.
func isSecretFileVariable(name string) bool {
	switch name {
	case "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "HF_TOKEN_PATH", "GOOGLE_APPLICATION_CREDENTIALS":
		return true
	}
	return false
}

// isBelow tells whether a file is in a directory, both as written, relative ones
// taken from the root.
func isBelow(file, dir string) bool {
	file, dir = path.Clean("/"+file), path.Clean("/"+dir)
	return file == dir || strings.HasPrefix(file, strings.TrimSuffix(dir, "/")+"/")
}

// isSecretFile tells by its path whether a file holds secrets.
func isSecretFile(file string) bool {
	file = strings.ToLower(strings.ReplaceAll(file, `\`, "/"))
	name := path.Base(file)
	switch name {
	case ".env", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "id_ecdsa_sk", "id_ed25519_sk", ".netrc", "_netrc", ".pypirc", ".npmrc", ".yarnrc.yml",
		".git-credentials", ".pgpass", ".my.cnf", ".htpasswd", ".dockercfg", ".vault-token", ".s3cfg", ".boto", "kubeconfig",
		"credentials", "credential", "credentials.json", "credential.json", "credentials.xml", "password.txt", "passwords.txt",
		"secret_token.rb", "carrierwave.rb", "omniauth.rb", "master.key", "secrets.yml", "secrets.yaml", "secrets.json",
		"terraform.tfstate", "service-account.json", "serviceaccount.json", "accesstokens.json":
		return true
	}
	if strings.HasSuffix(file, ".docker/config.json") || strings.HasSuffix(file, ".kube/config") || strings.HasSuffix(file, ".aws/config") {
		return true
	}
	if rest, ok := strings.CutPrefix(name, ".env."); ok {
		return !containsAny(rest, "example", "sample", "template", "dist", "default")
	}
	switch ext := path.Ext(name); ext {
	case ".p12", ".pfx", ".kdbx", ".ppk", ".secret", ".ovpn", ".private_key", ".cscfg", ".rdp", ".bek", ".tpm", ".fve", ".psafe3", ".agilekeychain",
		".keychain", ".pcap", ".gnucache", ".jks", ".keystore":
		return !strings.Contains(name, "trust") && name != "cacerts.jks"
	case ".key":
		return !containsAny(name, "pub", "gpg", "apt", "repo", "release", "archive", "signing")
	case ".pem":
		return containsAny(name, "key", "priv") && !strings.Contains(name, "pub")
	}
	return false
}
