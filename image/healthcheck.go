package image

import (
	"slices"
	"strconv"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// healthcheck reads HEALTHCHECK &{["CMD-SHELL" "curl …"] "10s" "3s" "0s" '\x03'}
// and, of newer builders, {Test:[CMD-SHELL curl …] Interval:10s Timeout:3s …}, of
// which the configuration has the last one.
func (r *rebuild) healthcheck(text string) string {
	health := v1.HealthConfig{}
	if c := r.config.Config.Healthcheck; c != nil {
		health = *c
	}
	if inner, ok := strings.CutPrefix(text, "&{"); ok {
		list, times := cutAfterLast(inner, "]")
		if test, ok := quotedWords(list); ok && !slices.Equal(test, health.Test) {
			health = v1.HealthConfig{Test: test}
			health.Interval, health.Timeout = printedTimes(times)
		}
		return healthText(&health)
	}
	inner, ok := strings.CutPrefix(strings.TrimPrefix(text, "&"), "{Test:[")
	if !ok {
		return text
	}
	list, times := cutAfterLast(inner, "] Interval:")
	words := strings.TrimSuffix(list, "] Interval:")
	if words != strings.Join(health.Test, " ") {
		kind, command, _ := strings.Cut(words, " ")
		health = v1.HealthConfig{Test: []string{kind, command}}
		health.Interval, health.Timeout = printedTimes(strings.Replace(times, "Timeout:", "", 1))
	}
	return healthText(&health)
}

// cutAfterLast cuts a text behind the last place where end stands in it.
func cutAfterLast(text, end string) (before, after string) {
	at := strings.LastIndex(text, end)
	if at < 0 {
		return "", text
	}
	return text[:at+len(end)], text[at+len(end):]
}

// printedTimes reads the first two of some durations, in quotes or not.
func printedTimes(text string) (interval, timeout time.Duration) {
	fields := strings.Fields(text)
	if len(fields) > 1 {
		interval, _ = time.ParseDuration(strings.Trim(fields[0], `"`))
		timeout, _ = time.ParseDuration(strings.Trim(fields[1], `"`))
	}
	return interval, timeout
}

// healthText is the text of a HEALTHCHECK.
func healthText(h *v1.HealthConfig) string {
	if len(h.Test) == 0 {
		return ""
	}
	if h.Test[0] == "NONE" {
		return "NONE"
	}
	var b strings.Builder
	for _, o := range []struct {
		name string
		time time.Duration
	}{{"interval", h.Interval}, {"timeout", h.Timeout}, {"start-period", h.StartPeriod}} {
		if o.time != 0 {
			b.WriteString("--" + o.name + "=" + o.time.String() + " ")
		}
	}
	if h.Retries != 0 {
		b.WriteString("--retries=" + strconv.Itoa(h.Retries) + " ")
	}
	test := cleaned(strings.ReplaceAll(strings.Join(h.Test[1:], " "), "\n", " "))
	if test == "" {
		return ""
	}
	return b.String() + "CMD " + test
}
