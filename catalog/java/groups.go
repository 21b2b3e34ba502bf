package java

import (
	_ "embed"
	"strings"
)

// groupsText lists well-known artifacts; its head says how.
//
//go:embed groups.txt
var groupsText string

// groups are the Maven groups of well-known artifacts.
type groups struct {
	artifacts map[string]string // artifact, or artifact@major, to group
	prefixes  []string          // beginnings of artifacts, "spring-boot-", longest first
	starts    map[string]string // prefix to group
	bundles   map[string]string // OSGi symbolic name, or file name after a title, to artifact
}

// readGroups reads the list that is part of this package.
func readGroups() *groups {
	g := &groups{artifacts: map[string]string{}, starts: map[string]string{}, bundles: map[string]string{}}
	for line := range strings.Lines(groupsText) {
		line = strings.TrimSpace(line)
		key, rest, ok := strings.Cut(line, ":")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		if bundle, ok := strings.CutPrefix(key, "="); ok {
			g.bundles[bundle] = strings.TrimSpace(rest)
			continue
		}
		for _, artifact := range strings.Fields(rest) {
			if start, ok := strings.CutSuffix(artifact, "*"); ok {
				g.prefixes = append(g.prefixes, start)
				g.starts[start] = key
				continue
			}
			g.artifacts[artifact] = key
		}
	}
	return g
}

// known is the group of a well-known artifact, else empty.
func (g *groups) known(artifact, version string) string {
	major, _, _ := strings.Cut(version, ".")
	if group := g.artifacts[artifact+"@"+major]; group != "" {
		return group
	}
	if group := g.artifacts[artifact]; group != "" {
		return group
	}
	longest := ""
	for _, p := range g.prefixes {
		if len(p) > len(longest) && strings.HasPrefix(artifact, p) {
			longest = p
		}
	}
	return g.starts[longest]
}

// bundle is the artifact behind an OSGi symbolic name, or behind the name of a
// file that a product of this title carries under another one than Maven's.
func (g *groups) bundle(symbolicName, title, file string) string {
	if artifact := g.bundles[title+"/"+file]; artifact != "" {
		return artifact
	}
	if artifact := g.bundles[symbolicName]; artifact != "" {
		return artifact
	}
	// Many end in the artifact: "org.apache.tomcat-catalina".
	last := symbolicName[strings.LastIndexByte(symbolicName, '.')+1:]
	if group := g.known(last, ""); group != "" && strings.HasPrefix(symbolicName, group) {
		return last
	}
	return ""
}
