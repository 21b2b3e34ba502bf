package rules

import (
	"fmt"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/walk"
)

func fileCronWritable() rule.Rule {
	return rule.Rule{
		ID:    "file-cron-writable",
		Title: "Others than root may change what cron runs as root",
		Why: "Whoever may write a table or a script of cron is root within the minute, where cron runs. " +
			"The same holds for the owner of the file. " +
			"Give it to root and take the rights to write away: chown root:root, chmod go-w.",
		Bad:      "-rw-rw-r-- 0 1000 60 etc/cron.d/backup\n",
		Good:     "-rw-r--r-- 0 0 60 etc/cron.d/backup\n",
		Severity: finding.High,
		Since:    "2026.1",
		Entry: func(e *walk.Entry) *inventory.Note {
			if e.UID == 0 && e.Mode&0o022 == 0 || !isCronPath(e.Path) || !e.Mode.IsRegular() {
				return nil
			}
			switch {
			case e.Mode&0o002 != 0:
				return &inventory.Note{Value: "everyone"}
			case e.UID != 0:
				return &inventory.Note{Value: fmt.Sprintf("uid %d", e.UID)}
			case e.Mode&0o020 != 0 && e.GID != 0:
				return &inventory.Note{Value: fmt.Sprintf("group %d", e.GID)}
			}
			return nil
		},
		Image: func(im *rule.Image) {
			var found []rule.Found
			for _, n := range im.Notes() {
				found = append(found, rule.Found{At: rule.At(n), Message: fmt.Sprintf("%s may write %s, which cron runs as root.", n.Value, shown(n.Path))})
			}
			reportSome(im, found, maxGroups)
		},
	}
}

// isCronPath tells whether cron takes what to run as root from a path. The
// tables of users, in var/spool/cron, belong to them.
func isCronPath(p string) bool {
	return p == "etc/crontab" || isBelowAny(p, "etc/cron.d/", "etc/cron.hourly/", "etc/cron.daily/", "etc/cron.weekly/", "etc/cron.monthly/", "etc/periodic/") ||
		p == "var/spool/cron/crontabs/root" || p == "var/spool/cron/root"
}
