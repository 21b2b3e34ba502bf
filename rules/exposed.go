package rules

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/rule"
)

// port is a word of EXPOSE taken apart: [[address:]host:]first[-last][/protocol].
type port struct {
	word        dockerfile.Word
	address     string
	host        string
	first, last int // -1 where that is no number
	protocol    string
}

// ports are the words of all EXPOSE instructions, with variables put in.
func ports(d *rule.Dockerfile, f func(i *dockerfile.Instruction, all []port)) {
	each(d, func(i *dockerfile.Instruction) {
		var all []port
		for _, w := range i.Ports() {
			text := unquote(w.Text)
			if strings.Contains(text, "$") {
				text, _, _ = d.Scope(i).Expand(text)
			}
			for word := range strings.FieldsSeq(text) {
				all = append(all, parsePort(w, word))
			}
		}
		f(i, all)
	}, "EXPOSE")
}

func parsePort(w dockerfile.Word, text string) port {
	p := port{word: w}
	if colon := strings.LastIndexByte(text, ':'); colon >= 0 {
		p.host, text = text[:colon], text[colon+1:]
		if colon = strings.LastIndexByte(p.host, ':'); colon >= 0 {
			p.address, p.host = p.host[:colon], p.host[colon+1:]
		}
	}
	text, p.protocol, _ = strings.Cut(text, "/")
	first, last, isRange := strings.Cut(text, "-")
	p.first = number(first)
	p.last = p.first
	if isRange {
		p.last = number(last)
	}
	return p
}

// number is -1 for what is no number.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// covers tells whether a port is among those of a word, over TCP.
func (p port) covers(n int) bool {
	return p.first >= 0 && p.first <= n && n <= p.last && !strings.EqualFold(p.protocol, "udp")
}

// exposedPorts calls f for the ports of an image's configuration, with what a
// message has to say of where they come from.
func exposedPorts(im *rule.Image, f func(p port, origin string)) {
	own, base := map[string]bool{}, map[string]bool{}
	for _, i := range im.History.Instructions {
		for _, w := range i.Ports() {
			text, _, _ := strings.Cut(unquote(w.Text), "/")
			if owns(im, i) {
				own[text] = true
			} else {
				base[text] = true
			}
		}
	}
	for _, word := range slices.Sorted(maps.Keys(im.Config.Config.ExposedPorts)) {
		origin := ""
		if text, _, _ := strings.Cut(word, "/"); base[text] && !own[text] {
			origin = " The base image exposes it."
		}
		f(parsePort(dockerfile.Word{}, word), origin)
	}
}
