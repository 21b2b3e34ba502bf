package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

func secretCommand() rule.Rule {
	return rule.Rule{
		ID:    "secret-command",
		Title: "RUN logs in, and the credentials stay in the image",
		Why: "Such commands write what they are given to a file in the home directory, which is then in a layer for everyone to read. " +
			"Where the credentials come from an ARG, the image's history has them as well. " +
			"Mount them with RUN --mount=type=secret, and fetch what needs them in the same RUN.",
		Bad:      "FROM debian:12\nRUN aws configure set aws_secret_access_key \"$KEY\"\n",
		Good:     "FROM debian:12\nRUN --mount=type=secret,id=aws,target=/root/.aws/credentials aws s3 cp s3://assets /assets\n",
		Severity: finding.High,
		Aliases:  []string{"DS-0031"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				for _, f := range r.inner.Flags {
					if f.Name == "mount" && strings.Contains(","+f.Value+",", ",type=secret,") {
						return
					}
				}
				ofFinal := r.outer == r.inner && r.inner.Stage != nil && r.inner.Stage == finalStage(d)
				if r.script.Err != nil && logsInText(r.line()) {
					p := rule.Problem{Span: r.inner.Span, Aliases: []string{}}
					if ofFinal {
						p.Aliases = append(p.Aliases, "DS-0031")
					}
					d.Report(p)
					return
				}
				for _, c := range r.commands {
					trivy, found := logsIn(c)
					if !found {
						continue
					}
					p := rule.Problem{Aliases: []string{}}
					if trivy && ofFinal {
						p.Aliases = append(p.Aliases, "DS-0031")
					}
					r.report(c, p)
					return
				}
			})
		},
	}
}

// logsIn tells whether a command keeps credentials in a file; trivy says whether
// Trivy knows the command too.
func logsIn(c *shell.Command) (trivy, found bool) {
	words := make([]string, 0, 8)
	for _, w := range c.Args() {
		if len(words) < cap(words) {
			words = append(words, w.Text)
		}
	}
	line := strings.Join(words, " ")
	starts := func(prefix string) bool { return line == prefix || strings.HasPrefix(line, prefix+" ") }
	switch c.Name {
	case "aws":
		found = starts("configure set aws_access_key_id") || starts("configure set aws_secret_access_key")
		return found, found || starts("configure set aws_session_token")
	case "gcloud":
		found = starts("auth activate-service-account")
		return found, found
	case "az":
		found = starts("login") && c.Has("-p", "--password", "--federated-token")
		return found, found
	case "doctl":
		found = starts("auth init") && c.Has("-t", "--access-token")
		return found, found
	case "docker", "podman", "buildah", "skopeo", "oras", "crane", "nerdctl":
		return false, (starts("login") || starts("auth login")) && c.Has("-p", "--password", "--password-stdin")
	case "helm":
		return false, starts("registry login") && c.Has("-p", "--password", "--password-stdin")
	case "npm", "pnpm", "yarn":
		return false, (starts("config set") || starts("set")) && containsAny(line, "_authToken", "_auth", "_password", "npmAuthToken")
	case "heroku", "vault", "flyctl":
		return false, (starts("login") || starts("auth login")) && len(c.Words) > 2
	case "gh":
		return false, starts("auth login") && c.Has("--with-token")
	}
	return false, false
}

// logsInText is logsIn for a script that is not understood, such as one with
// "<password>" still in it.
func logsInText(text string) bool {
	text = strings.Join(strings.Fields(text), " ")
	if containsAny(text, "aws configure set aws_access_key_id", "aws configure set aws_secret_access_key", "gcloud auth activate-service-account") {
		return true
	}
	_, az, hasAz := strings.Cut(text, "az login")
	_, doctl, hasDoctl := strings.Cut(text, "doctl auth init")
	return hasAz && containsAny(az, " -p ", " --password ", " --federated-token ") || hasDoctl && containsAny(doctl, " -t ", " --access-token ")
}
