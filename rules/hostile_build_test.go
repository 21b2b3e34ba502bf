package rules

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/rule"
)

// hostileFiles are Dockerfiles that make slow what looks at everything for each
// thing.
func hostileFiles() map[string]string {
	const n = 20_000
	var chain, loop strings.Builder
	for i := range n {
		fmt.Fprintf(&chain, "FROM s%d AS s%d\nHEALTHCHECK CMD curl x\nCMD serve\n", i, i+1)
		fmt.Fprintf(&loop, "FROM S%d AS S%d\nCOPY --from=S%d a a\n", n-i, i, n-i)
	}
	stage := "FROM alpine:3.22 AS A\n"
	repeat := func(line string) string { return stage + strings.Repeat(line, n) }
	return map[string]string{
		"chain":     chain.String(),
		"loop":      loop.String(),
		"duplicate": strings.Repeat("FROM x AS A\nCOPY --from=A a a\n", n),
		"shells":    repeat("SHELL [\"a\"]\nCMD serve\n"),
		"health":    repeat("RUN x\nHEALTHCHECK CMD curl x\n"),
		"unset":     repeat("ENV A$B=$C D=$E\nCOPY $F $G\n"),
		"arg":       repeat("ARG a b\n"),
		"archives":  repeat("COPY a.tar b.tar /\nRUN tar xf a.tar b.tar\n"),
		"workdir":   repeat("WORKDIR a\n"),
		"blank":     repeat("RUN a \\\n\n b\n"),
		"ports":     repeat("EXPOSE 22 $X 1:2:3/TCP\n"),
		"comments":  repeat("# hadolint ignore=x\nARG B\n"),
	}
}

// TestHostile bounds the time of rules about instructions on large files.
func TestHostile(t *testing.T) {
	for name, source := range hostileFiles() {
		file := dockerfile.Parse([]byte(source))
		view := rule.NewDockerfile(file, "Dockerfile", exampleSettings(), nil)
		for _, i := range file.Instructions {
			view.Scripts(i)
		}
		for _, construct := range aboutInstructions() {
			r := construct()
			start := time.Now()
			r.Dockerfile(view.WithReport(func(rule.Problem) {}))
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("%s: %s takes %v for %d bytes", name, r.ID, took, len(source))
			} else if took > 500*time.Millisecond {
				t.Logf("%s: %s takes %v", name, r.ID, took)
			}
		}
	}
}

// aboutInstructions are the rules that look at stages and instructions.
func aboutInstructions() []func() rule.Rule {
	return []func() rule.Rule{
		addInsteadOfCopy, addURL, addUsed, cmdDuplicate, cmdShellForm, continuationEmpty, copyArchive,
		copyDestinationSlash, copyFilesystem, copyFromIndex, copyFromSelf, copyFromUnknown, copyIgnored,
		copyRelativeDestination, copyUnneededFile, copyWholeContext, descriptionFormat, entrypointDuplicate,
		envSelfReference, exposeAdmin, exposeMapping, exposeProtocolCase, exposeRange, exposeSSH, fromArgDefault,
		fromArgUndeclared, fromAsCase, fromDigestMissing, fromEndOfLife, fromPlatformConstant, fromPlatformMismatch,
		fromPlatformRedundant, fromRegistryUntrusted, fromTagLatest, fromTagMissing, fromUnofficial,
		healthcheckDuplicate, healthcheckMissing, healthcheckToolMissing, instructionCase, instructionOrder,
		layersJoinable, maintainerDeprecated, onbuildForbidden, pairLegacy, pragmaUsed, runConsecutive, setuidKept,
		stageNameCase, stageNameDuplicate, stageNameReserved, variableUndefined, volumeSystem, workdirCd,
		workdirRelative, workdirSystem, workdirUnclear, healthcheckShellForm, fromPlatformUsed, copyDotSource,
	}
}
